"""Puts in the values of variables (ARG) as BuildKit's shell does, and keeps where in the file each
character of the result stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Names of images have 255 characters and tags 128, and a digest of SHA-512 has 135.
LONGEST: Final = 600
_DEEPEST: Final = 10
# What stands for the value of a variable in a result. Files that are read contain none of them.
UNKNOWN: Final = "\x00"
OPEN: Final = "\x01"
CLOSE: Final = "\x02"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(:?[-+?]|\})")
_SPECIAL: Final = re.compile(r"[$'\"\\`]")
# BuildKit itself has the values of these.
_PLATFORM: Final = frozenset(
    f"{of}{what}" for of in ("TARGET", "BUILD") for what in ("PLATFORM", "OS", "ARCH", "VARIANT")
)
_MARKS: Final = re.compile(f"[{OPEN}{CLOSE}]")
_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Chars:
    """A text whose characters have an offset in the file each."""

    text: str
    offsets: tuple[int, ...]

    def __getitem__(self, part: slice) -> "Chars":
        return Chars(self.text[part], self.offsets[part])

    def __add__(self, other: "Chars") -> "Chars":
        return Chars(self.text + other.text, self.offsets + other.offsets)

    @property
    def bare(self) -> str:
        """Return the text without the marks of variables; what is unknown is left out."""
        return re.sub(f"[{UNKNOWN}{OPEN}{CLOSE}]", "", self.text)

    @property
    def is_together(self) -> bool:
        """Whether the characters follow each other in the file and nothing is between them."""
        start = self.offsets[0] if self.offsets else _NOWHERE
        return start != _NOWHERE and self.offsets == tuple(range(start, start + len(self.text)))


_NOTHING: Final = Chars("", ())


def _mark(text: str) -> Chars:
    return Chars(text, (_NOWHERE,) * len(text))


_UNKNOWN: Final = _mark(OPEN + UNKNOWN + CLOSE)


def expanded(word: Chars, variables: Mapping[str, Chars | None], escape: str) -> Chars:
    """Return a word without its quotes, and the values of its variables between OPEN and CLOSE.

    A variable that has no value, or more of it than a reference can have, is UNKNOWN. The value of
    one is None if ARG names it without a value.
    """
    if len(word.text) > LONGEST:
        return _UNKNOWN
    if not _SPECIAL.search(word.text):
        return word
    return _Expansion(word, variables, escape).run(0)


def unwrapped(chars: Chars) -> Chars:
    """Return a text that is one variable as a whole without the marks around it."""
    while chars.text.startswith(OPEN) and _end_of_first(chars.text) == len(chars.text) - 1:
        chars = chars[1:-1]
    return chars


def _end_of_first(text: str) -> int:
    depth = 0
    for found in _MARKS.finditer(text):
        depth += 1 if found[0] == OPEN else -1
        if not depth:
            return found.start()
    return -1


@dataclass(frozen=True, slots=True)
class _Expansion:
    word: Chars
    variables: Mapping[str, Chars | None]
    escape: str

    def run(self, depth: int) -> Chars:
        """Return the whole word, expanded."""
        text = self.word.text
        parts: list[Chars] = []
        quote = ""
        position = length = 0
        while position < len(text):
            character = text[position]
            if quote != "'" and character == "$":
                part, position = self._variable(position, depth)
                parts.append(part)
                length += len(part.text)
                if length > LONGEST:
                    return _UNKNOWN
                continue
            if character in "'\"" and quote in ("", character):
                quote = "" if quote else character
                position += 1
                continue
            if self._escapes(position, quote):
                position += 1
            parts.append(self.word[position : position + 1])
            position += 1
        return _joined(parts)

    def _escapes(self, position: int, quote: str) -> bool:
        """Whether a character makes the next one an ordinary one and is none itself."""
        text = self.word.text
        if text[position] != self.escape or quote == "'":
            return False
        return not quote or text[position + 1 : position + 2] in ('"', "$", self.escape)

    def _variable(self, position: int, depth: int) -> tuple[Chars, int]:
        """Return the value of the variable at a dollar sign, and where the word goes on."""
        text = self.word.text
        if name := _NAME.match(text, position + 1):
            return self._value(name[0]), name.end()
        if not text.startswith("{", position + 1):
            return self.word[position : position + 1], position + 1
        end = self._end(position + 2)
        found = _BRACED.match(text, position + 1)
        if found is None or depth == _DEEPEST:
            return _UNKNOWN, end + 1
        if found[2] == "}":
            return self._value(found[1]), end + 1
        rest = self.word[found.end() : end]
        other = _Expansion(rest, self.variables, self.escape).run(depth + 1)
        return self._chosen(found[1], found[2], other), end + 1

    def _end(self, position: int) -> int:
        """Return where the brace is that closes a variable whose name begins at a position."""
        depth = 1
        for found in re.finditer(r"\$\{|\}", self.word.text[position:]):
            depth += -1 if found[0] == "}" else 1
            if not depth:
                return position + found.start()
        return len(self.word.text)

    def _chosen(self, name: str, operator: str, other: Chars) -> Chars:
        """Return the value or the other word, as the operator says."""
        value = self.variables.get(name)
        is_empty = value is None or (operator.startswith(":") and value.text == "")
        if name in _PLATFORM:
            return _UNKNOWN
        if operator.endswith("+"):
            return _UNKNOWN if value is None else _wrapped(_NOTHING if is_empty else other)
        if operator.endswith("-") and is_empty:
            return _wrapped(other)
        return self._value(name)

    def _value(self, name: str) -> Chars:
        value = self.variables.get(name)
        return _UNKNOWN if value is None or name in _PLATFORM else _wrapped(value)


def _wrapped(chars: Chars) -> Chars:
    return _mark(OPEN) + unwrapped(chars) + _mark(CLOSE)


def _joined(parts: Sequence[Chars]) -> Chars:
    text = "".join(part.text for part in parts)
    return Chars(text, tuple(offset for part in parts for offset in part.offsets))
