"""Normalises the facts of an audit row: plain JSON, bounded in size, without credentials.

The bounds keep a row small whatever AWS or a person sends. The check for credentials is a second
line of defence, because the code that writes facts omits them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import islice
from typing import Any, Final

# Names of members that contain a credential, in any spelling. ARNs and IDs are not credentials.
_CREDENTIAL = re.compile(
    r"password|passwd|passphrase|secretstring|secretbinary|secretvalue|secretkey|clientsecret"
    r"|accesstoken|refreshtoken|idtoken|bearertoken|sessiontoken|authtoken|apikey|privatekey"
    r"|authorization|^(?:token|secret|credential|credentials|cookie|sessionkey)$"
)
_NO_LETTER = re.compile(r"[^a-z]")

# PostgreSQL cannot store NUL in a text, and no database a lone surrogate. The unit separator stands
# between the columns of a row when it is sealed (`chain.SEPARATOR`), so no column may contain it.
_UNKEEPABLE = re.compile("[\0\x1f\ud800-\udfff]")
_REPLACEMENT = "\ufffd"

MOST_CHARACTERS: Final = 32_000
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """The maximum length of a text, and the maximum number of members of a list or object."""

    text: int
    members: int


# The first bounds under which the facts fit are used.
_BOUNDS: Final = (_Bounds(text=2000, members=200), _Bounds(text=200, members=20))


class CredentialInFacts(AssertionError):
    """A programming error: facts with a credential; the text is the name of the member."""


def plain_facts(facts: Any) -> Any:
    """Return the facts as JSON that every database stores unchanged; long values are truncated.

    Raises CredentialInFacts.
    """
    for name in _names(facts):
        if _CREDENTIAL.search(_NO_LETTER.sub("", name.lower())):  # guard: S1
            raise CredentialInFacts(name)
    for bounds in _BOUNDS:
        plain = _plain(facts, bounds, depth=0)
        size = len(json.dumps(plain))
        if size <= MOST_CHARACTERS:
            return plain
    return {"cut": f"{size} characters"}


def storable_text(text: str) -> str:
    """Return the text with U+FFFD for what no database stores and no page can contain."""
    # Almost every text is ASCII: this is several times as fast as the search.
    if text.isascii() and "\0" not in text:
        return text
    return _UNKEEPABLE.sub(_REPLACEMENT, text)


def plain_text(text: str, *, longest: int) -> str:
    """Return a text that every database stores unchanged, truncated to the length of a column."""
    kept = storable_text(text)
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}\u2026"


def _names(value: Any) -> Iterator[str]:
    """Yield the names of all members, including nested ones."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield str(name)
            yield from _names(member)
    elif isinstance(value, list | tuple | set | frozenset):
        for member in value:
            yield from _names(member)


def _plain(value: Any, bounds: _Bounds, *, depth: int) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int):
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        return _plain_object(value, bounds, depth=depth + 1)
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return _plain_list(value, bounds, depth=depth + 1)
    # Times, UUIDs and decimals become texts, because databases format them differently.
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return plain_text(text, longest=bounds.text)


def _plain_object(value: Mapping[Any, Any], bounds: _Bounds, *, depth: int) -> dict[str, Any]:
    plain = {
        plain_text(str(name), longest=bounds.text): _plain(member, bounds, depth=depth)
        for name, member in islice(value.items(), bounds.members)
    }
    left = len(value) - bounds.members
    return plain | ({"\u2026": f"{left} more"} if left > 0 else {})


def _plain_list(value: Any, bounds: _Bounds, *, depth: int) -> list[Any]:
    members = sorted(value) if isinstance(value, set | frozenset) else list(value)
    plain = [_plain(member, bounds, depth=depth) for member in members[: bounds.members]]
    left = len(members) - bounds.members
    return plain + ([f"\u2026 {left} more"] if left > 0 else [])
