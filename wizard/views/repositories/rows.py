"""Repositories, rules with their repositories, and images as rows of tables.

The sort keys of columns (`domain/tables.py`) are members of the rows. What was not read is None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.urls import NoReverseMatch
from django.utils.translation import ngettext

from wizard.domain import Target
from wizard.domain.cached_images import (
    CachedImage,
    CachedRepository,
    ImageKind,
    ImageSums,
    ReferrerKind,
    total_of,
)
from wizard.domain.errors import AwsError
from wizard.services.fanout import Answer
from wizard.web import place_url
from wizard.words import ErrorView, error_view

_SHORT_DIGEST = 12


def _signatures(count: int) -> str:
    text = ngettext("%(number)d signature", "%(number)d signatures", count)
    return text % {"number": count}


def _sboms(count: int) -> str:
    return ngettext("%(number)d SBOM", "%(number)d SBOMs", count) % {"number": count}


def _attestations(count: int) -> str:
    text = ngettext("%(number)d attestation", "%(number)d attestations", count)
    return text % {"number": count}


def _others(count: int) -> str:
    text = ngettext("%(number)d of another type", "%(number)d of other types", count)
    return text % {"number": count}


_REFERRERS: Final[Mapping[ReferrerKind, Callable[[int], str]]] = {
    ReferrerKind.SIGNATURE: _signatures,
    ReferrerKind.SBOM: _sboms,
    ReferrerKind.ATTESTATION: _attestations,
    ReferrerKind.OTHER: _others,
}
_TAGS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRow:
    """A repository. `sums` and `error` are None for one whose images were not asked for."""

    target: Target
    repository: CachedRepository
    is_older: bool = False
    sums: ImageSums | None = None
    error: ErrorView | None = None

    @property
    def name(self) -> str:
        return self.repository.name

    @property
    def url(self) -> str:
        return images_url(self.target, self.name)

    @property
    def created_at(self) -> datetime | None:
        return self.repository.created_at

    @property
    def images(self) -> int | None:
        return self.sums.images if self.sums else None

    @property
    def tags(self) -> int | None:
        return self.sums.tags if self.sums else None

    @property
    def size(self) -> int | None:
        return self.sums.size_bytes if self.sums else None

    @property
    def archived(self) -> int | None:
        return self.sums.archived if self.sums else None

    @property
    def pushed_at(self) -> datetime | None:
        return self.sums.last_pushed_at if self.sums else None

    @property
    def pulled_at(self) -> datetime | None:
        return self.sums.last_pulled_at if self.sums else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the images of several repositories come to, and of how many of them that is known."""

    sums: ImageSums
    read: int
    unread: int
    not_asked: int

    @property
    def repositories(self) -> int:
        """Return the number of repositories, read or not."""
        return self.read + self.unread + self.not_asked

    @property
    def is_whole(self) -> bool:
        """Whether every image of every repository is in the sums."""
        return not self.unread and not self.not_asked and self.sums.is_complete


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSizeRow:
    """A rule, or what no rule covers, with its repositories; `totals` is None if none was asked."""

    prefix: str
    url: str
    repositories: int
    totals: Totals | None = None

    @property
    def size(self) -> int | None:
        return self.totals.sums.size_bytes if self.totals and self.totals.read else None

    @property
    def images(self) -> int | None:
        return self.totals.sums.images if self.totals and self.totals.read else None

    @property
    def pulled_at(self) -> datetime | None:
        return self.totals.sums.last_pulled_at if self.totals else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """An image. `uri` is what is pulled: by its first tag, or by its digest."""

    image: CachedImage
    uri: str
    referrer_counts: Mapping[ReferrerKind, int] = field(default_factory=dict)

    @property
    def referrers(self) -> int:
        return sum(self.referrer_counts.values())

    @property
    def referrers_text(self) -> str:
        """Return how many there are of each kind, such as `1 signature, 2 SBOMs`."""
        return ", ".join(
            words(count)
            for kind, words in _REFERRERS.items()
            if (count := self.referrer_counts.get(kind, 0))
        )

    @property
    def first_tag(self) -> str:
        return self.image.tags[0] if self.image.tags else ""

    @property
    def tags(self) -> Sequence[str]:
        """Return the tags that are always shown."""
        return self.image.tags[:_TAGS_SHOWN]

    @property
    def more_tags(self) -> Sequence[str]:
        return self.image.tags[_TAGS_SHOWN:]

    @property
    def digest(self) -> str:
        """Return the beginning of the digest, which tells it apart."""
        return short_digest(self.image.digest)

    @property
    def kind(self) -> ImageKind:
        return self.image.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBar:
    """A bar of the picture of sizes: its part of the longest one, in percent, twice."""

    label: str
    url: str
    size: int
    archived: int
    width: int
    archived_width: int


def short_digest(digest: str) -> str:
    """Return the beginning of a digest, which tells it apart."""
    return digest.rpartition(":")[2][:_SHORT_DIGEST]


def images_url(target: Target, repository: str) -> str:
    """Return the address of a repository's page; empty for a name that no address can have."""
    try:
        return place_url("repository-images", target, repository=repository)
    except NoReverseMatch:
        return ""


def totals_of(answers: Iterable[Answer[ImageSums]], *, not_asked: int = 0) -> Totals:
    """Return the totals of repositories that were asked for."""
    told = list(answers)
    found = [answer.value for answer in told if answer.value is not None]
    return Totals(
        sums=total_of(found),
        read=len(found),
        unread=len(told) - len(found),
        not_asked=not_asked,
    )


def first_error(answers: Iterable[Answer[ImageSums]]) -> ErrorView | None:
    """Return the first error of them, to be shown once for all."""
    errors: list[AwsError] = [answer.error for answer in answers if answer.error is not None]
    return error_view(errors[0]) if errors else None


def size_bars(parts: Iterable[tuple[str, str, ImageSums]], *, most: int = 10) -> list[SizeBar]:
    """Return the bars of the largest parts, each of a label, an address and sums."""
    sized = [part for part in parts if part[2].size_bytes]
    largest = sorted(sized, key=lambda part: (-part[2].size_bytes, part[0]))[:most]
    longest = largest[0][2].size_bytes if largest else 1

    def percent(size: int) -> int:
        return max(round(100 * size / longest), 1) if size else 0

    return [
        SizeBar(
            label=label,
            url=url,
            size=sums.size_bytes,
            archived=sums.archived_bytes,
            width=percent(sums.size_bytes),
            archived_width=percent(sums.archived_bytes),
        )
        for label, url, sums in largest
    ]
