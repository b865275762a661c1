"""Pushes to the simulated registry: uploads of blobs, and manifests by tag or digest.

A push to a repository that does not exist creates it only if a repository creation template for
create on push covers its name.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
"""

import re
import uuid
from collections.abc import Mapping
from typing import Final

from moto.core.exceptions import ServiceException
from werkzeug.wrappers import Request

from ptcconsole.fakeaws.content import Content, digest_of
from ptcconsole.fakeaws.ecr.blobs import BLOBS
from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend
from ptcconsole.fakeaws.ecr.pulls import keep_image
from ptcconsole.fakeaws.ecr.templates import CREATE_ON_PUSH

# What a push calls.
PUSHING: Final = (
    *("ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart"),
    *("ecr:CompleteLayerUpload", "ecr:PutImage"),
)
_UPLOAD: Final = re.compile(r"/(?P<name>.+)/blobs/uploads/(?P<upload>[^/]*)")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
# As many uploads as may be under way, so that a client that never ends them fills no memory.
_MOST_UPLOADS: Final = 100


class PushRefused(Exception):
    """A push that is refused, with the status and the code of the distribution API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Uploads:
    """The bytes of the uploads that are under way, by their ID."""

    def __init__(self) -> None:
        self._parts: dict[str, bytes] = {}

    def begin(self) -> str:
        """Begin an upload; the oldest one is dropped if there are too many."""
        if len(self._parts) >= _MOST_UPLOADS:
            self._parts.pop(next(iter(self._parts)))
        upload = uuid.uuid4().hex
        self._parts[upload] = b""
        return upload

    def append(self, upload: str, part: bytes) -> int:
        """Add bytes to an upload; return its size. Raises PushRefused for an unknown one."""
        if upload not in self._parts:
            raise PushRefused(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        self._parts[upload] += part
        return len(self._parts[upload])

    def end(self, upload: str, digest: str) -> None:
        """Keep the bytes of an upload. Raises PushRefused if they have another digest."""
        content = self._parts.pop(upload)
        if digest_of(content) != digest:
            raise PushRefused(400, "DIGEST_INVALID", "provided digest did not match the content")
        BLOBS.keep(digest, content)


# One per process, like moto's state.
_UPLOADS: Final = Uploads()


def upload_of(path: str) -> Mapping[str, str] | None:
    """Return the parts of the path of an upload: the repository, and the upload if it began."""
    named = _UPLOAD.fullmatch(path)
    return named.groupdict() if named else None


def receive(
    registry: PullThroughCacheBackend, request: Request, name: str, upload: str
) -> tuple[int, dict[str, str]]:
    """Take a part of a blob; return the status and the headers. Raises PushRefused."""
    _repository(registry, name)
    digest = request.args.get("digest", "")
    if request.method == "POST":
        upload = _UPLOADS.begin()
    size = _UPLOADS.append(upload, request.get_data())
    if digest and request.method in ("POST", "PUT"):
        _UPLOADS.end(upload, digest)
        return 201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    place = {"Location": f"/v2/{name}/blobs/uploads/{upload}", "Docker-Upload-UUID": upload}
    return 202, place | {"Range": f"0-{max(size - 1, 0)}"}


def store(
    registry: PullThroughCacheBackend, request: Request, name: str, reference: str
) -> tuple[int, dict[str, str]]:
    """Store a manifest under a tag or its digest. Raises PushRefused."""
    _repository(registry, name)
    manifest = Content(body=request.get_data(), media_type=request.content_type or "")
    is_digest = _DIGEST.fullmatch(reference) is not None
    if is_digest and manifest.digest != reference:
        raise PushRefused(400, "DIGEST_INVALID", "manifest does not match provided manifest digest")
    tag = "" if is_digest else reference
    if not keep_image(registry, name, manifest, tag=tag):
        text = f"The image tag '{tag}' already exists and cannot be overwritten: it is immutable."
        raise PushRefused(400, "TAG_INVALID", text)
    place = f"/v2/{name}/manifests/{manifest.digest}"
    return 201, {"Location": place, "Docker-Content-Digest": manifest.digest}


def _repository(registry: PullThroughCacheBackend, name: str) -> None:
    """Create the repository if a template says so. Raises PushRefused if there is none."""
    if name in registry.repositories:
        return
    if registry.template_for(name, CREATE_ON_PUSH) is None:
        text = f"The repository with name '{name}' does not exist in the registry"
        raise PushRefused(404, "NAME_UNKNOWN", text)
    try:
        registry.make_repository(name, applied_for=CREATE_ON_PUSH)
    except ServiceException as error:
        raise PushRefused(404, "NAME_UNKNOWN", str(error.message)) from None
