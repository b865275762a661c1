"""The differences between a file and its conversion, in the form of a unified diff.

An edit stays within its line, so that both texts have the same number of lines, and each line is
compared with its counterpart. difflib searches for counterparts, which takes quadratic time for a
file that repeats its lines.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

CONTEXT: Final = 3
# Lines are cut around the difference: a file may be one line of a megabyte.
_AROUND: Final = 160
_LONGEST_CHANGE: Final = 400
_BREAK: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a diff: `sign` is a blank, `-` or `+`, `number` that of the line in its text.

    Between `before` and `after` is what differs.
    """

    sign: str
    number: int
    before: str
    change: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines that differ, with the lines around them."""

    start: int
    length: int
    lines: tuple[DiffLine, ...]

    @property
    def header(self) -> str:
        """Return the line with which the hunk begins in a unified diff."""
        place = f"{self.start},{self.length}" if self.length != 1 else f"{self.start}"
        return f"@@ -{place} +{place} @@"


def hunks_of(old: str, new: str) -> list[Hunk]:
    """Return where two texts with the same line breaks differ. Raises ValueError for others."""
    before, after = _BREAK.split(old), _BREAK.split(new)
    changed = [
        number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]
    ]
    # What follows the last line break is a line only if there is something.
    total = len(before) - (not before[-1])
    return [
        _hunk(before, after, max(first - CONTEXT, 0), min(last + CONTEXT + 1, total))
        for first, last in _close(changed)
    ]


def _close(changed: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Return the first and last changed line of each hunk: those whose surroundings meet."""
    first = last = -1
    for number in changed:
        if first >= 0 and number - last > 2 * CONTEXT + 1:
            yield first, last
            first = -1
        first, last = number if first < 0 else first, number
    if first >= 0:
        yield first, last


def _hunk(before: Sequence[str], after: Sequence[str], start: int, end: int) -> Hunk:
    lines: list[DiffLine] = []
    added: list[DiffLine] = []
    for number in range(start, end):
        old, new = before[number], after[number]
        if old == new:
            lines += [*added, _line(" ", number, old, 0, 0)]
            added = []
            continue
        begin, rest = _common(old, new)
        lines.append(_line("-", number, old, begin, rest))
        added.append(_line("+", number, new, begin, rest))
    return Hunk(start=start + 1, length=end - start, lines=(*lines, *added))


def _common(old: str, new: str) -> tuple[int, int]:
    """Return how many characters two different lines share at the beginning and at the end."""
    most = min(len(old), len(new))
    begin = next((at for at in range(most) if old[at] != new[at]), most)
    most -= begin
    rest = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    return begin, rest


def _line(sign: str, number: int, text: str, begin: int, rest: int) -> DiffLine:
    """Return a line of which only what is around the difference is left, if it is long."""
    if sign == " ":
        return DiffLine(sign=sign, number=number + 1, before=_start(text, _LONGEST_CHANGE))
    end = len(text) - rest
    before, change, after = text[:begin], text[begin:end], text[end:]
    return DiffLine(
        sign=sign,
        number=number + 1,
        before=before if len(before) <= _AROUND else f"…{before[-_AROUND:]}",
        change=_start(change, _LONGEST_CHANGE),
        after=_start(after, _AROUND),
    )


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
