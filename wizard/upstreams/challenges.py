"""The challenge of a registry: how it wants to be told a credential (RFC 9110, section 11.6.1)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 4096
_TOKEN: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - what HTTP calls a token
_SCHEME: Final = re.compile(rf"[ \t,]*({_TOKEN})(?:[ \t]+(?={_TOKEN}[ \t]*=)|[ \t]*(?=,|$))")
_PARAMETER: Final = re.compile(
    rf"[ \t,]*({_TOKEN})[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|({_TOKEN}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A way to sign in: `scheme` in lower case, and its parameters with names in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def challenge_of(header: str) -> Challenge | None:
    """Return the challenge to answer: a bearer token before a password; None if it has neither."""
    found = {each.scheme: each for each in _challenges(header[:_LONGEST])}
    return found.get("bearer") or found.get("basic")


def _challenges(header: str) -> Iterator[Challenge]:
    place = 0
    while scheme := _SCHEME.match(header, place):
        place, parameters = scheme.end(), dict[str, str]()
        while parameter := _PARAMETER.match(header, place):
            name, quoted, plain = parameter.groups()
            value = re.sub(r"\\(.)", r"\1", quoted) if plain is None else plain
            parameters.setdefault(name.lower(), value)
            place = parameter.end()
        yield Challenge(scheme=scheme[1].lower(), parameters=parameters)
