"""JSON with the place of each value, and a limit of its depth.

Python's own decoder does not tell where a value is, and duplicate names pass unnoticed.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Final

from wizard.domain.imports.found import ImportProblem, Spot
from wizard.domain.texts import gettext_noop as _

MOST_DEPTH: Final = 20
# More than the rules that can be imported have.
MOST_VALUES: Final = 100_000
_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_OTHER: Final = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Node:
    """A value: a text, a list, an object, or None for everything else (numbers, true, null)."""

    value: "str | Sequence[Node] | Mapping[str, Node] | None"
    spot: Spot
    is_null: bool = False

    @property
    def members(self) -> "Mapping[str, Node]":
        """Return the members of an object; none for another value."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> "Sequence[Node]":
        """Return the items of a list; none for another value."""
        return self.value if isinstance(self.value, list) else ()

    @property
    def text(self) -> str:
        """Return the text; empty for another value."""
        return self.value if isinstance(self.value, str) else ""


class Lines:
    """The line and column of an offset."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def spot(self, offset: int) -> Spot:
        line = bisect_right(self._starts, offset)
        return Spot(line, offset - self._starts[line - 1] + 1)


def parse(text: str) -> Node:
    """Parse a JSON text; raises ImportProblem with the place."""
    reader = _Reader(text)
    node = reader.value(reader.blanks(0), 1)
    if reader.at != len(text):
        raise reader.problem(_("There is more after the end of the JSON value."))
    return node


class _Reader:
    """Reads a text from one offset on. `at` is the offset behind what was read."""

    def __init__(self, text: str) -> None:
        self.text, self.lines, self.at = text, Lines(text), 0
        self.count = 0

    def problem(self, words: str, offset: int | None = None, name: str = "") -> ImportProblem:
        spot = self.lines.spot(self.at if offset is None else offset)
        return ImportProblem(words, spot, name=name)

    def blanks(self, offset: int) -> int:
        found = _BLANKS.match(self.text, offset)
        self.at = found.end() if found else offset
        return self.at

    def value(self, offset: int, depth: int) -> Node:
        """Read a value and the blanks behind it."""
        if depth > MOST_DEPTH:
            raise self.problem(_("The JSON is nested too deeply."), offset)
        self.count += 1
        if self.count > MOST_VALUES:
            raise self.problem(_("The JSON has too many values."), offset)
        spot, first = self.lines.spot(offset), self.text[offset : offset + 1]
        if first == "{":
            return Node(self._object(offset, depth), spot)
        if first == "[":
            return Node(self._list(offset, depth), spot)
        if first == '"':
            return Node(self._string(offset), spot)
        found = _OTHER.match(self.text, offset)
        if found is None:
            raise self.problem(_("This is not valid JSON: a value is expected."), offset)
        self.blanks(found.end())
        return Node(None, spot, is_null=found[0] == "null")

    def _string(self, offset: int) -> str:
        try:
            text, end = scanstring(self.text, offset + 1, True)
        except json.JSONDecodeError as error:
            words = _("This is not valid JSON: a text is not closed or has a wrong character.")
            raise self.problem(words, min(error.pos, len(self.text))) from None
        self.blanks(end)
        return str(text)

    def _object(self, offset: int, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        self.blanks(offset + 1)
        if self._is_next("}"):
            return members
        while True:
            start = self.at
            if self.text[start : start + 1] != '"':
                raise self.problem(_("This is not valid JSON: a name in quotes is expected."))
            name = self._string(start)
            if name in members:
                words = _("The name %(name)s appears twice in one object.")
                raise self.problem(words, start, name)
            if not self._is_next(":"):
                raise self.problem(_("This is not valid JSON: a colon is expected."))
            members[name] = self.value(self.at, depth + 1)
            if self._is_next("}"):
                return members
            if not self._is_next(","):
                raise self.problem(_("This is not valid JSON: a comma or } is expected."))

    def _list(self, offset: int, depth: int) -> list[Node]:
        items: list[Node] = []
        self.blanks(offset + 1)
        if self._is_next("]"):
            return items
        while True:
            items.append(self.value(self.at, depth + 1))
            if self._is_next("]"):
                return items
            if not self._is_next(","):
                raise self.problem(_("This is not valid JSON: a comma or ] is expected."))

    def _is_next(self, character: str) -> bool:
        """Whether it is the next character; then read it and the blanks behind it."""
        if not self.text.startswith(character, self.at):
            return False
        self.blanks(self.at + 1)
        return True
