"""Signatures of webhooks after Standard Webhooks 1.0.0, with a secret that both sides have (`v1`).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Mapping
from typing import Final

_PREFIX: Final = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64


def parse_secrets(text: str) -> list[bytes]:
    """Return the secrets of a text, separated by blanks.

    Raises ValueError with the number of the first one that is malformed, and nothing of it.
    """
    words = text.split() or ([text] if text else [])  # blanks alone are no secret
    return [_parse(word, number) for number, word in enumerate(words, 1)]


def signed_headers(
    secrets: list[bytes], *, message_id: str, timestamp: int, body: bytes
) -> Mapping[str, str]:
    """Return the headers of one attempt: ID, time in seconds since 1970, and all signatures.

    A receiver accepts any of the signatures, so that a secret can be replaced. Without a secret
    there is no signature.
    """
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if not secrets:
        return headers
    content = f"{message_id}.{timestamp}.".encode() + body
    return headers | {"webhook-signature": " ".join(_sign(each, content) for each in secrets)}


def _parse(word: str, number: int) -> bytes:
    # Everything is checked before anything is said: an error of base64 repeats its input.
    secret = _decoded(word.removeprefix(_PREFIX))
    if word.startswith(_PREFIX) and _FEWEST_BYTES <= len(secret) <= _MOST_BYTES:
        return secret
    raise ValueError(
        f"secret {number} is not {_PREFIX} followed by {_FEWEST_BYTES} to {_MOST_BYTES} bytes in"
        " base64"
    )


def _decoded(text: str) -> bytes:
    """Return the bytes; none if the text is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _sign(secret: bytes, content: bytes) -> str:
    return f"v1,{base64.b64encode(hmac.digest(secret, content, 'sha256')).decode('ascii')}"
