"""Only the slots change; everything else stays, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.converter import Quoting, Role, Slot, edited

VALUES = st.from_regex(r"[a-z0-9./:@-]*", fullmatch=True)


def _slot(start: int, end: int, quoting: Quoting = Quoting.PLAIN) -> Slot:
    return Slot(role=Role.REFERENCE, start=start, end=end, quoting=quoting)


@given(st.lists(st.tuples(st.text(), st.text(min_size=1), VALUES)), st.text())
def test_every_character_outside_of_the_slots_stays(
    parts: list[tuple[str, str, str]], rest: str
) -> None:
    text, expected, edits = "", "", []
    for before, old, new in parts:
        text += before
        edits.append((_slot(len(text), len(text) + len(old)), new))
        text += old
        expected += before + new
    assert edited(text + rest, reversed(edits)) == expected + rest


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], "image: x"),
        ([(_slot(7, 8), "y"), (_slot(7, 8), "y")], "image: y"),
        ([(_slot(7, 8, Quoting.YAML), "")], 'image: ""'),
        ([(_slot(7, 8, Quoting.DOUBLE), "")], "image: "),
        ([(_slot(6, 6, Quoting.ABSENT), "y")], "image: y x"),
        ([(_slot(6, 6, Quoting.ABSENT), "")], "image: x"),
    ],
)
def test_how_a_value_is_written(edits: list[tuple[Slot, str]], expected: str) -> None:
    assert edited("image: x", edits) == expected


@pytest.mark.parametrize(
    "edits",
    [
        [(_slot(0, 2), "a"), (_slot(1, 3), "b")],
        [(_slot(0, 2), "a"), (_slot(0, 2), "b")],
        [(_slot(2, 2), "a"), (_slot(2, 2), "b")],
        [(_slot(0, 9), "a")],
        [(_slot(2, 1), "a")],
        [(_slot(0, 1), 'a"\nevil: x')],
        [(_slot(0, 1), "a\n")],
        [(_slot(0, 1), "$(x)")],
        [(_slot(0, 1), "a b")],
    ],
)
def test_what_is_no_edit(edits: list[tuple[Slot, str]]) -> None:
    with pytest.raises(ValueError, match=r"(?i)slot|value"):
        edited("image: x", edits)
