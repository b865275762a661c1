"""The hash chain of the audit trail: which columns are sealed, in which form, with which key.

A seal is the HMAC-SHA-256 of the previous seal and the row's sealed text. The sealed text has the
form of the row and its columns, separated by a control character that no column contains. A
database can return the columns as the same texts, so that verifying converts no values.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
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
# The columns that are stored as canonical JSON.
FACTS: Final = frozenset({"before", "after", "error", "request_ids"})
# The ASCII unit separator. `facts.plain_text` replaces it in texts, and JSON escapes it.
SEPARATOR: Final = "\x1f"

_KEY_ID_LENGTH = 8


class NoKey(Exception):
    """AUDIT_KEY is empty, so nothing can be sealed."""


class UnknownKey(Exception):
    """A row was sealed with a key that is not in AUDIT_KEY; the text is the ID of the key."""


class UnknownForm(Exception):
    """A row has a form that this version does not know."""


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """The keys by their IDs. The first one seals, all of them verify."""

    keys: Mapping[str, bytes]

    @property
    def sealing_id(self) -> str:
        """Return the ID of the key that seals new rows; raises NoKey."""
        for key_id in self.keys:
            return key_id
        raise NoKey

    def seal(self, text: str, key_id: str, previous: bytes) -> bytes:
        """Return the seal of a sealed text; `previous` is the seal of the row before it.

        Raises UnknownKey.
        """
        keyed = self._keyed.get(key_id)
        if keyed is None:
            raise UnknownKey(key_id)
        mac = keyed.copy()
        mac.update(previous + text.encode())
        return mac.digest()

    @cached_property
    def _keyed(self) -> Mapping[str, hmac.HMAC]:
        """An HMAC per key, to be copied: preparing one takes longer than sealing a row."""
        return {name: hmac.new(key, digestmod=hashlib.sha256) for name, key in self.keys.items()}


@lru_cache(maxsize=8)
def parse_keyring(setting: str) -> Keyring:
    """Parse the setting: comma-separated keys, the sealing one first."""
    keys = [key.strip().encode() for key in setting.split(",") if key.strip()]
    return Keyring(keys={_key_id(key): key for key in keys})


def _key_id(key: bytes) -> str:
    """Return a short ID of a key, derived by a one-way function."""
    return hashlib.sha256(b"audit key\0" + key).hexdigest()[:_KEY_ID_LENGTH]


def sealed_text(columns: Mapping[str, Any], *, form: int) -> str:
    """Return the sealed text of a row's values; raises UnknownForm."""
    if form not in SEALED:
        raise UnknownForm(str(form))
    texts = [_as_text(name, columns[name]) for name in SEALED[form]]
    return SEPARATOR.join([str(form), *texts])


def canonical_json(value: Any) -> str:
    """Return JSON in ASCII, the same one for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _as_text(name: str, value: Any) -> str:
    if name in FACTS:
        return canonical_json(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, UUID):
        return value.hex
    return "" if value is None else str(value)
