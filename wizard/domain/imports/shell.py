"""A scanner of shell scripts that knows as much as commands of literal words need.

A word with a variable, a substitution or a pattern is an expression; its value is None. Nothing is
run.
"""

import re
from collections.abc import Iterator
from typing import Final

from wizard.domain.imports.found import ImportProblem, Value
from wizard.domain.imports.json_values import Lines
from wizard.domain.texts import gettext_noop as _

MOST_DEPTH: Final = 20
_PLAIN: Final = re.compile(r"[^\s'\"\\$`;&|()<>*?\[\]{}~#]+")
_DOUBLE: Final = re.compile(r'[^"\\$`]+')
# A no-break space, as web pages have it, is a blank as well.
_BLANKS: Final = re.compile(r"(?:[^\S\n]|\\\r?\n)+")
# What ends a command. Redirections and braces end it as well: only words before them count.
_ENDS: Final = frozenset("\n;&|()<>{}")

Command = list[Value]


def commands_of(text: str) -> Iterator[Command]:
    """Yield the commands of a script, those inside substitutions after the one around them."""
    yield from _Scanner(text, Lines(text)).commands(0, len(text), 1)


class _Scanner:
    def __init__(self, text: str, lines: Lines) -> None:
        self.text, self.lines = text, lines
        self.at = self.end = self.depth = 0
        self.inside = list[tuple[int, int]]()

    def commands(self, start: int, end: int, depth: int) -> Iterator[Command]:
        if depth > MOST_DEPTH:
            raise self._problem(_("The substitutions are nested too deeply."), start)
        self.at, self.end, self.inside = start, end, []
        words = Command()
        while self.at < self.end:
            if found := _BLANKS.match(self.text, self.at, self.end):
                self.at = found.end()
            elif self.text[self.at] in _ENDS:
                self.at += 1
                if words:
                    yield words
                words = Command()
            elif self.text[self.at] == "#":
                line_end = self.text.find("\n", self.at, self.end)
                self.at = self.end if line_end < 0 else line_end
            else:
                words.append(self._word())
        if words:
            yield words
        for begin, close in self.inside:
            yield from _Scanner(self.text, self.lines).commands(begin, close, depth + 1)

    def _word(self) -> Value:
        spot, parts, is_literal = self.lines.spot(self.at), list[str](), True
        while self.at < self.end:
            first = self.text[self.at]
            if first in _ENDS or _BLANKS.match(self.text, self.at, self.end):
                break
            if first == "'":
                parts.append(self._single())
            elif first == '"':
                text = self._double()
                is_literal = is_literal and text is not None
                parts.append(text or "")
            elif first == "\\":
                parts.append(self.text[self.at + 1 : self.at + 2])
                self.at += 2
            elif first == "$" or first == "`":
                self._skip_expansion()
                is_literal = False
            elif found := _PLAIN.match(self.text, self.at, self.end):
                parts.append(found[0])
                self.at = found.end()
            else:  # a pattern, or # inside a word
                is_literal = is_literal and (first == "#" or (first == "~" and bool(parts)))
                parts.append(first)
                self.at += 1
        return Value("".join(parts) if is_literal else None, spot)

    def _single(self) -> str:
        start, close = self.at, self.text.find("'", self.at + 1, self.end)
        if close < 0:
            raise self._problem(_("A quotation mark is not closed."), start)
        self.at = close + 1
        return self.text[start + 1 : close]

    def _double(self) -> str | None:
        start, parts, is_literal = self.at, list[str](), True
        self.at += 1
        while self.at < self.end:
            if found := _DOUBLE.match(self.text, self.at, self.end):
                parts.append(found[0])
                self.at = found.end()
                continue
            first, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
            if first == '"':
                self.at += 1
                return "".join(parts) if is_literal else None
            if first == "\\":
                if following != "\n":
                    parts.append(following if following in '$`"\\' else first + following)
                self.at += 2
            else:
                self._skip_expansion()
                is_literal = False
        raise self._problem(_("A quotation mark is not closed."), start)

    def _skip_expansion(self) -> None:
        """Skip a variable or a substitution; the commands in a substitution are read later."""
        start = self.at
        if self.text.startswith("$(", start):
            self.at = self._closing(start + 2)
            self.inside.append((start + 2, self.at - 1))
            return
        if self.text[start] == "`" or self.text.startswith("${", start):
            close = "`" if self.text[start] == "`" else "}"
            end = self.text.find(close, start + 1, self.end)
            if end < 0:
                raise self._problem(_("A substitution is not closed."), start)
            self.at = end + 1
            return
        self.at += 1

    def _closing(self, start: int) -> int:
        """Return the offset behind the parenthesis that closes the one before `start`."""
        at, open_ones, quote = start, 1, ""
        while at < self.end:
            character = self.text[at]
            if character == "\\" and quote != "'":
                at += 1
            elif quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            else:
                open_ones += {"(": 1, ")": -1}.get(character, 0)
                if not open_ones:
                    return at + 1
            at += 1
        raise self._problem(_("A substitution is not closed."), start - 2)

    def _problem(self, words: str, offset: int) -> ImportProblem:
        return ImportProblem(words, self.lines.spot(min(offset, len(self.text))))
