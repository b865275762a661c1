"""What is wrong with text that was pasted into a field, as far as the text alone shows.

Nothing here contains the text itself: it may be a token, also in a field for something else.
"""

import base64
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
_DOCKER: Final = re.compile(r'"auths?"\s*:')
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"""(?:export\s+)?["'-]{0,2}[\w-]*(?:token|password|passwd|secret)["']?\s*[:=]\s*[^\s=]""",
    re.IGNORECASE,
)
# How the tokens of Docker Hub, GitHub and GitLab begin, JSON web tokens (of Chainguard and Azure),
# and passwords of an Azure registry, which have a mark in a fixed place.
_KNOWN_TOKEN: Final = re.compile(
    r"(?:dckr_[po]at_|gh[pousr]_|github_pat_|gl(?:pat|dt|oas|cbt|ptt|rt|ft|imt|agent|soat)-)\w"
    r"|eyJ[\w-]+\.eyJ[\w-]|[A-Za-z0-9/+]{42}\+ACR"
)
_SHORTEST_PAIR: Final = 12


class Wrapping(StrEnum):
    """What a token was pasted together with."""

    JSON = "json"
    SCHEME = "scheme"
    BASIC = "basic"
    HEADER = "header"
    QUOTES = "quotes"
    QUOTE = "quote"
    COMMAND = "command"
    DOCKER = "docker"
    LABEL = "label"
    URL = "url"
    PAIR = "pair"
    ENCODED = "encoded"


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
        return Wrapping.DOCKER if _DOCKER.search(text) else Wrapping.JSON
    if found := _SCHEME.match(text):
        return Wrapping.BASIC if found[1].lower() == "basic" else Wrapping.SCHEME
    known = {_HEADER: Wrapping.HEADER, _LABEL: Wrapping.LABEL, _URL: Wrapping.URL}
    for pattern, kind in {**known, _COMMAND: Wrapping.COMMAND}.items():
        if pattern.match(text):
            return kind
    if len(text) > 1 and (quotes := _quotes(text)):
        return quotes
    _name, colon, rest = text.partition(":")
    if colon and is_known_token(rest):
        return Wrapping.PAIR
    return Wrapping.ENCODED if _is_encoded_pair(text) else None


def is_known_token(text: str) -> bool:
    """Whether a text begins like a token of a registry, which a user name does not."""
    return _KNOWN_TOKEN.match(text.strip()) is not None


def _quotes(text: str) -> Wrapping | None:
    """Return whether a text is in quotation marks, or has one at one end."""
    if any(text[0] == a and text[-1] == z for a, z in _QUOTATION_MARKS):
        return Wrapping.QUOTES
    ends = text[0] + (text.rstrip(",;") or text)[-1]
    marks = {mark for pair in _QUOTATION_MARKS for mark in pair}
    return Wrapping.QUOTE if marks.intersection(ends) else None


def _is_encoded_pair(text: str) -> bool:
    """Whether a text is a user name and a token as HTTP and Docker encode them."""
    if len(text) < _SHORTEST_PAIR:
        return False
    try:
        pair = base64.b64decode(text, validate=True).decode("ascii")
    except ValueError:
        return False
    name, _colon, token = pair.partition(":")
    return bool(name and token) and pair.isprintable()


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        # A part of an object, as it is copied from the middle of a page.
        return text.startswith('{"')
