"""Fetches the images of a rule's upstream: another registry over HTTP, or a simulated one."""

import json
from typing import TYPE_CHECKING, Final

from moto.ecr.models import Image, ecr_backends

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.content import Content
from ptcconsole.fakeaws.ecr.blobs import BLOBS
from ptcconsole.fakeaws.ecr.credentials import CredentialUnreadable, read_credential
from ptcconsole.fakeaws.ecr.templates import ROOT
from ptcconsole.fakeaws.registries import Access, private_registry, registry_for
from ptcconsole.fakeaws.registry_login import Credential, LoginFailed, upstream

if TYPE_CHECKING:
    from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend, PullThroughCacheRule

# https://github.com/opencontainers/image-spec/blob/main/media-types.md
_ACCEPTED: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


class CannotFetch(Exception):
    """The upstream cannot be reached, or refuses the login."""


class CachedImage(Image):
    """moto's image, with the size of its layers: moto counts the config alone."""

    @classmethod
    def of(cls, manifest: Content, *, account_id: str, repository: str) -> "CachedImage":
        """Return the image of a manifest, without a tag."""
        body = manifest.body.decode()
        image = cls(account_id, "", body, repository, manifest.media_type, manifest.digest)
        image.image_tag, image.image_tags = None, []  # type: ignore[assignment]
        image.image_pushed_at = int(CLOCK.time())
        return image

    def get_image_size_in_bytes(self) -> int | None:
        manifest = json.loads(self.image_manifest)
        if "layers" not in manifest:
            return None
        return sum(each["size"] for each in (manifest["config"], *manifest["layers"]))


def upstream_path(rule: "PullThroughCacheRule", repository: str) -> str:
    """Return the name that a repository of the cache has in its upstream."""
    prefix, theirs = rule.ecr_repository_prefix.rstrip("/"), rule.upstream_repository_prefix
    rest = repository if prefix == ROOT else repository.removeprefix(f"{prefix}/")
    return rest if theirs in (None, "", ROOT) else f"{str(theirs).rstrip('/')}/{rest}"


def fetch_manifest(
    registry: "PullThroughCacheBackend",
    rule: "PullThroughCacheRule",
    repository: str,
    reference: str,
) -> Content | None:
    """Return the manifest of a tag or digest; None if there is none. Raises CannotFetch."""
    path = upstream_path(rule, repository)
    if _is_private(rule):
        return _manifest_of_private(rule, path, reference)
    answer = _get(registry, rule, f"{path}/manifests/{reference}")
    if answer is None:
        return None
    body, media_type = answer
    return Content(body=body, media_type=media_type)


def fetch_blob(
    registry: "PullThroughCacheBackend",
    rule: "PullThroughCacheRule",
    repository: str,
    digest: str,
) -> bytes | None:
    """Return a layer or config; None if there is none. Raises CannotFetch."""
    if _is_private(rule):
        return BLOBS.content(digest)
    answer = _get(registry, rule, f"{upstream_path(rule, repository)}/blobs/{digest}")
    return answer[0] if answer is not None else None


def _is_private(rule: "PullThroughCacheRule") -> bool:
    known = registry_for(rule.upstream_registry_url)
    return known is not None and known.access is Access.ROLE


def _manifest_of_private(rule: "PullThroughCacheRule", path: str, reference: str) -> Content | None:
    theirs = private_registry(rule.upstream_registry_url)
    found = ecr_backends[theirs.account_id][theirs.region].repositories.get(path)
    for image in found.images if found else ():
        if reference in (image.image_digest, *image.image_tags):
            return Content(
                body=image.image_manifest.encode(),
                media_type=image.image_manifest_media_type or "",
            )
    return None


def _get(
    registry: "PullThroughCacheBackend", rule: "PullThroughCacheRule", path: str
) -> tuple[bytes, str] | None:
    try:
        with upstream(rule.upstream_registry_url, _credential(registry, rule)) as theirs:
            answer = theirs.get(path, accept=_ACCEPTED)
            if answer.status == 404:
                return None
            theirs.check(answer.status)
            return answer.data, answer.headers.get("Content-Type", "")
    except (LoginFailed, CredentialUnreadable) as failure:
        raise CannotFetch(str(failure)) from None


def _credential(
    registry: "PullThroughCacheBackend", rule: "PullThroughCacheRule"
) -> Credential | None:
    if rule.credential_arn is None:
        return None
    return read_credential(
        rule.credential_arn, account_id=registry.account_id, region=registry.region_name
    )
