"""Finds the words that name images in the instructions of a Dockerfile.

Images are in FROM, `COPY --from` and `RUN --mount=from=`, after ONBUILD too, and in the directive
`syntax`. The name or the number of a stage is none, and neither is `scratch`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from wizard.domain.converter.dockerfile.instructions import (
    ESCAPE,
    Instruction,
    UnendedHeredoc,
    directives,
    inner,
    instructions,
    words,
)
from wizard.domain.converter.dockerfile.references import Named, occurrences_of
from wizard.domain.converter.dockerfile.variables import LONGEST, UNKNOWN, Chars, expanded
from wizard.domain.converter.limits import MOST_OCCURRENCES, TOO_MANY
from wizard.domain.converter.reading import Kind, Places, Problem, Reading
from wizard.domain.texts import gettext_noop as _

_FROM: Final = re.compile(r"\s*((?:\{\{[^{}]*\}\}|\S)+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_FLAG_VALUE: Final = re.compile(r"""--(?:from=|mount=)(["']?)(.*)\1""", re.DOTALL)
_MOUNT_FROM: Final = re.compile(r"""(?:^|,)\s*["']?from=["']?([^,"']+)""", re.IGNORECASE)
_EMPTY_IMAGE: Final = "scratch"
_MOST_STAGES: Final = 200
_MOST_INSTRUCTIONS: Final = 2 * MOST_OCCURRENCES

UNENDED_HEREDOC: Final = _("The here-document of this instruction has no end.")
WRONG_ESCAPE: Final = _("The escape directive must be a backslash or a backtick.")


def read_dockerfile(text: str) -> Reading:
    """Return the references in a Dockerfile."""
    places = Places(text)
    escape, named, problem = _directives(text, places)
    relevant: list[Instruction] = []
    try:
        for instruction in _instructions(text, escape) if problem is None else ():
            if not _may_name_image(instruction):
                continue
            relevant.append(instruction)
            if len(relevant) > _MOST_INSTRUCTIONS:
                problem = _problem(places, instruction.line.offsets[0], TOO_MANY)
                break
    except UnendedHeredoc as error:
        problem = _problem(places, error.offset, UNENDED_HEREDOC)
    named.extend(islice(_Stages(relevant, escape).images(), MOST_OCCURRENCES + 1))
    found = occurrences_of(named, places)
    return Reading(kind=Kind.DOCKERFILE, occurrences=found, problem=problem)


def _directives(text: str, places: Places) -> tuple[str, list[Named], Problem | None]:
    """Return the escape character, the image of the syntax, and what is wrong with them."""
    escape, named, problem = ESCAPE, [], None
    for each in directives(text):
        if each.name == "escape" and each.value in ("\\", "`"):
            escape = each.value
        elif each.name == "escape":
            problem = _problem(places, each.offset, WRONG_ESCAPE)
        elif each.name == "syntax":
            image = each.value.split()[0][:LONGEST]
            word = Chars(image, tuple(range(each.offset, each.offset + len(image))))
            named.append(Named(word=word, value=word, place="# syntax"))
    return escape, named, problem


def _problem(places: Places, offset: int, message: str) -> Problem:
    line, column = places(offset)
    return Problem(line=line, column=column, message=message)


def _instructions(text: str, escape: str) -> Iterator[Instruction]:
    return instructions(text, escape, matters=_may_matter)


def _may_matter(line: str) -> bool:
    """Whether a line may name an image, define a variable, or begin a here-document."""
    return "--" in line or "<<" in line or line[:4].upper() == "FROM" or line[:3].upper() == "ARG"


def _may_name_image(instruction: Instruction) -> bool:
    if instruction.keyword in ("FROM", "ARG"):
        return True
    flags = instruction.flags or (instruction.keyword == "ONBUILD" and inner(instruction).flags)
    return any(_FLAG_VALUE.match(flag[1]) for flag in flags or ())


def _stage_name(instruction: Instruction) -> str:
    found = _FROM.match(instruction.line.text, instruction.start)
    return ((found and found[2]) or "").lower()


def _chars(instruction: Instruction, start: int, end: int) -> Chars:
    end = min(end, start + LONGEST + 1)
    return Chars(instruction.line.text[start:end], instruction.line.places(start, end))


@dataclass(slots=True)
class _Stages:
    """The stages as they follow each other, and the variables before the first of them."""

    instructions: Sequence[Instruction]
    escape: str
    variables: dict[str, Chars | None] = field(default_factory=dict)
    before: set[str] = field(default_factory=set)
    number: int = -1
    name: str = ""

    def images(self) -> Iterator[Named]:
        stages = {_stage_name(each) for each in self.instructions if each.keyword == "FROM"}
        for each in self.instructions:
            if each.keyword == "ARG" and self.number < 0:
                self._define(each)
            elif each.keyword == "FROM":
                yield from self._base(each)
            elif self.number >= 0:
                yield from self._copied(each, stages)

    def _define(self, instruction: Instruction) -> None:
        """Take the variables of an ARG."""
        for word in words(instruction.arguments, self.escape):
            name, equals, _value = word[0].partition("=")
            start = instruction.start + word.start() + len(name) + 1
            value = _chars(instruction, start, instruction.start + word.end()) if equals else None
            if value:
                self.variables[name] = expanded(value, self.variables, self.escape)
            else:
                self.variables.setdefault(name, None)

    def _base(self, instruction: Instruction) -> Iterator[Named]:
        """Begin a stage, and return its image."""
        self.number += 1
        self.name = _stage_name(instruction)
        if found := _FROM.match(instruction.line.text, instruction.start):
            word = _chars(instruction, *found.span(1))
            value = expanded(word, self.variables, self.escape)
            if value.text and not self._is_stage(value):
                yield Named(word=word, value=value, place=self._place("FROM"))
        if self.name:
            self.before.add(self.name)

    def _is_stage(self, value: Chars) -> bool:
        """Whether a base is an earlier stage, or begins and ends as the name of one."""
        if UNKNOWN not in value.text:
            return value.bare.lower() in self.before or value.bare == _EMPTY_IMAGE
        first, *_middle, last = re.split(r"[\x00-\x02]+", value.text.lower())
        return (
            bool(first or last)
            and len(self.before) <= _MOST_STAGES
            and any(name.startswith(first) and name.endswith(last) for name in self.before)
        )

    def _copied(self, instruction: Instruction, stages: set[str]) -> Iterator[Named]:
        """Return the images of the flags `--from` and `--mount`; BuildKit expands none of them."""
        keyword = inner(instruction).keyword
        prefix = "ONBUILD " if keyword != instruction.keyword else ""
        for flag in inner(instruction).flags:
            start, end = self._image_of(flag, keyword)
            word = _chars(instruction, start, end)
            is_stage = word.text.isdecimal() or word.text.lower() in stages
            if word.text and not is_stage and word.text != _EMPTY_IMAGE:
                value = expanded(word, {}, self.escape)
                what = "COPY --from" if keyword == "COPY" else "RUN --mount"
                yield Named(word=word, value=value, place=self._place(prefix + what))

    def _image_of(self, flag: re.Match[str], keyword: str) -> tuple[int, int]:
        """Return where the image of a flag is in the line; nothing if it has none."""
        found = _FLAG_VALUE.match(flag[1])
        if found and keyword == "COPY" and flag[1].startswith("--from="):
            start, end = found.span(2)
        elif found and keyword == "RUN" and (mount := _MOUNT_FROM.search(found[2])):
            start, end = (found.start(2) + each for each in mount.span(1))
        else:
            return 0, 0
        return flag.start(1) + start, flag.start(1) + end

    def _place(self, what: str) -> str:
        return f"stage {self.name or self.number}, {what}"
