"""A file is converted in its slots alone, and its diff is that of difflib."""

import difflib
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.domain.converter.test_mapping import HERE, HOST, HUB, OFFICIAL, QUAY
from wizard.domain.converter import (
    Direction,
    Fixed,
    Kind,
    Occurrence,
    Quoting,
    Reading,
    Role,
    Route,
    RuleMap,
    Slot,
    convert,
    hunks_of,
    route_counts,
    running_images,
)

RULES = RuleMap([HUB, QUAY], HERE)


def slots(text: str, *parts: tuple[Role, str, int]) -> tuple[Slot, ...]:
    """The slots with these texts; the number says which occurrence of the text is meant."""
    found = []
    for role, part, number in parts:
        starts = [each.start() for each in re.finditer(re.escape(part), text)]
        quoting = Quoting.PLAIN if part else Quoting.ABSENT
        found.append(
            Slot(role=role, start=starts[number], end=starts[number] + len(part), quoting=quoting)
        )
    return tuple(found)


def occurrence(
    reference: str, found: Sequence[Slot] = (), fixed: Fixed | None = None
) -> Occurrence:
    return Occurrence(reference=reference, slots=tuple(found), line=1, column=1, fixed=fixed)


def converted(
    text: str, *found: Occurrence, direction: Direction = Direction.TO_CACHE
) -> tuple[str, list[str]]:
    reading = Reading(kind=Kind.HELM_VALUES, occurrences=found)
    result = convert(text, reading, RULES, direction)
    return result.text, [each.new for each in result.lines]


@pytest.mark.parametrize(
    ("text", "reference", "parts", "expected"),
    [
        (
            "FROM nginx:1.27 AS x\r\n",
            "nginx:1.27",
            [(Role.REFERENCE, "nginx:1.27", 0)],
            f"FROM {HOST}/docker-hub/library/nginx:1.27 AS x\r\n",
        ),
        (
            "repository: grafana/grafana\ntag: '11'",
            "grafana/grafana:11",
            [(Role.REPOSITORY, "grafana/grafana", 0), (Role.TAG, "11", 0)],
            f"repository: {HOST}/docker-hub/grafana/grafana\ntag: '11'",
        ),
        (
            "registry: quay.io\nrepository: a/b\ntag: 1",
            "quay.io/a/b:1",
            [(Role.REGISTRY, "quay.io", 0), (Role.REPOSITORY, "a/b", 0), (Role.TAG, "1", 0)],
            f"registry: {HOST}\nrepository: quay/a/b\ntag: 1",
        ),
        (
            "registry: docker.io\nimage: nginx:1",
            "docker.io/nginx:1",
            [(Role.REGISTRY, "docker.io", 0), (Role.REFERENCE, "nginx:1", 0)],
            f"registry: {HOST}\nimage: docker-hub/library/nginx:1",
        ),
    ],
)
def test_only_what_names_the_image_is_written_anew(
    text: str, reference: str, parts: list[tuple[Role, str, int]], expected: str
) -> None:
    found = occurrence(reference, slots(text, *parts))
    result, _news = converted(text, found)
    assert result == expected


def test_the_way_back_gives_the_file_of_the_upstream() -> None:
    text = f"registry: {HOST}\nrepository: docker-hub/library/nginx\n"
    found = occurrence(
        f"{HOST}/docker-hub/library/nginx",
        slots(text, (Role.REGISTRY, HOST, 0), (Role.REPOSITORY, "docker-hub/library/nginx", 0)),
    )
    result, _news = converted(text, found, direction=Direction.TO_UPSTREAM)
    assert result == "registry: docker.io\nrepository: library/nginx\n"


def test_what_is_fixed_or_not_mapped_stays() -> None:
    text = "a: gcr.io/x\nb: ${IMAGE}\n"
    found = [
        occurrence("gcr.io/x", slots(text, (Role.REFERENCE, "gcr.io/x", 0))),
        occurrence("${IMAGE}", fixed=Fixed.VARIABLE),
    ]
    assert converted(text, *found) == (text, ["", ""])


def test_a_slot_of_several_references_changes_only_if_all_agree() -> None:
    text = "quay.io a/b c/d"
    registry = (Role.REGISTRY, "quay.io", 0)
    one = occurrence("quay.io/a/b", slots(text, registry, (Role.REPOSITORY, "a/b", 0)))
    two = occurrence("quay.io/c/d", slots(text, registry, (Role.REPOSITORY, "c/d", 0)))
    assert converted(text, one, two)[0] == f"{HOST} quay/a/b quay/c/d"
    # The registry is also that of an image that cannot be converted.
    other = occurrence("quay.io/Capitals", slots(text, registry))
    three = occurrence("c/d", slots(text, (Role.REFERENCE, "c/d", 0)))
    result, news = converted(text, one, three, other)
    assert result == f"quay.io a/b {HOST}/docker-hub/c/d"
    assert news == ["", f"{HOST}/docker-hub/c/d", ""]


