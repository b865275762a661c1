"""What is wrong with text that was pasted into a field, as far as the text alone shows.

Nothing here contains the text itself: it may be a token, also in a field for something else.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Unicode categories of control and format characters, line and paragraph separators, and blanks.
_SUSPECT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Letters and symbols that show nothing: Hangul fillers, the empty Braille pattern, selectors.
_EMPTY: Final = re.compile(
    "[\u115f\u1160\u3164\uffa0\u2800\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_LINE_BREAKS: Final = "\n\r\v\f\x85\u2028\u2029"
_QUOTATION_MARKS: Final = (
    *(('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u2018", "\u2019")),
    *(("\u201e", "\u201c"), ("\u00ab", "\u00bb")),
)
_SCHEME: Final = re.compile(r"(?:authorization\s*:\s*)?(bearer|basic|token)\s+\S", re.IGNORECASE)
_HEADER: Final = re.compile(r"authorization\s*:", re.IGNORECASE)
_COMMAND: Final = re.compile(r"(?:sudo\s+)?(?:docker|podman|helm|crane|skopeo)\s+\S")


class Wrapping(StrEnum):
    """What a token was pasted together with."""

    JSON = "json"
    SCHEME = "scheme"
    BASIC = "basic"
    HEADER = "header"
    QUOTES = "quotes"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvisibleCharacter:
    """The first character that a person cannot see; `position` counts from 1."""

    position: int
    name: str
    is_line_break: bool


def invisible_character(text: str) -> InvisibleCharacter | None:
    """Return the first invisible character; an ordinary blank is none."""
    for position, character in enumerate(text, start=1):
        if character == " ":
            continue
        if unicodedata.category(character) in _SUSPECT or _EMPTY.match(character):
            return InvisibleCharacter(
                position=position,
                name=unicodedata.name(character, f"U+{ord(character):04X}").lower(),
                is_line_break=character in _LINE_BREAKS,
            )
    return None


def wrapping(text: str) -> Wrapping | None:
    """Return what surrounds the token in a text; None for a token alone."""
    text = text.strip()
    if text[:1] in ("{", "[") and _is_json(text):
        return Wrapping.JSON
    if found := _SCHEME.match(text):
        return Wrapping.BASIC if found[1].lower() == "basic" else Wrapping.SCHEME
    if _HEADER.match(text):
        return Wrapping.HEADER
    if any(len(text) > 1 and text[0] == a and text[-1] == z for a, z in _QUOTATION_MARKS):
        return Wrapping.QUOTES
    return Wrapping.COMMAND if _COMMAND.match(text) else None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        # A part of an object, as it is copied from the middle of a page.
        return text.startswith('{"')
