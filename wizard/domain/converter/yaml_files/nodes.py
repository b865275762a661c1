"""The nodes of YAML files, with their places in the text.

Values are texts as YAML's notation means them. No tag is constructed, and nothing is resolved but
aliases, which are the same node again, and merge keys.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

# What YAML 1.1 or 1.2 takes for a null, a boolean or a number when it has no quotes.
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_OTHER: Final = re.compile(
    r"(?i:true|false|yes|no|on|off)|[-+]?[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
)
MERGE: Final = "<<"


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar. `start` and `end` enclose its properties (tag and anchor), quotes and content.

    `style` is a quotation mark, `|`, `>`, or empty for a plain scalar.
    """

    start: int
    end: int
    value: str
    style: str
    has_properties: bool
    size: int = 1
    height: int = 0

    @property
    def is_null(self) -> bool:
        """Tell whether it stands for nothing."""
        return not self.style and self.value in _NULL

    @property
    def is_text(self) -> bool:
        """Tell whether it is a text, and no null, boolean or number."""
        return bool(self.style) or not (self.value in _NULL or _OTHER.fullmatch(self.value))


@dataclass(slots=True, eq=False)
class List:
    """A sequence.

    `size` counts its nodes and `height` its levels, with those that aliases stand for. While it is
    open, `size` is 0.
    """

    start: int
    tag: str
    items: "list[Node]" = field(default_factory=list)
    size: int = 0
    height: int = 0


@dataclass(slots=True, eq=False)
class Map:
    """A mapping, with its entries as they stand in the text."""

    start: int
    tag: str
    entries: "list[tuple[Node, Node]]" = field(default_factory=list)
    size: int = 0
    height: int = 0
    _merged: "dict[str, Node] | None" = None

    def _by_name(self) -> "dict[str, Node]":
        """Return the entries by key. Own keys win over merged ones, later over earlier ones."""
        if self._merged is None:
            merged: dict[str, Node] = {}
            own: dict[str, Node] = {}
            for key, value in self.entries:
                if not isinstance(key, Scalar):
                    continue
                if key.value == MERGE and not key.style:
                    # Of several mappings the first wins.
                    for source in maps(value):
                        merged = source._by_name() | merged
                else:
                    own[key.value] = value
            self._merged = merged | own if merged else own
        return self._merged

    def items(self) -> "Iterable[tuple[str, Node]]":
        """Return the names and the values."""
        return self._by_name().items()

    def get(self, *path: str) -> "Node | None":
        """Return the value at a path of keys."""
        node: Node | None = self
        for name in path:
            node = node._by_name().get(name) if isinstance(node, Map) else None
        return node

    def scalar(self, *path: str) -> Scalar | None:
        """Return the scalar at a path of keys, null included."""
        node = self.get(*path)
        return node if isinstance(node, Scalar) else None

    def text(self, *path: str) -> str:
        """Return the text at a path of keys, empty if there is none."""
        node = self.scalar(*path)
        return "" if node is None or node.is_null else node.value

    def map(self, *path: str) -> "Map | None":
        """Return the mapping at a path of keys."""
        node = self.get(*path)
        return node if isinstance(node, Map) else None

    def maps(self, *path: str) -> "Iterator[Map]":
        """Yield the mappings of the sequence at a path of keys."""
        node = self.get(*path)
        if isinstance(node, List):
            yield from maps(node)

    def has_twice(self) -> bool:
        """Tell whether a key stands there more than once."""
        if len(self.entries) < 2:
            return False
        names = [key.value for key, _ in self.entries if isinstance(key, Scalar)]
        return len(names) - names.count(MERGE) != len(set(names) - {MERGE})


Node = Scalar | List | Map


def maps(node: Node | None) -> Iterator[Map]:
    """Yield the node if it is a mapping, or the mappings of a sequence."""
    if isinstance(node, Map):
        yield node
    elif isinstance(node, List):
        yield from (item for item in node.items if isinstance(item, Map))


def children(node: Node) -> "Iterable[tuple[str, Node]]":
    """Return what is in a node, with its key or, in a sequence, its number."""
    if isinstance(node, Map):
        return node.items()
    if isinstance(node, List):
        return ((str(number), item) for number, item in enumerate(node.items))
    return ()
