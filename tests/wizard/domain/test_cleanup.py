"""Which images a clean-up deletes: nothing that something which stays holds, and nothing unread."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.cached_images import CachedImage
from wizard.domain.cleanup import (
    Because,
    Criteria,
    Left,
    PlannedImage,
    freed_bytes,
    plan_repository,
    why_left,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
INDEX = "application/vnd.oci.image.index.v1+json"
SIGNATURE = "application/vnd.example.signature"
UNPULLED = Criteria(not_pulled_since=NOW - timedelta(days=30))
UNTAGGED = Criteria(untagged_only=True)


def ago(days: int | None) -> datetime | None:
    return None if days is None else NOW - timedelta(days=days)


def image(
    name: str, *tags: str, pushed: int | None = 90, pulled: int | None = None, **more: Any
) -> CachedImage:
    return CachedImage(
        repository="hub/app",
        digest=name,
        tags=tags,
        size_bytes=100,
        pushed_at=ago(pushed),
        last_pulled_at=ago(pulled),
        **more,
    )


def listing(name: str, *tags: str, **more: Any) -> CachedImage:
    return image(name, *tags, media_type=INDEX, **more)


def signature(name: str, subject: str, **more: Any) -> CachedImage:
    return image(name, subject=subject, artifact_media_type=SIGNATURE, **more)


def digests(images: list[CachedImage], criteria: Criteria, **lists: tuple[str, ...]) -> list[str]:
    plan = plan_repository(images, lists, criteria)
    return [each.image.digest for each in plan.planned]


@pytest.mark.parametrize(
    ("criteria", "going"),
    [
        (Criteria(), []),
        (UNPULLED, ["old-unpulled", "unpulled"]),
        (UNTAGGED, ["untagged"]),
        (Criteria(pushed_before=NOW - timedelta(days=30)), ["old-unpulled", "pulled", "unpulled"]),
        (Criteria(untagged_only=True, pushed_before=NOW - timedelta(days=30)), []),
    ],
)
def test_all_set_criteria_apply_and_none_chooses_nothing(
    criteria: Criteria, going: list[str]
) -> None:
    images = [
        image("pulled", "1", pulled=2),
        image("unpulled", "2", pulled=31),
        image("old-unpulled", "3"),
        image("new-unpulled", "4", pushed=1),
        image("untagged", pushed=2),
        image("timeless", "5", pushed=None),
    ]
    assert sorted(digests(images, criteria)) == going


def test_a_tag_that_matches_a_pattern_keeps_its_image() -> None:
    images = [image("a", "1.2", "latest"), image("b", "1.3"), image("c", "v1")]
    criteria = Criteria(pushed_before=NOW, kept_tags=("latest", "v*"))
    assert digests(images, criteria) == ["b"]


def test_images_of_a_list_go_with_it_and_stay_with_one_that_stays() -> None:
    images = [
        *(listing("old", "1"), listing("new", "2", pulled=1)),
        *(image("both"), image("one"), image("other"), image("alone")),
    ]
    found = plan_repository(images, {"old": ("both", "one"), "new": ("both", "other")}, UNPULLED)
    going = [(each.image.digest, each.because, each.level) for each in found.planned]
    assert going == [
        ("alone", Because.CHOSEN, 0),
        ("old", Because.CHOSEN, 0),
        ("one", Because.OF_LIST, 1),
    ]
    assert (found.kept, found.unread_lists) == (3, 0)
    assert found.freed_bytes == 200


def test_a_pull_of_an_image_of_a_list_is_a_pull_of_the_list() -> None:
    images = [listing("list", "1"), image("amd64", pulled=2), image("arm64")]
    assert digests(images, UNPULLED, list=("amd64", "arm64")) == []


def test_a_tagged_image_of_a_list_is_decided_by_itself_but_needs_the_list_to_go() -> None:
    images = [listing("list", "1"), image("amd64", "1-amd64", pulled=2), image("arm64", "1-arm64")]
    assert digests(images, UNPULLED, list=("amd64", "arm64")) == ["list", "arm64"]
    images[0] = listing("list", "1", pulled=1)
    assert digests(images, UNPULLED, list=("amd64", "arm64")) == []


def test_what_belongs_to_an_image_stays_and_goes_with_it() -> None:
    images = [
        *(image("stays", "1", pulled=1), image("goes", "2")),
        *(signature("of-stays", "stays"), signature("of-goes", "goes")),
        *(signature("of-signature", "of-goes"), signature("of-nothing", "absent")),
        image("sbom", f"sha256-{'a' * 64}.sbom"),
        image(f"sha256:{'a' * 64}", "3", pulled=1),
    ]
    going = ["of-nothing", "goes", "of-goes", "of-signature"]
    assert digests(images, UNPULLED) == going
    assert digests(images, UNTAGGED) == ["of-nothing"]


def test_next_to_an_unread_list_every_untagged_image_stays() -> None:
    images = [listing("list", "1", pulled=1), image("maybe"), image("tagged", "2")]
    found = plan_repository(images, {}, UNPULLED)
    assert [each.image.digest for each in found.planned] == ["tagged"]
    assert found.unread_lists == 1
    images[0] = listing("list", "1")
    assert digests(images, UNPULLED) == ["list", "tagged"]


def test_an_image_that_comes_back_from_the_archive_stays() -> None:
    states = [image(status, status, status=status) for status in ("ACTIVATING", "ARCHIVED", "NEW")]
    assert digests(states, UNPULLED) == ["ARCHIVED"]


def test_lists_that_list_each_other_do_not_go_unchosen() -> None:
    images = [listing("a"), listing("b"), image("c", "1", pulled=1)]
    assert digests(images, UNTAGGED, a=("b",), b=("a", "c")) == []
    tagged = [listing("a", "1"), listing("b", "2")]
    assert sorted(digests(tagged, UNPULLED, a=("b", "a"), b=("a",))) == ["a", "b"]


NAMES = [f"d{number}" for number in range(8)]
DAYS = st.none() | st.integers(0, 60)


@st.composite
def repositories(draw: st.DrawFn) -> tuple[list[CachedImage], dict[str, tuple[str, ...]]]:
    images, lists = [], {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        is_list = draw(st.booleans())
        images.append(
            image(
                name,
                *draw(st.lists(st.sampled_from(["1", "2", "latest"]), max_size=1)),
                pushed=draw(DAYS),
                pulled=draw(DAYS),
                media_type=INDEX if is_list else "",
                subject=draw(st.sampled_from(["", "", *NAMES])),
                status=draw(st.sampled_from(["", "ACTIVE", "ARCHIVED", "ACTIVATING"])),
            )
        )
        if is_list and draw(st.booleans()):
            lists[name] = tuple(draw(st.lists(st.sampled_from(NAMES), max_size=4)))
    return images, lists


CRITERIA = st.builds(
    Criteria,
    pushed_before=DAYS.map(ago),
    not_pulled_since=DAYS.map(ago),
    untagged_only=st.booleans(),
    kept_tags=st.sampled_from([(), ("latest",)]),
)


@given(repositories(), CRITERIA)
def test_nothing_goes_that_something_which_stays_holds(
    repository: tuple[list[CachedImage], dict[str, tuple[str, ...]]], criteria: Criteria
) -> None:
    images, lists = repository
    plan = plan_repository(images, lists, criteria)
    going = {each.image.digest for each in plan.planned}
    known = {each.digest: each for each in images}
    assert going <= known.keys()
    assert len(plan.planned) == len(going) == len(images) - plan.kept
    for digest in known.keys() - going:
        assert not going.intersection(set(lists.get(digest, ())) - {digest})
    for each in plan.planned:
        subject = each.image.refers_to
        assert subject in going or subject not in known or subject == each.image.digest
        assert each.image.status != "ACTIVATING"
        if each.because is Because.CHOSEN:
            assert not criteria.untagged_only or not each.image.tags
            assert "latest" not in each.image.tags or not criteria.kept_tags
            used = each.used_at or each.image.pushed_at
            limit = criteria.not_pulled_since
            assert limit is None or (used is not None and used < limit)
        else:
            assert each.holders
            assert going.issuperset(each.holders)
    if plan.unread_lists:
        assert all(each.image.tags or each.holders for each in plan.planned)
    if criteria.is_empty:
        assert not going
    assert plan.freed_bytes == freed_bytes(known[digest] for digest in going)


@given(repositories(), CRITERIA)
def test_the_order_of_deletion_leaves_nothing_held(
    repository: tuple[list[CachedImage], dict[str, tuple[str, ...]]], criteria: Criteria
) -> None:
    """Level by level, nothing is left that was in the preview, unless digests hold each other."""
    images, lists = repository
    plan = plan_repository(images, lists, criteria)
    now = {each.digest: each for each in images}
    by_level: dict[int, list[PlannedImage]] = {}
    for each in plan.planned:
        by_level.setdefault(each.level, []).append(each)
    for level in sorted(by_level):
        if level >= 10:  # A circle, which no manifest can have: its digest is of its content.
            return
        for each in by_level[level]:
            assert why_left(each, now) in (None, Left.HELD)
            if why_left(each, now) is Left.HELD:
                assert set(each.holders) & {d.image.digest for d in by_level[level]} or level
                return
        for each in by_level[level]:
            del now[each.image.digest]


def left(change: CachedImage | None, *more: CachedImage) -> Left | None:
    """Why the untagged image of a list is left if it is found like this."""
    was = image("a", "1", pulled=40)
    planned = PlannedImage(image=was, members=("b",), holders=("list",), used_at=was.last_pulled_at)
    found = [*([change] if change else []), *more]
    return why_left(planned, {each.digest: each for each in found})


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ((image("a", "1", pulled=40),), None),
        ((None,), Left.ABSENT),
        ((image("a", "1", pulled=39),), Left.PULLED),
        ((image("a", "1", pulled=40), image("b", pulled=1)), Left.PULLED),
        ((image("a", "1", pulled=40), image("b", pulled=50)), None),
        ((image("a", "1", "2", pulled=40),), Left.RETAGGED),
        ((image("a", pulled=40),), Left.RETAGGED),
        ((image("a", "1", pulled=40, pushed=1),), Left.CHANGED),
        ((image("a", "1", pulled=40, status="ARCHIVED"),), Left.CHANGED),
        ((image("a", "1", pulled=40), listing("list", "1")), Left.HELD),
        ((image("a", "1", pulled=40), signature("new", "a")), Left.CHANGED),
        ((image("a", "1", pulled=40), signature("b", "a")), None),
    ],
)
def test_what_changed_since_the_preview_is_left(
    found: tuple[CachedImage | None, ...], why: Left | None
) -> None:
    change, *more = found
    assert left(change, *(each for each in more if each)) is why
