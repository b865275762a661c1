"""What registries store: bytes with a media type, named by their digest."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes with their media type."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return digest_of(self.body)


def digest_of(body: bytes) -> str:
    """Return the digest by which a registry names these bytes."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
