"""Composes the documents of a YAML file, as far as it is valid.

libyaml parses, by PyYAML's binding to it: Kubernetes, Helm and GitLab use the same parser or a port
of it. It gives one event after another, without recursion, so that what stands before an error is
kept. Depth, and what aliases stand for, have limits.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import yaml

from wizard.domain.converter import limits
from wizard.domain.converter.reading import BYTE_ORDER_MARK, Places, Problem
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar
from wizard.domain.texts import gettext_noop as _

BROKEN: Final = _("This isn't valid YAML from here on.")
TABS: Final = _("This isn't valid YAML from here on. YAML isn't indented with tabs.")
TEMPLATE: Final = _(
    "This is a template from here on. Convert the values, or what helm template makes of it."
)
NO_ANCHOR: Final = _("This alias refers to an anchor that isn't there.")
ITSELF: Final = _("This alias refers to a value that contains the alias.")
TOO_MANY_VALUES: Final = _("The file has too many values to be read.")
# Keys, values, items and documents. 1 MB of containers in their shortest notation has less.
MOST_VALUES: Final = 280_000
# Values of JSON that follow each other without a comma, and what tells where one ends.
_JSON: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[)")
_NEXT_VALUE: Final = re.compile(r"[}\]]\s*[{\[]")
_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]]', re.DOTALL)
_BEFORE_VALUE: Final = re.compile(r"\s*(?=[{\[])")
_MOST_IN_SEQUENCE: Final = 100_000
_MOST_PARTS: Final = 1_000  # of values without a blank between
# Half of a character outside the basic plane, as JSON escapes it and libyaml refuses it. No
# reference has one, so a letter of the same length stands for it.
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Composed:
    """The documents of a file. The last one is not whole if there is a problem.

    `has_duplicates` says that a mapping has a key more than once.
    """

    documents: tuple[Node, ...]
    problem: Problem | None
    has_duplicates: bool


class _Mark(Protocol):
    """A place in what libyaml read."""

    @property
    def index(self) -> int: ...


class _Stop(Exception):
    """The file is not read from an offset on."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def compose(text: str, places: Places) -> Composed:
    """Return the documents of a text, and why it cannot be read from a place on.

    Raises Refused for too many values, or aliases that stand for too many.
    """
    composer = _Composer(places)
    problem = None
    try:
        for part, shift in _parts(text):
            composer.shift = shift
            for event in _events(text, part, shift):
                if take := composer.takes.get(type(event)):
                    take(event)
    except _Stop as stop:
        line, column = places(stop.offset)
        problem = Problem(line=line, column=column, message=stop.message)
    return Composed(tuple(composer.documents), problem, composer.has_duplicates)


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Yield what libyaml reads, and what the offsets in it lack to those in the text.

    kubectl that is run twice, and JSON Lines, have one value after another, which YAML refuses. As
    many as possible are read as one sequence: a parser for each would take minutes for a file.
    """
    begun = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    blanks: list[int] = []
    if _JSON.match(text, begun) and _NEXT_VALUE.search(text):
        parts = 0
        for end in _ends(text, begun):
            following = _BEFORE_VALUE.match(text, end)
            if following is None or parts > _MOST_PARTS:
                break
            if following.end() > end:
                blanks.append(end)
                if len(blanks) > _MOST_IN_SEQUENCE:
                    raise limits.Refused(TOO_MANY_VALUES)
            else:
                yield _as_sequence(text[begun:end], [blank - begun for blank in blanks], begun)
                begun, blanks = end, []
                parts += 1
    yield _as_sequence(text[begun:], [blank - begun for blank in blanks], begun)


def _ends(text: str, start: int) -> Iterator[int]:
    """Yield where values of JSON that are in no other one end, as long as their brackets match."""
    depth = 0
    for token in _JSON_TOKEN.finditer(text, start):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield token.end()


def _as_sequence(text: str, blanks: Sequence[int], shift: int) -> tuple[str, int]:
    """Return values as one sequence: a comma in the place of a blank behind each."""
    if not blanks:
        return text, shift
    starts = [0, *(blank + 1 for blank in blanks)]
    values = (text[start:end] for start, end in zip(starts, [*blanks, None], strict=True))
    return f"[{','.join(values)}]", shift - 1


def _events(text: str, part: str, shift: int) -> Iterator[yaml.Event]:
    """Yield the events of a part. Raises _Stop where libyaml refuses it."""
    try:
        loader = yaml.CSafeLoader(_HALF.sub(_letter, part))
        while event := loader.get_event():
            yield event
            if type(event) is yaml.StreamEndEvent:
                break
    except yaml.MarkedYAMLError as error:
        raise _stop(text, error, shift) from None
    except yaml.reader.ReaderError as error:
        before = part.encode()[: error.position].decode(errors="ignore")
        raise _Stop(limits.NO_TEXT, len(before) + shift) from None


def _letter(found: re.Match[str]) -> str:
    return r"\u0078" if len(found.group()) > 1 else "x"


def _stop(text: str, error: yaml.MarkedYAMLError, shift: int) -> _Stop:
    """Return where libyaml stopped, and what is probably wrong there."""
    offset = error.problem_mark.index + shift if error.problem_mark else len(text)
    offset = min(offset, len(text))
    if "nesting depth" in (error.problem or ""):
        return _Stop(limits.TOO_DEEP, offset)
    began = max(error.context_mark.index + shift, 0) if error.context_mark else offset
    for place in (began, offset):
        if "{{" in _line(text, place):
            return _Stop(TEMPLATE, place)
    return _Stop(TABS if re.match(r" *\t", _line(text, offset)) else BROKEN, offset)


def _line(text: str, offset: int) -> str:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start : end if end >= 0 else len(text)][:1_000]


class _Composer:
    """Makes nodes of events."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.shift = 0  # of the offsets of the events
        self.documents: list[Node] = []
        self.has_duplicates = False
        self._open: list[Map | List] = []
        self._keys: list[Node | None] = []
        self._anchors: dict[str, Node] = {}
        self._values = 0
        self._stood_for = 0
        # What takes an event of each type; it raises _Stop and Refused. There are many events, and
        # asking each for its type in turn took a tenth of the time.
        self.takes: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentStartEvent: self._begin_document,
        }

    def _begin_document(self, _event: yaml.DocumentStartEvent) -> None:
        self._anchors = {}
        self._values += 1

    def _offset(self, mark: _Mark | None) -> int:
        return (mark.index if mark else 0) + self.shift

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        start, end = self._offset(event.start_mark), self._offset(event.end_mark)
        has_properties = event.anchor is not None or event.tag is not None
        node = Scalar(start, end, event.value, event.style or "", has_properties)
        self._place(node, event.anchor)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        start = self._offset(event.start_mark)
        if len(self._open) >= limits.DEEPEST:  # guard: I11
            raise _Stop(limits.TOO_DEEP, start)
        made = Map if isinstance(event, yaml.MappingStartEvent) else List
        node = made(start, event.tag or "")
        self._place(node, event.anchor)
        self._open.append(node)
        self._keys.append(None)

    def _end(self, _event: yaml.CollectionEndEvent) -> None:
        node = self._open.pop()
        self._keys.pop()
        size = height = 0
        if isinstance(node, Map):
            self.has_duplicates = self.has_duplicates or node.has_twice()
            for key, value in node.entries:
                size += key.size + value.size
                height = max(height, key.height, value.height)
        else:
            for item in node.items:
                size += item.size
                height = max(height, item.height)
        node.size, node.height = size + 1, height + 1

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        start = self._offset(event.start_mark)
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise _Stop(NO_ANCHOR, start)
        if not node.size:  # guard: I11
            raise _Stop(ITSELF, start)
        if len(self._open) + node.height > limits.DEEPEST:  # guard: I11
            raise _Stop(limits.TOO_DEEP, start)
        self._stood_for += node.size
        if self._stood_for > limits.MOST_NODES:  # guard: I11
            raise limits.Refused(limits.TOO_MANY_NODES, *self._places(start))
        self._place(node, None)

    def _place(self, node: Node, anchor: str | None) -> None:
        """Put a node into what is open: as key, as value, or as item."""
        self._values += 1
        if self._values > MOST_VALUES:  # guard: I11
            raise limits.Refused(TOO_MANY_VALUES, *self._places(node.start))
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.documents.append(node)
            return
        parent = self._open[-1]
        if isinstance(parent, List):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            parent.entries.append((key, node))
            self._keys[-1] = None
