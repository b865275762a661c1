"""The instructions of a Dockerfile, as BuildKit's parser finds them, with the place of every
character: directives, comments, lines that are continued, and here-documents.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from wizard.domain.converter.reading import BYTE_ORDER_MARK

ESCAPE: Final = "\\"
_BLANK: Final = r"[\t\v\f\r ]"
_DIRECTIVE: Final = re.compile(r"\s*#\s*(syntax|escape|check)\s*=\s*(\S.*)", re.IGNORECASE)
_KEYWORD: Final = re.compile(rf"\s*([^\t\v\f\r ]+)(?:{_BLANK}+|$)")
# A flag such as `--from=build`, with quotes and backslashes as they stand.
_FLAG: Final = re.compile(
    r"""(--(?:[^\s'"\\]+|\\.|\\$|'(?:[^'\\]+|\\.|\\$)*(?:'|$)|"(?:[^"\\]+|\\.|\\$)*(?:"|$))*)\s*"""
)
_WITH_HEREDOC: Final = frozenset({"ADD", "COPY", "RUN"})
_HEREDOC: Final = re.compile(r"[0-9]*<<(-?)([^<]+)")
# What BuildKit's shell takes after a dollar sign and a brace; anything else ends its reading.
_VARIABLE: Final = re.compile(r"\$\{(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])[}:+?#%/-]")

_SPECIAL: Final = re.compile(r"['\"\\$]")


class UnendedHeredoc(Exception):
    """The end of a here-document is missing. `offset` is where its instruction begins."""

    def __init__(self, offset: int) -> None:
        super().__init__("The here-document has no end.")
        self.offset = offset


@dataclass(slots=True)
class Line:
    """A line with its continuations put together, and where its parts are in the file."""

    text: str
    starts: list[int]
    offsets: list[int]

    def places(self, start: int, end: int) -> tuple[int, ...]:
        """Return where in the file the characters of a part of the line are."""
        found: list[int] = []
        while start < end:
            part = bisect_right(self.starts, start) - 1
            following = self.starts[part + 1] if part + 1 < len(self.starts) else end
            shift = self.offsets[part] - self.starts[part]
            found.extend(range(start + shift, min(end, following) + shift))
            start = max(following, start)
        return tuple(found)


@dataclass(slots=True)
class Instruction:
    """`keyword` is in upper case. The flags are matches in the text of the line, and the arguments
    begin after them at `start`.
    """

    keyword: str
    line: Line
    flags: tuple[re.Match[str], ...]
    start: int

    @property
    def arguments(self) -> str:
        return self.line.text[self.start :]


@dataclass(frozen=True, slots=True)
class Directive:
    """A line such as `# syntax=docker/dockerfile:1`. The value begins at `offset` of the file."""

    name: str
    value: str
    offset: int


def directives(text: str) -> Iterator[Directive]:
    """Return the directives, which are the first lines of the file."""
    known = set[str]()
    for number, (start, line) in enumerate(_lines(text)):
        found = _DIRECTIVE.fullmatch(line)
        if found and (name := found[1].lower()) not in known:
            known.add(name)
            yield Directive(name, found[2].rstrip(), start + found.start(2))
        # BuildKit refuses a second one of the same name.
        elif found or number or not line.startswith("#!"):
            return


def instructions(
    text: str, escape: str = ESCAPE, *, matters: Callable[[str], bool] = bool
) -> Iterator[Instruction]:
    """Return all instructions. Raises UnendedHeredoc.

    Of those in a single line, `matters` may drop some at first sight of the line. It must not drop
    one with a here-document, which is longer than its line.
    """
    lines = _lines(text)
    continued = _continuation(escape)
    for start, first in lines:
        text = first.strip()
        if not text or text.startswith("#"):
            continue
        is_alone = not text.endswith(escape)
        if is_alone and not matters(text):
            continue
        line = Line(first, [0], [start]) if is_alone else _whole(start, first, lines, continued)
        instruction = _instruction(line, 0)
        if instruction is None:
            continue
        yield instruction
        for is_indented, name in _heredocs(instruction):
            if not _is_ended(lines, name, is_indented=is_indented):
                raise UnendedHeredoc(start)


def inner(instruction: Instruction) -> Instruction:
    """Return the instruction that ONBUILD keeps for later; of any other, itself."""
    if instruction.keyword != "ONBUILD":
        return instruction
    return _instruction(instruction.line, instruction.start) or instruction


def words(text: str, escape: str = ESCAPE) -> Iterator[re.Match[str]]:
    """Return the words as a shell separates them, with their quotes and escapes."""
    return _word(escape).finditer(text)


@cache
def _word(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(
        rf"""(?:[^\s'"{mark}]+|{mark}(?:.|$)|'[^']*(?:'|$)"""
        rf"""|"(?:[^"{mark}]+|{mark}(?:.|$))*(?:"|$))+""",
        re.DOTALL,
    )


def _instruction(line: Line, start: int) -> Instruction | None:
    found = _KEYWORD.match(line.text, start)
    if found is None:
        return None
    flags: list[re.Match[str]] = []
    end = found.end()
    while line.text.startswith("--", end) and (flag := _FLAG.match(line.text, end)):
        flags.append(flag)
        end = flag.end()
        if flag[1] == "--":
            break
    return Instruction(found[1].upper(), line, tuple(flags), end)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines without their ends, and where they begin."""
    start = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end].rstrip("\r")
        start = end + 1


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _continuation(escape: str) -> re.Pattern[str]:
    """Return what matches the end of a line that the next one continues."""
    mark = re.escape(escape)
    return re.compile(rf"(?<!{mark}){mark}[ \t]*\Z")


def _whole(
    start: int, first: str, lines: Iterator[tuple[int, str]], continued: re.Pattern[str]
) -> Line:
    """Return a line with those that continue it. Comments and empty lines between are skipped."""
    parts: list[str] = []
    starts, offsets = [0], [start]
    following: tuple[int, str] | None = (start, first)
    length = 0
    while following:
        start, part = following
        # Searched from where it can begin, because blanks at the end may be many.
        end = continued.search(part, max(len(part.rstrip(" \t")) - 1, 0))
        part = part[: end.start()] if end else part
        parts.append(part)
        starts.append(length)
        offsets.append(start)
        length += len(part)
        following = _next(lines) if end else None
    return Line("".join(parts), starts, offsets)


def _next(lines: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    return next((each for each in lines if each[1].strip() and not _is_comment(each[1])), None)


def _heredocs(instruction: Instruction) -> list[tuple[bool, str]]:
    """Return the here-documents that follow: whether tabs before the end are ignored, and the name.

    There are none in a line that BuildKit's shell cannot read.
    """
    text = instruction.line.text
    if "<<" not in text:
        return []
    instruction = inner(instruction)
    if instruction.keyword not in _WITH_HEREDOC or _is_json(instruction.arguments):
        return []
    found = []
    for word in words(text):
        if not _is_readable(word[0]):
            return []
        if each := _HEREDOC.fullmatch(word[0]):
            found.append((bool(each[1]), _unquoted(each[2])))
    return [(is_indented, name) for is_indented, name in found if name]


def _is_readable(word: str) -> bool:
    """Whether quotes are closed, and variables are none that BuildKit refuses."""
    if not _SPECIAL.search(word):
        return True
    bare = re.sub(r"\\.|'[^']*'", "\0", word, flags=re.DOTALL)
    quotes = bare.replace("'", "") if '"' in bare else bare
    if "'" in re.sub(r'"[^"]*"', "", bare) or quotes.count('"') % 2:
        return False
    return bare.count("${") == len(_VARIABLE.findall(bare)) and _is_closed(bare)


def _is_closed(word: str) -> bool:
    """Whether every variable in braces has its end."""
    depth = 0
    for found in re.finditer(r"\$\{|\}", word):
        depth = depth + 1 if found[0] != "}" else max(depth - 1, 0)
    return not depth


def _unquoted(word: str) -> str:
    return re.sub(r"'([^']*)'|\"|\\(.)", r"\1\2", word, flags=re.DOTALL)


def _is_json(arguments: str) -> bool:
    """Whether arguments begin with a list of texts, which then no shell reads."""
    arguments = arguments.lstrip()
    if not arguments.startswith("["):
        return False
    try:
        values, _end = json.JSONDecoder().raw_decode(arguments)
    except (ValueError, RecursionError):
        return False
    return all(isinstance(value, str) for value in values)


def _is_ended(lines: Iterator[tuple[int, str]], name: str, *, is_indented: bool) -> bool:
    """Skip a here-document with its end; whether there is one."""
    return any((line.lstrip("\t") if is_indented else line) == name for _start, line in lines)
