"""Canary tokens, and the places where the console could store or log one.

A canary is random, so that half of it identifies it. Places are searched as bytes, and decoded
where the content is encoded: rows, sessions, mails, a cache.
"""

import base64
import email
import json
import pickle
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

# Characters that JSON, HTML, URLs and SQL encode. A space is refused in a token.
TAIL = "~\"&<é+/%'\\"
HALF = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A token, and the field that it is typed into."""

    where: str
    core: str

    @property
    def token(self) -> str:
        return f"CANARY-{self.core}{TAIL}"

    @property
    def forms(self) -> dict[str, bytes]:
        """Return the forms to search for: each half, and the whole in each encoding."""
        core, whole = self.core.encode(), f"CANARY-{self.core}".encode()
        return {
            "first half": core[:HALF],
            "second half": core[-HALF:],
            "UTF-16": self.core.encode("utf-16-le"),
            "hexadecimal": core.hex().encode(),
            **{f"base64 at {shift}": _base64(whole, shift) for shift in range(3)},
        }


def new_canary(where: str) -> Canary:
    # Letters that are no hexadecimal digits, so that no digest or identifier looks like one.
    core = "".join(secrets.choice("ghjkmnpqrstvwxyz") for _ in range(2 * HALF))
    return Canary(where=where, core=core)


def _base64(text: bytes, shift: int) -> bytes:
    """Return the part of the base64 encoding that does not depend on the surrounding text."""
    packed = base64.b64encode(b"\0" * shift + text)
    return packed[4:-4]


def found(places: Mapping[str, bytes], canaries: Iterable[Canary]) -> set[str]:
    """Return every hit: the place, the field, and the encoding."""
    return {
        f"{place}: {canary.where} ({form})"
        for canary in canaries
        for form, needle in canary.forms.items()
        for place, content in places.items()
        if needle in content
    }


def files_under(folder: Path) -> dict[str, bytes]:
    """Yield every file: database, write-ahead log, mails, temporary files."""
    return {
        f"file {path.relative_to(folder)}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(database: Path) -> dict[str, bytes]:
    """Yield every row of every table as text, with sessions decoded."""
    places: dict[str, bytes] = {}
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            places[f"table {table}"] = "\n".join(map(repr, rows)).encode()
        sessions = connection.execute("SELECT session_data FROM django_session").fetchall()
    places["sessions"] = b"\n".join(session_content(data) for (data,) in sessions)
    return places


def session_content(data: str) -> bytes:
    """Decode a signed session of Django; a leading `.` means that it is compressed."""
    packed = data.split(":")[0]
    raw = base64.urlsafe_b64decode(packed.lstrip(".") + "=" * (-len(packed.lstrip(".")) % 4))
    return zlib.decompress(raw) if packed.startswith(".") else raw


def mails_in(folder: Path) -> dict[str, bytes]:
    """Every part of every mail, without its transfer encoding."""
    return {
        f"mail {path.name}": b"\n".join(_parts(path.read_bytes()))
        for path in sorted(folder.glob("*.log"))
    }


def _parts(content: bytes) -> Iterator[bytes]:
    # Django's file backend puts a line of hyphens behind each mail.
    for text in content.split(b"-" * 79):
        message = email.message_from_bytes(text.lstrip())
        yield from (str(value).encode() for value in message.values())
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload


def cache_content(url: str) -> dict[str, bytes]:
    """Every key of a Redis, as it is and unpacked."""
    with closing(Redis.from_url(url.replace("rediscache", "redis"))) as cache:
        # The client's own types know text only where it was asked for.
        keys: Any = list(cache.keys("*"))
        return {f"cache {key.decode()}": key + b" " + _unpacked(_kept(cache, key)) for key in keys}


def _kept(cache: Redis, key: bytes) -> bytes | None:
    kept: Any = cache.get(key)
    return bytes(kept) if kept is not None else None


def _unpacked(value: bytes | None) -> bytes:
    content = value or b""
    with suppress(zlib.error):
        content += zlib.decompress(content)
    with suppress(pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError):
        content += repr(pickle.loads(value or b"")).encode()
    return content


def written_out(value: object) -> bytes:
    """Return a value of a browser's storage as text."""
    return json.dumps(value, ensure_ascii=False).encode()
