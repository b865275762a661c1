"""The registry that docker, skopeo and other clients pull from and push to: the distribution API.

One address serves the registries of all accounts and Regions. The password, which
`aws ecr get-login-password` gets, says which one a client pulls from.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from moto.core.exceptions import ServiceException
from moto.ecr.models import Image, ecr_backends
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.ecr.authorization import PASSWORDS, USERNAME, Holder
from ptcconsole.fakeaws.ecr.images import apart
from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend
from ptcconsole.fakeaws.iam import permissions
from ptcconsole.fakeaws.image_pushes import PUSHING, PushRefused, receive, store, upload_of
from ptcconsole.fakeaws.upstream import PATH

PREFIX: Final = "/v2/"
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Docker-Distribution-Api-Version": "registry/2.0"}
)
_READING: Final = ("GET", "HEAD")
# What a pull calls.
_PULLING: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def may_store(request: Request) -> bool:
    """Whether a request may store an image: a push, or a pull of a manifest."""
    return request.method not in _READING or "/manifests/" in request.path


def answer(request: Request) -> Response:
    """Return the answer to a request below `/v2/`."""
    holder = _holder(request)
    if holder is None:
        refusal = _error(401, "UNAUTHORIZED", "no basic auth credentials")
        challenge = f'Basic realm="{request.host_url}",service="ecr.amazonaws.com"'
        refusal.headers["WWW-Authenticate"] = challenge
        return refusal
    if request.path == PREFIX:
        return Response("{}", content_type="application/json", headers=dict(_HEADERS))
    path = request.path.removeprefix(PREFIX[:-1])
    named, upload = PATH.fullmatch(path), upload_of(path)
    if named is None and upload is None:
        return _error(404, "NOT_FOUND", "There is no such page.")
    registry = ecr_backends[holder.account_id][holder.region]
    assert isinstance(registry, PullThroughCacheBackend)  # noqa: S101 - `install()` was called
    try:
        if request.method not in _READING:
            return _pushed(holder, registry, request, upload, named)
        if named is None or upload is not None:
            return _error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        references = [named["reference"]] if named["kind"] == "manifests" else []
        _require(holder, registry, named["name"], references)
        if named["kind"] == "manifests":
            return _manifest(holder, registry, named["name"], named["reference"])
        return _blob(registry, named["name"], named["reference"])
    except Refused as refused:
        return _error(403, "DENIED", refused.error.message)
    except PushRefused as refused:
        return _error(refused.status, refused.code, str(refused))
    except ServiceException as error:
        return _error(404, "MANIFEST_UNKNOWN", str(error.message))


def _pushed(
    holder: Holder,
    registry: PullThroughCacheBackend,
    request: Request,
    upload: Mapping[str, str] | None,
    named: Mapping[str, str] | re.Match[str] | None,
) -> Response:
    """Return the answer to a part of a push. Raises Refused and PushRefused."""
    if upload is not None and request.method in ("POST", "PATCH", "PUT"):
        name = upload["name"]
    elif named is not None and named["kind"] == "manifests" and request.method == "PUT":
        name = named["name"]
    else:
        return _error(405, "UNSUPPORTED", "The operation is unsupported.")
    arn = f"arn:aws:ecr:{holder.region}:{holder.account_id}:repository/{name}"
    permissions.require(
        holder.access_key, holder.arn, *((action, arn) for action in PUSHING), region=holder.region
    )
    if upload is not None:
        status, headers = receive(registry, request, name, upload["upload"])
    else:
        reference = named["reference"] if named is not None else ""
        status, headers = store(registry, request, name, reference)
    return Response(status=status, headers={**_HEADERS, **headers})


def _holder(request: Request) -> Holder | None:
    sent = request.authorization
    if sent is None or sent.type != "basic" or sent.username != USERNAME:
        return None
    return PASSWORDS.holder(sent.password or "")


def _require(
    holder: Holder, registry: PullThroughCacheBackend, name: str, references: list[str]
) -> None:
    """Raise Refused for the first permission that the holder lacks."""
    arn = f"arn:aws:ecr:{holder.region}:{holder.account_id}:repository/{name}"
    actions = [*_PULLING, *registry.needed_to_import(name, references)]
    permissions.require(
        holder.access_key, holder.arn, *((action, arn) for action in actions), region=holder.region
    )


def _manifest(
    holder: Holder, registry: PullThroughCacheBackend, name: str, reference: str
) -> Response:
    kind = "imageDigest" if ":" in reference else "imageTag"
    registry.pull_through_cache(name, [{kind: reference}])
    repository = registry.repositories.get(name)
    if repository is None:
        text = f"The repository with name '{name}' does not exist in the registry"
        return _error(404, "NAME_UNKNOWN", text)
    images: list[Image] = repository.images
    for image in apart(images)[0]:
        if reference in (image.image_digest, *image.image_tags):
            registry.record_pull(image, holder.arn)
            headers = {**_HEADERS, "Docker-Content-Digest": image.image_digest}
            media_type = image.image_manifest_media_type
            return Response(image.image_manifest, content_type=media_type, headers=headers)
    return _error(404, "MANIFEST_UNKNOWN", "Requested image not found")


def _blob(registry: PullThroughCacheBackend, name: str, digest: str) -> Response:
    found = registry.blob(name, digest) if name in registry.repositories else None
    if found is None:
        return _error(404, "BLOB_UNKNOWN", "blob unknown to registry")
    headers = {**_HEADERS, "Docker-Content-Digest": digest}
    return Response(found, content_type="application/octet-stream", headers=headers)


def _error(status: int, code: str, message: str) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": message}]})
    return Response(body, status=status, content_type="application/json", headers=dict(_HEADERS))