def test_what_stays_keeps_those_that_share_a_slot_with_it() -> None:
    text = "one two three"
    one, two, three = (slots(text, (Role.REFERENCE, each, 0)) for each in text.split())
    overlapping = slots(text, (Role.REFERENCE, "wo three", 0))
    found = [occurrence("quay.io/a", (*one, *two)), occurrence("quay.io/a", one)]
    assert converted(text, *found)[0] == f"{HOST}/quay/a {HOST}/quay/a three"
    found = [*found, occurrence("quay.io/a", three), occurrence("quay.io/b", overlapping)]
    assert converted(text, *found) == (text, [""] * 4)


LINES = st.lists(st.sampled_from(["a", "b", "", "long line"]), max_size=30)


@given(LINES, st.sets(st.integers(0, 29)), st.sampled_from(["\n", "\r\n"]))
def test_the_diff_is_that_of_difflib(lines: list[str], changed: set[int], line_break: str) -> None:
    """Its lines are as difflib has them where no line can be taken for another one."""
    old = [f"{each} {number}" for number, each in enumerate(lines)]
    new = [f"{each} changed" if n in changed else each for n, each in enumerate(old)]
    found = hunks_of(line_break.join(old), line_break.join(new))
    ours = [
        line
        for hunk in found
        for line in [
            hunk.header,
            *(f"{each.sign}{each.before}{each.change}{each.after}" for each in hunk.lines),
        ]
    ]
    assert ours == list(difflib.unified_diff(old, new, lineterm=""))[2:]


def test_a_diff_has_what_differs_within_a_line() -> None:
    (hunk,) = hunks_of("a\nFROM nginx:1\n", f"a\nFROM {HOST}/nginx:1\n")
    removed, added = hunk.lines[1:]
    assert (removed.sign, removed.number, removed.before, removed.change) == ("-", 2, "FROM ", "")
    assert (added.before, added.change, added.after) == ("FROM ", f"{HOST}/", "nginx:1")


def test_a_line_of_a_diff_is_short() -> None:
    old = "x" * 500_000 + "old" + "y" * 500_000
    (hunk,) = hunks_of(old, old.replace("old", "new"))
    assert [len(each.before + each.change + each.after) for each in hunk.lines] == [325, 325]
    assert hunks_of(old, old) == []


def test_running_images_are_counted_by_their_route() -> None:
    references = {
        f"{HOST}/docker-hub/library/nginx:1": Route.THROUGH,
        f"{HOST}/docker-hub/nginx:1": Route.NO_NAMESPACE,
        f"{HOST}/team/app": Route.OWN,
        "nginx": Route.BARE,
        "docker.io/nginx": Route.UPSTREAM,
        "ghcr.io/a/b": Route.NO_RULE,
        "gcr.io/a/b": Route.UNSUPPORTED,
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a": Route.OTHER_REGION,
        "210987654321.dkr.ecr.us-east-2.amazonaws.com/a": Route.OTHER_ACCOUNT,
        "sha256:" + "0" * 64: Route.UNKNOWN,
    }
    quay = f"{HOST}/quay/a"
    found = [occurrence(each) for each in [*references, "nginx", quay, quay]]
    images = running_images(found, RULES)
    assert {each.reference: each.route for each in images} == {
        **references,
        quay: Route.THROUGH,
    }
    assert images[0].reference == "nginx"
    assert (images[0].containers, images[0].prefix) == (2, "docker-hub")
    assert images[0].new == f"{HOST}/docker-hub/library/nginx"
    counts = [(each.route, each.prefix, each.containers) for each in route_counts(images)]
    assert counts[:4] == [
        (Route.THROUGH, "docker-hub", 1),
        (Route.THROUGH, "quay", 2),
        (Route.BARE, "", 2),
        (Route.UPSTREAM, "", 1),
    ]
    assert sum(each.containers for each in route_counts(images)) == len(found)


def test_a_repository_that_no_upstream_prefix_includes_is_told_apart() -> None:
    (image,) = running_images([occurrence("grafana/grafana")], RuleMap([OFFICIAL], HERE))
    assert image.route is Route.OUTSIDE
