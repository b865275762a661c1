"""Repositories and their images as ECR describes them: kinds, references to others, sums.

AWS does not tell which repositories a cache made and which were pushed. Sizes are those of ECR:
compressed, and for a list of images the size of its largest one, which is stored as an image of its
own. So a sum leaves lists out. Layers that images share count for each of them.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from wizard.domain.facts import storable_text

ACTIVE: Final = "ACTIVE"
ARCHIVED: Final = "ARCHIVED"

# https://github.com/opencontainers/image-spec/blob/main/media-types.md
_LISTS: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
# The types of configs that make a manifest an image to run. An empty type is not told by ECR.
_RUNNABLE: Final = frozenset(
    {
        "",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
# How cosign names what belongs to an image, where registries have no referrers. Without an end, it
# is the list of what belongs to the image, which is no referrer itself.
_TAG_OF_SUBJECT: Final = re.compile(r"(sha256)-([0-9a-f]{64})(?:\.(sig|att|sbom))?")
# The longest text that is kept of an entry of a list. Digests and media types are shorter.
_LONGEST: Final = 255


class ReferrerKind(StrEnum):
    """What an artifact says about its subject, as far as its type tells."""

    SIGNATURE = "signature"
    SBOM = "sbom"
    ATTESTATION = "attestation"
    OTHER = "other"


# Words in the types of artifacts; the first that is found decides. Attestations can carry SBOMs.
_KIND_OF_WORD: Final[Mapping[str, ReferrerKind]] = {
    "in-toto": ReferrerKind.ATTESTATION,
    "attestation": ReferrerKind.ATTESTATION,
    "spdx": ReferrerKind.SBOM,
    "cyclonedx": ReferrerKind.SBOM,
    "sbom": ReferrerKind.SBOM,
    "signature": ReferrerKind.SIGNATURE,
    "cosign": ReferrerKind.SIGNATURE,
    "sigstore": ReferrerKind.SIGNATURE,
}
_KIND_OF_END: Final[Mapping[str, ReferrerKind]] = {
    "sig": ReferrerKind.SIGNATURE,
    "att": ReferrerKind.ATTESTATION,
    "sbom": ReferrerKind.SBOM,
}


class ImageKind(StrEnum):
    """What a manifest is."""

    IMAGE = "image"
    LIST = "list"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedRepository:
    """A repository of a private registry. A rule's prefix covers it, or no rule does."""

    name: str
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryList:
    """Repositories of a registry, by name; `is_complete` is False if there are more."""

    repositories: tuple[CachedRepository, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedImage:
    """A manifest in a repository: an image, a list of images for platforms, or an artifact.

    What AWS does not tell is None or empty. `last_pulled_at` is up to 24 hours behind the last
    pull. `status` is AWS's `imageStatus`. `subject` is the digest that an artifact is about.
    """

    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    size_bytes: int | None = None
    pushed_at: datetime | None = None
    last_pulled_at: datetime | None = None
    media_type: str = ""
    artifact_media_type: str = ""
    status: str = ""
    last_archived_at: datetime | None = None
    last_activated_at: datetime | None = None
    subject: str = ""

    @property
    def kind(self) -> ImageKind:
        """Return what it is; what has no known type is an image."""
        if self.media_type in _LISTS:
            return ImageKind.LIST
        if self.refers_to or self.artifact_media_type not in _RUNNABLE:
            return ImageKind.ARTIFACT
        return ImageKind.IMAGE

    @property
    def is_list(self) -> bool:
        """Whether it lists the images of several platforms."""
        return self.kind is ImageKind.LIST

    @property
    def is_archived(self) -> bool:
        """Whether it is in the archive, where it cannot be pulled."""
        return self.status == ARCHIVED

    @property
    def refers_to(self) -> str:
        """Return the digest that it is a signature, SBOM or attestation of, or an empty text."""
        if self.subject:
            return self.subject
        named = self._tag_of_subject
        return f"{named[1]}:{named[2]}" if named else ""

    @property
    def referrer_kind(self) -> ReferrerKind | None:
        """Return what it is to the image that it refers to; None if it is no referrer."""
        if not self.refers_to or self.is_list:
            return None
        named = self._tag_of_subject
        if named and named[3]:
            return _KIND_OF_END[named[3]]
        words = self.artifact_media_type.lower()
        found = (kind for word, kind in _KIND_OF_WORD.items() if word in words)
        return next(found, ReferrerKind.OTHER)

    @property
    def _tag_of_subject(self) -> "re.Match[str] | None":
        matches = (_TAG_OF_SUBJECT.fullmatch(tag) for tag in self.tags)
        return next((found for found in matches if found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageList:
    """The images of a repository; `is_complete` is False if there are more."""

    images: tuple[CachedImage, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """An entry of a list of images: the image of a platform, or an attestation about one."""

    digest: str
    platform: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSums:
    """What images of one or several repositories come to.

    `images` counts manifests of every kind. `size_bytes` includes `archived_bytes`, and leaves
    out lists and the `without_size` manifests that AWS tells no size of. `is_complete` is False
    if there are more images than were read.
    """

    images: int = 0
    tags: int = 0
    untagged: int = 0
    referrers: int = 0
    archived: int = 0
    size_bytes: int = 0
    archived_bytes: int = 0
    without_size: int = 0
    last_pushed_at: datetime | None = None
    last_pulled_at: datetime | None = None
    is_complete: bool = True


def sums_of(images: Collection[CachedImage], *, is_complete: bool = True) -> ImageSums:
    """Return the sums of images."""
    sized = [image for image in images if image.size_bytes is not None and not image.is_list]
    return ImageSums(
        images=len(images),
        tags=sum(len(image.tags) for image in images),
        untagged=sum(not image.tags for image in images),
        referrers=sum(image.referrer_kind is not None for image in images),
        archived=sum(image.is_archived for image in images),
        size_bytes=sum(image.size_bytes or 0 for image in sized),
        archived_bytes=sum(image.size_bytes or 0 for image in sized if image.is_archived),
        without_size=sum(image.size_bytes is None and not image.is_list for image in images),
        last_pushed_at=_latest(image.pushed_at for image in images),
        last_pulled_at=_latest(image.last_pulled_at for image in images),
        is_complete=is_complete,
    )


def total_of(sums: Collection[ImageSums]) -> ImageSums:
    """Return the sums of several repositories together."""

    def total(member: str) -> int:
        return sum(getattr(each, member) for each in sums)

    return ImageSums(
        images=total("images"),
        tags=total("tags"),
        untagged=total("untagged"),
        referrers=total("referrers"),
        archived=total("archived"),
        size_bytes=total("size_bytes"),
        archived_bytes=total("archived_bytes"),
        without_size=total("without_size"),
        last_pushed_at=_latest(each.last_pushed_at for each in sums),
        last_pulled_at=_latest(each.last_pulled_at for each in sums),
        is_complete=all(each.is_complete for each in sums),
    )


def referrer_counts(images: Iterable[CachedImage]) -> Mapping[str, Mapping[ReferrerKind, int]]:
    """Count the referrers of each digest by what they are; digests without any are absent."""
    counts: dict[str, Counter[ReferrerKind]] = {}
    for image in images:
        if (kind := image.referrer_kind) is not None:
            counts.setdefault(image.refers_to, Counter())[kind] += 1
    return counts


def listed_images(manifest: str) -> tuple[ListedImage, ...] | None:
    """Return the entries of a list; None if the text is not a list of images.

    The text is written by whoever made the image.
    """
    try:
        parsed = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    entries = parsed.get("manifests") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        return None
    return tuple(_listed(entry) for entry in entries if _text(entry, "digest"))


def _listed(entry: Any) -> ListedImage:
    platform = entry.get("platform")
    parts = [_text(platform, name) for name in ("os", "architecture", "variant")]
    # BuildKit's attestations have the platform unknown/unknown.
    known = "" if "unknown" in parts else "/".join(part for part in parts if part)
    return ListedImage(
        digest=_text(entry, "digest"),
        platform=known[:100],
        media_type=_text(entry, "mediaType"),
    )


def _text(item: Any, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    return storable_text(value[:_LONGEST]) if isinstance(value, str) else ""


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
