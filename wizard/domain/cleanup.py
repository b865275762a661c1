"""Which images of a repository a clean-up deletes, and what is compared again before it does.

Lists of images refer to their images, and signatures or SBOMs to their subject. An image that
something holds is deleted only with all of its holders: untagged, it goes when they go; tagged, it
must be chosen itself. Where the images of a list are not known, every untagged image may be one of
them, and stays. ECR itself refuses to delete an image that a list refers to.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from wizard.domain.cached_images import ACTIVE, ARCHIVED, CachedImage

# Lists of lists and signatures of signatures; more levels have no meaning.
_MOST_LEVELS: Final = 10
_AT_REST: Final = frozenset({"", ACTIVE, ARCHIVED})


class Because(StrEnum):
    """Why an image is deleted: it was chosen, or what holds it is deleted."""

    CHOSEN = "chosen"
    OF_LIST = "of-list"
    OF_SUBJECT = "of-subject"


class Left(StrEnum):
    """Why an image of a confirmed clean-up is not deleted after all."""

    ABSENT = "absent"
    PULLED = "pulled"
    RETAGGED = "retagged"
    CHANGED = "changed"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What is deleted: images that all of the set criteria apply to.

    An image that was never pulled counts as pulled when it was pushed. `kept_tags` are patterns
    with `*`; an image with such a tag stays.
    """

    pushed_before: datetime | None = None
    not_pulled_since: datetime | None = None
    untagged_only: bool = False
    kept_tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether they would choose every image."""
        return not (self.pushed_before or self.not_pulled_since or self.untagged_only)

    def choose(self, image: CachedImage, used_at: datetime | None) -> bool:
        """Whether an image is chosen; what is not known of it is a reason to keep it."""
        if self.is_empty or image.status not in _AT_REST or self._keeps(image):
            return False
        used = used_at or image.pushed_at
        return (
            (not self.untagged_only or not image.tags)
            and _is_before(image.pushed_at, self.pushed_before)
            and _is_before(used, self.not_pulled_since)
        )

    def _keeps(self, image: CachedImage) -> bool:
        return any(fnmatchcase(tag, kept) for tag in image.tags for kept in self.kept_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """An image that a clean-up deletes, as it was in the preview.

    `holders` are the lists that refer to it and its subject, all of which go before it. `members`
    are the images that go with it. `used_at` is the last pull of it or of one of them. `level` is
    the order of deletion.
    """

    image: CachedImage
    because: Because = Because.CHOSEN
    holders: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    used_at: datetime | None = None
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPlan:
    """What a clean-up deletes in a repository, in the order of deletion.

    `unread_lists` are the lists whose images are not known.
    """

    planned: tuple[PlannedImage, ...]
    kept: int
    unread_lists: int

    @property
    def freed_bytes(self) -> int:
        """Return the most that is freed: layers that other images share stay."""
        return freed_bytes(each.image for each in self.planned)


def freed_bytes(images: Iterable[CachedImage]) -> int:
    """Return the size of images; lists have no size of their own."""
    return sum(image.size_bytes or 0 for image in images if not image.is_list)


def plan_repository(
    images: Collection[CachedImage], lists: Mapping[str, Collection[str]], criteria: Criteria
) -> RepositoryPlan:
    """Return what the criteria delete of a repository.

    `images` are all of its images, `lists` the digests of the images of each list that was read.
    """
    graph = _Graph(images, lists)
    going = _going(graph, criteria)
    levels = _levels(graph, going)
    planned = [
        PlannedImage(
            image=graph.images[digest],
            because=_because(graph, digest),
            holders=tuple(sorted(graph.holders[digest])),
            members=tuple(sorted(graph.members(digest))),
            used_at=graph.used_at(digest),
            level=levels[digest],
        )
        for digest in going
    ]
    planned.sort(key=lambda each: (each.level, each.image.tags, each.image.digest))
    return RepositoryPlan(
        planned=tuple(planned),
        kept=len(graph.images) - len(planned),
        unread_lists=len(graph.unread),
    )


def why_left(planned: PlannedImage, now: Mapping[str, CachedImage]) -> Left | None:
    """Return why an image is not deleted now; None if it is as it was in the preview.

    `now` are all images of the repository by their digests.
    """
    was = planned.image
    found = now.get(was.digest)
    if found is None:
        return Left.ABSENT
    if found.tags != was.tags:
        return Left.RETAGGED
    if (found.pushed_at, found.status) != (was.pushed_at, was.status):
        return Left.CHANGED
    if any(holder in now for holder in planned.holders):
        return Left.HELD
    pulled = _latest(
        now[each].last_pulled_at for each in (was.digest, *planned.members) if each in now
    )
    if pulled is not None and (planned.used_at is None or pulled > planned.used_at):
        return Left.PULLED
    known = {was.digest, *planned.members}
    if any(each.refers_to == was.digest and each.digest not in known for each in now.values()):
        return Left.CHANGED
    return None


class _Graph:
    """The images of a repository, and which of them hold others."""

    def __init__(
        self, images: Collection[CachedImage], lists: Mapping[str, Collection[str]]
    ) -> None:
        self.images = {image.digest: image for image in images}
        self.unread = {d for d, image in self.images.items() if image.is_list and d not in lists}
        self.held: dict[str, set[str]] = {digest: set() for digest in self.images}
        self.holders: dict[str, set[str]] = {digest: set() for digest in self.images}
        self.referrers: set[str] = set()
        for holder, entries in lists.items():
            if holder in self.images:
                self._hold(holder, entries)
        for digest, image in self.images.items():
            if image.refers_to in self.images and image.refers_to != digest:
                self.referrers.add(digest)
                self._hold(image.refers_to, [digest])

    def _hold(self, holder: str, entries: Iterable[str]) -> None:
        for digest in entries:
            if digest in self.images and digest != holder:
                self.held[holder].add(digest)
                self.holders[digest].add(holder)

    def is_own(self, digest: str) -> bool:
        """Whether the criteria decide about it, and not only what holds it."""
        if digest in self.referrers:
            return False
        return bool(self.images[digest].tags) or not self.holders[digest]

    def members(self, digest: str) -> set[str]:
        """Return the digests of what goes with it, and is not chosen by itself."""
        found, left = set[str](), [digest]
        while left:
            more = {d for d in self.held[left.pop()] if not self.is_own(d)} - found - {digest}
            found |= more
            left += more
        return found

    def used_at(self, digest: str) -> datetime | None:
        pulled = (self.images[each].last_pulled_at for each in (digest, *self.members(digest)))
        return _latest(pulled)


def _going(graph: _Graph, criteria: Criteria) -> set[str]:
    """Return the digests that go: everything that may, less what something that stays holds."""
    going = {
        digest
        for digest, image in graph.images.items()
        if (
            criteria.choose(image, graph.used_at(digest))
            if graph.is_own(digest)
            else image.status in _AT_REST
        )
        if not (graph.unread and not image.tags and digest not in graph.referrers)
    }
    while True:
        free = {digest for digest in going if graph.holders[digest] <= going}
        free &= set(_reached(graph, free))
        if free == going:
            return going
        going = free


def _reached(graph: _Graph, going: Collection[str]) -> Iterator[str]:
    """Yield what was chosen, and what goes with it. Digests that hold each other are not alone."""
    left = [digest for digest in going if graph.is_own(digest)]
    seen = set(left)
    while left:
        digest = left.pop()
        yield digest
        more = {each for each in graph.held[digest] if each in going} - seen
        seen |= more
        left += more


def _levels(graph: _Graph, going: Collection[str]) -> dict[str, int]:
    """Return how many others must be deleted before each, one after the other."""
    levels = dict.fromkeys(going, 0)
    for _round in range(_MOST_LEVELS):
        deeper = {
            digest: max((levels[holder] + 1 for holder in graph.holders[digest]), default=0)
            for digest in going
        }
        if deeper == levels:
            break
        levels = deeper
    return levels


def _because(graph: _Graph, digest: str) -> Because:
    if graph.is_own(digest):
        return Because.CHOSEN
    return Because.OF_SUBJECT if digest in graph.referrers else Because.OF_LIST


def _is_before(moment: datetime | None, limit: datetime | None) -> bool:
    return limit is None or (moment is not None and moment < limit)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
