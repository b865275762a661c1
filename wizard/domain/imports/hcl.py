"""A scanner of HCL that knows as much as blocks of literal values need.

It returns blocks with their attributes. An expression is skipped by its brackets and quotes and not
evaluated; its value is None.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wizard.domain.imports.found import ImportProblem, Spot, Value
from wizard.domain.imports.json_values import Lines
from wizard.domain.texts import gettext_noop as _

MOST_DEPTH: Final = 20
# More than the rules that can be imported have.
MOST_TOKENS: Final = 200_000
_SKIPPED: Final = re.compile(r"(?:[^\S\n]+|#[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)+")
_WORD: Final = re.compile(r"[^\W\d][\w-]*")
_PLAIN: Final = re.compile(r'[^"\\$%\n]+')
_HEREDOC: Final = re.compile(r"<<-?([^\W\d][\w-]*)\r?\n")
_HEX: Final = {"u": re.compile(r"[0-9A-Fa-f]{4}"), "U": re.compile(r"[0-9A-Fa-f]{8}")}
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its type, its labels, its attributes, and the blocks inside it."""

    kind: str
    labels: Sequence[str]
    spot: Spot
    attributes: Mapping[str, Value] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    blocks: Sequence["Block"] = ()


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a file; raises ImportProblem with the place."""
    return list(_Scanner(text).blocks())


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of the text. `kind` is `word`, `text`, `end` (of a line or the file) or a character.

    `value` is that of a word or of a text, None for a text with a template.
    """

    kind: str
    value: str | None
    offset: int


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.lines, self.at = text, Lines(text), 0
        self.count = 0

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks at the top; attributes there, as in files of variables, are skipped."""
        while (token := self._next()).kind != "eof":
            if token.kind == "end":
                continue
            if token.kind != "word":
                raise self._problem(_("This is not valid HCL: a block is expected."), token.offset)
            block = self._block_or_attribute(token, {}, {}, 1)
            if block is not None:
                yield block

    def _block_or_attribute(
        self, first: _Token, values: dict[str, Value], references: dict[str, str], depth: int
    ) -> Block | None:
        """Read what a word begins; an attribute is put into `values`."""
        name, labels = first.value or "", list[str]()
        while True:
            token = self._next()
            if token.kind == "=" and not labels:
                if name in values:
                    words = _("The argument %(name)s appears twice.")
                    raise self._problem(words, first.offset, name)
                values[name], references[name] = self._expression()
                return None
            if token.kind == "{":
                return self._body(name, labels, first.offset, depth)
            if token.kind not in ("word", "text") or token.value is None:
                raise self._problem(_("This is not valid HCL: = or { is expected."), token.offset)
            labels.append(token.value)

    def _body(self, kind: str, labels: Sequence[str], offset: int, depth: int) -> Block:
        if depth > MOST_DEPTH:
            raise self._problem(_("The blocks are nested too deeply."), offset)
        values, references, blocks = dict[str, Value](), dict[str, str](), list[Block]()
        while (token := self._next()).kind != "}":
            if token.kind == "end":
                continue
            if token.kind != "word":
                words = _("This is not valid HCL: an argument, a block or } is expected.")
                raise self._problem(words, token.offset)
            inner = self._block_or_attribute(token, values, references, depth + 1)
            if inner is not None:
                blocks.append(inner)
        return Block(kind, labels, self.lines.spot(offset), values, references, blocks)

    def _expression(self) -> tuple[Value, str]:
        """Read to the end of the line. Return the value, and the source if it is short."""
        tokens, open_ones = list[_Token](), list[str]()
        while True:
            before, token = self.at, self._next()
            if token.kind in ("eof", "end", "}", ",") and not open_ones:
                self.at = before
                break
            if token.kind == "eof":
                raise self._problem(_("This is not valid HCL: a bracket is not closed."), before)
            if token.kind in _CLOSING:
                open_ones.append(_CLOSING[token.kind])
                if len(open_ones) > MOST_DEPTH:
                    raise self._problem(_("The brackets are nested too deeply."), token.offset)
            elif token.kind in _CLOSING.values() and (
                not open_ones or open_ones.pop() != token.kind
            ):
                words = _("This is not valid HCL: a bracket does not match.")
                raise self._problem(words, token.offset)
            if len(tokens) < 4:
                tokens.append(token)
        if not tokens:
            raise self._problem(_("This is not valid HCL: a value is expected."), self.at)
        source = self.text[tokens[0].offset : self.at].strip()[:80]
        return Value(_literal(tokens), self.lines.spot(tokens[0].offset)), source

    def _next(self) -> _Token:
        found = _SKIPPED.match(self.text, self.at)
        start = found.end() if found else self.at
        self.count += 1
        if self.count > MOST_TOKENS:
            raise self._problem(_("The text has too many words and characters to read."), start)
        if start >= len(self.text):
            self.at = start
            return _Token("eof", None, start)
        first = self.text[start]
        if first == "\n":
            self.at = start + 1
            return _Token("end", None, start)
        if first == '"':
            return _Token("text", self._string(start), start)
        if word := _WORD.match(self.text, start):
            self.at = word.end()
            return _Token("word", word[0], start)
        if heredoc := _HEREDOC.match(self.text, start):
            self._skip_heredoc(heredoc[1], heredoc.end())
            return _Token("text", None, start)
        if self.text.startswith("/*", start):
            raise self._problem(_("This is not valid HCL: a comment is not closed."), start)
        self.at = start + 1
        return _Token(first, None, start)

    def _string(self, start: int, depth: int = 1) -> str | None:
        """Read a text in quotes; None if it has a template, which is skipped."""
        parts, has_template = list[str](), False
        self.at = start + 1
        while True:
            if found := _PLAIN.match(self.text, self.at):
                parts.append(found[0])
                self.at = found.end()
            two, three = self.text[self.at : self.at + 2], self.text[self.at : self.at + 3]
            if two[:1] == '"':
                self.at += 1
                return None if has_template else "".join(parts)
            if two[:1] in ("", "\n"):
                raise self._problem(_("This is not valid HCL: a text is not closed."), start)
            if three in ("$${", "%%{"):
                parts.append(three[1:])
                self.at += 3
            elif two in ("${", "%{"):
                has_template = True
                self._skip_template(depth)
            elif two[0] == "\\":
                parts.append(self._escape())
            else:
                parts.append(two[0])
                self.at += 1

    def _escape(self) -> str:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind in _ESCAPES:
            self.at += 2
            return _ESCAPES[kind]
        found = _HEX[kind].match(self.text, self.at + 2) if kind in _HEX else None
        if found is None or int(found[0], 16) > 0x10FFFF:
            raise self._problem(_("This is not valid HCL: an unknown escape."), self.at)
        self.at = found.end()
        return chr(int(found[0], 16))

    def _skip_template(self, depth: int) -> None:
        """Skip `${...}` with the texts and braces inside it."""
        start, open_ones = self.at, 1
        if depth > MOST_DEPTH:
            raise self._problem(_("The templates are nested too deeply."), start)
        self.at += 2
        while open_ones:
            first = self.text[self.at : self.at + 1]
            if not first:
                raise self._problem(_("This is not valid HCL: a template is not closed."), start)
            if first == '"':
                self._string(self.at, depth + 1)
                continue
            open_ones += {"{": 1, "}": -1}.get(first, 0)
            self.at += 1

    def _skip_heredoc(self, word: str, start: int) -> None:
        end = re.compile(rf"^[ \t]*{re.escape(word)}[ \t\r]*$", re.MULTILINE)
        found = end.search(self.text, start)
        if found is None:
            raise self._problem(_("This is not valid HCL: a heredoc is not closed."), start)
        self.at = found.end()

    def _problem(self, words: str, offset: int, name: str = "") -> ImportProblem:
        return ImportProblem(words, self.lines.spot(min(offset, len(self.text))), name=name)


def _literal(tokens: Sequence[_Token]) -> str | None:
    """Return the value of a single text; empty for `null`; None for an expression."""
    if len(tokens) != 1:
        return None
    if tokens[0].kind == "word" and tokens[0].value == "null":
        return ""
    return tokens[0].value if tokens[0].kind == "text" else None
