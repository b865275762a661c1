"""The hash chain of the audit trail: which columns are sealed, in which form, with which key.

A seal is an HMAC-SHA-256 over the row and the previous seal. The serialisation is canonical, so
that a row from any database has the same seal.
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

# The columns that each form seals. A new column needs a new form; existing rows keep theirs.
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
    """AUDIT_KEY is empty, so nothing can be sealed."""


class UnknownKey(Exception):
    """A row was sealed with a key that is not in AUDIT_KEY; the text is the ID of the key."""


class UnknownForm(Exception):
    """A row has a form that this version does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys by their IDs. The first one seals, all of them verify."""

    keys: Mapping[str, bytes]

    @property
    def sealing_id(self) -> str:
        """Return the ID of the key that seals new rows; raises NoKey."""
        for key_id in self.keys:
            return key_id
        raise NoKey

    def seal(self, columns: Mapping[str, Any], *, form: int, previous: str) -> str:
        """Return the seal of a row; `previous` is the seal of the row before it.

        Raises UnknownKey or UnknownForm.
        """
        key = self.keys.get(columns["key_id"])
        if key is None:
            raise UnknownKey(columns["key_id"])
        text = _canonical_text(columns, form=form, previous=previous)
        return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def parse_keyring(setting: str) -> Keyring:
    """Parse the setting: comma-separated keys, the sealing one first."""
    keys = [key.strip().encode() for key in setting.split(",") if key.strip()]
    return Keyring(keys={_key_id(key): key for key in keys})


def _key_id(key: bytes) -> str:
    """Return a short ID of a key, derived by a one-way function."""
    return hashlib.sha256(b"audit key\0" + key).hexdigest()[:_KEY_ID_LENGTH]


def _canonical_text(columns: Mapping[str, Any], *, form: int, previous: str) -> str:
    """Return the sealed text in ASCII: form, previous seal, and the columns by name."""
    if form not in SEALED:
        raise UnknownForm(str(form))
    sealed = {name: _plain(columns[name]) for name in SEALED[form]}
    return json.dumps([form, previous, sealed], sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
