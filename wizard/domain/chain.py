"""The chain of the audit trail: what of a row is sealed, in which form, and with which key.

A seal is an HMAC-SHA-256 over the row and the seal before it. The form is fixed to the byte, so
that a row read back from any database gives the same seal.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

# The columns that each form seals. A column that comes to the trail later needs a form of its own:
# rows of the older forms keep theirs.
SEALED: Final[Mapping[int, tuple[str, ...]]] = {
    1: (
        *("sequence", "event_id", "phase", "happened_at", "user_id", "username", "address", "way"),
        *("action", "account_id", "region", "subject", "before", "after", "outcome", "error"),
        *("request_ids", "key_id"),
    ),
}
NEWEST_FORM: Final = max(SEALED)

_KEY_ID_LENGTH = 8


class NoKey(Exception):
    """The setting AUDIT_KEY holds no key, so nothing can be sealed."""


class UnknownKey(Exception):
    """A row was sealed with a key that this console does not have; the text is the key's id."""


class UnknownForm(Exception):
    """A row is sealed in a form that this version of the console does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys by their ids. The first one seals, all of them verify."""

    keys: Mapping[str, bytes]

    @property
    def sealing_id(self) -> str:
        """The id of the key that seals new rows; raises NoKey."""
        for key_id in self.keys:
            return key_id
        raise NoKey

    def seal(self, columns: Mapping[str, Any], *, form: int, previous: str) -> str:
        """The seal of a row after the one with the seal `previous`.

        Raises UnknownKey or UnknownForm when this console cannot know it.
        """
        key = self.keys.get(columns["key_id"])
        if key is None:
            raise UnknownKey(columns["key_id"])
        text = canonical_text(columns, form=form, previous=previous)
        return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def parse_keyring(setting: str) -> Keyring:
    """Read the keys off the setting: comma-separated, the sealing one first."""
    keys = [key.strip().encode() for key in setting.split(",") if key.strip()]
    return Keyring(keys={key_id(key): key for key in keys})


def key_id(key: bytes) -> str:
    """A short name for a key that tells nothing of it."""
    return hashlib.sha256(b"audit key\0" + key).hexdigest()[:_KEY_ID_LENGTH]


def canonical_text(columns: Mapping[str, Any], *, form: int, previous: str) -> str:
    """What is sealed, as ASCII: the form, the seal before, and the form's columns by name."""
    if form not in SEALED:
        raise UnknownForm(str(form))
    sealed = {name: _plain(columns[name]) for name in SEALED[form]}
    return json.dumps([form, previous, sealed], sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
