"""Finds the references in a list of images: one in a line, or several, or a command in each.

Comments begin with `#`. Numbers before a reference, as `uniq -c` writes them, and the marks of a
list are skipped. Of the table that `docker images` prints, the first two columns are read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from wizard.domain.converter.limits import MOST_OCCURRENCES
from wizard.domain.converter.literals import is_reference, literal
from wizard.domain.converter.reading import BYTE_ORDER_MARK, Kind, Occurrence, Places, Reading, Role
from wizard.domain.images import reference_in

_MOST: Final = MOST_OCCURRENCES + 1
_LINE: Final = re.compile(r"[^\r\n]+")
_COMMENT: Final = re.compile(r"(?<!\S)#")
_MARK: Final = re.compile(r"[ \t]*(?:[-*\u2022+][ \t]+|[0-9]+[.)]?[ \t]+)?")
_WORD: Final = re.compile(r"[^\s,;\[\]]+")
# What a word has that is a reference and not one of prose.
_NAMES_IMAGE: Final = re.compile(r"[/:]")
_HEADER: Final = re.compile(r"(?:REPOSITORY|IMAGE)[ \t]+TAG[ \t]+\S")
_ROW: Final = re.compile(r"(\S+)[ \t]+(\S+)[ \t]+\S")
_QUOTES: Final = "\"'`"
_NO_NAME: Final = f"{_QUOTES},;[]{{}}()"
# Longer lines are read word by word only.
_LONGEST_COMMAND: Final = 1_000


def read_image_list(text: str) -> Reading:
    """Return the references in a list of images."""
    places = Places(text)
    found = islice(_images(text, places), _MOST)
    return Reading(kind=Kind.IMAGE_LIST, occurrences=tuple(found))


def _images(text: str, places: Places) -> Iterator[Occurrence]:
    is_table = False
    for line in _LINE.finditer(text, text.startswith(BYTE_ORDER_MARK)):
        mark = _MARK.match(text, line.start(), line.end())
        start = mark.end() if mark else line.start()
        comment = _COMMENT.search(text, start, line.end())
        body = text[start : comment.start() if comment else line.end()].rstrip()
        if _HEADER.match(body):
            is_table = True
        elif is_table and (row := _ROW.match(body)):
            yield _of_row(row, start, places)
        elif body.strip(_NO_NAME):
            yield from _of_line(body, start, places)


def _of_row(row: re.Match[str], offset: int, places: Places) -> Occurrence:
    """Return the image of a row of a table: its first column, and its tag from the second."""
    name, tag = row[1], "" if row[2] == "<none>" else f":{row[2]}"
    found = literal(places, offset + row.start(1), offset + row.end(1), name + tag)
    return replace(found, slots=tuple(replace(each, role=Role.REPOSITORY) for each in found.slots))


def _of_line(body: str, offset: int, places: Places) -> Iterator[Occurrence]:
    words = list(islice(_WORD.finditer(body), _MOST))
    if len(body) <= _LONGEST_COMMAND:
        reference = reference_in(body) or body
        start, end = _place(body, reference, words)
        if len(words) == 1 or (reference != body and is_reference(reference)):
            yield literal(places, offset + start, offset + end, reference)
            return
    bare = [(word, word[0].strip(_QUOTES)) for word in words]
    is_list = any(mark in body for mark in ",;") or all(
        map(_NAMES_IMAGE.search, (word[0] for word in words))
    )
    if is_list and all(is_reference(reference_in(text)) for _word, text in bare if text):
        for word, text in bare:
            start = offset + word.start() + word[0].find(text)
            if text:
                yield literal(places, start, start + len(text), reference_in(text))
    else:
        yield literal(places, offset, offset + len(body), body)


def _place(body: str, reference: str, words: list[re.Match[str]]) -> tuple[int, int]:
    """Return where a reference stands in a line; for the address of a page, where that stands."""
    start = body.rfind(reference)
    if reference and start >= 0:
        return start, start + len(reference)
    last = words[-1] if words else None
    if last is None:
        return 0, len(body)
    bare = last[0].strip(_QUOTES)
    start = last.start() + last[0].find(bare)
    return start, start + len(bare)
