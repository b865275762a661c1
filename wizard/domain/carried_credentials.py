"""Removes upstream credentials from AWS's words about the calls that carried them.

A validation error of AWS repeats the value that it refuses. While a call that carries a credential
is under way, `carrying` knows its values, and `without_carried` replaces them in any text: as they
are, and escaped, quoted or encoded in the ways of JSON, URLs, HTML and base64. A text that was cut
inside a value is cleaned, too.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final
from urllib.parse import quote, quote_plus

from wizard.domain.redaction import REDACTED

# The members of requests that contain a credential.
_MEMBERS: Final = ("SecretString", "SecretBinary")
# The members of ECR's JSON that are no secret; user names are often ordinary words.
_NOT_SECRET: Final = ("username",)
# So many first characters of a value are recognised as the beginning of it.
_BEGINNING: Final = 12
# Shorter values are ordinary words or letters, encoded ones at least.
_SHORTEST_ENCODED: Final = 6

_carried: ContextVar[frozenset[str]] = ContextVar("carried", default=frozenset())


@contextmanager
def carrying(request: Mapping[str, Any]) -> Iterator[None]:
    """Inside the block, `without_carried` removes the credential of this request's members."""
    token = _carried.set(_carried.get() | frozenset(_values(request)))
    try:
        yield
    finally:
        _carried.reset(token)


def without_carried(text: str) -> str:
    """Return the text without the credentials of the call that is under way."""
    forms = _forms()
    for form in forms:
        text = text.replace(form, REDACTED)
    # Only now: two spellings may begin alike.
    for form in forms:
        text = _without_beginning(text, form)
    return text


def _values(request: Mapping[str, Any]) -> Iterator[str]:
    for name in _MEMBERS:
        kept = request.get(name)
        if kept:
            text = kept.decode(errors="replace") if isinstance(kept, bytes) else str(kept)
            yield text
            yield from _members(text)


def _members(text: str) -> Iterator[str]:
    """The secret values inside a secret that is a JSON object, as ECR's are."""
    try:
        kept = json.loads(text)
    except ValueError:
        return
    if isinstance(kept, dict):
        yield from (str(value) for name, value in kept.items() if name not in _NOT_SECRET)


def _forms() -> list[str]:
    """All spellings of the values, the longest first: one may be a part of another."""
    forms = {form for value in _carried.get() for form in _spellings(value)}
    return sorted(filter(None, forms), key=len, reverse=True)


def _spellings(value: str) -> Iterator[str]:
    escaped = [value, _json(value), _json(value, ensure_ascii=False), html.escape(value)]
    escaped += [_json(_json(value)), _json(value).replace("/", "\\/")]
    escaped += [quoted(value) for quoted in (quote, partial(quote, safe=""), quote_plus)]
    yield from escaped
    yield from (re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text) for text in escaped)
    if len(value) >= _SHORTEST_ENCODED:
        yield from _base64_spellings(value.encode())


def _json(value: str, *, ensure_ascii: bool = True) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii)[1:-1]


def _base64_spellings(value: bytes) -> Iterator[str]:
    """Base64 of the value at the begin of a text, or after one or two other bytes.

    The characters that depend on neighbouring bytes are left out, also padding.
    """
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value).decode()
        whole = encoded[(0, 2, 3)[before] : (before + len(value)) * 8 // 6]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")


def _without_beginning(text: str, form: str) -> str:
    """Replace the beginning of the form, as long as it is, where the text has a long one."""
    if len(form) < _BEGINNING:
        return text
    kept, start = [], 0
    while (found := text.find(form[:_BEGINNING], start)) >= 0:
        end = found + _common_length(text[found : found + len(form)], form)
        kept += [text[start:found], REDACTED]
        start = end
    return "".join([*kept, text[start:]])


def _common_length(text: str, form: str) -> int:
    pairs: Iterable[tuple[str, str]] = zip(text, form, strict=False)
    return next((at for at, (here, there) in enumerate(pairs) if here != there), len(text))
