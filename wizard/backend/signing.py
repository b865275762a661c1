"""With whose credentials a request of botocore is signed.

One client serves all accounts, because a client for each account and Region would take gigabytes.
The credentials are therefore those of the call and not of the client. They are in the context of
the thread that makes the call, and each attempt is signed with them. A request to one of the
console's services without such a context is not sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

# As botocore's events name them. Only STS is also asked by the credential chain, for itself.
_OF_THE_CONSOLE: Final = frozenset({"ecr", "secrets-manager", "iam"})


class UnsignedCall(RuntimeError):
    """A programming error: a request for which no account was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signature:
    """Who signs the requests of a service; without credentials, the console's own do."""

    service: str
    account_id: str
    credentials: Any = field(repr=False)


_current: ContextVar[_Signature | None] = ContextVar("signature", default=None)


@contextmanager
def signing(client: Any, *, account_id: str, credentials: Any = None) -> Iterator[None]:
    """Sign the client's requests inside the block with the credentials of an account."""
    service = client.meta.service_model.service_id.hyphenize()
    signature = _Signature(service=service, account_id=account_id, credentials=credentials)
    token = _current.set(signature)
    try:
        yield
    finally:
        _current.reset(token)


def signing_account() -> str:
    """Return the account whose call this thread makes; empty if it is none of an account."""
    signature = _current.get()
    return signature.account_id if signature else ""


def sign(*, request: Any, event_name: str, **_others: Any) -> None:
    """Handle botocore's event before it signs a request; the arguments have its names."""
    service = event_name.split(".")[1]
    signature = _current.get()
    is_meant = signature is not None and signature.service == service
    if service in _OF_THE_CONSOLE and not is_meant:  # guard: Z14
        raise UnsignedCall(event_name)
    context = request.context.setdefault("signing", {})
    # A context belongs to a call, and its attempts share it.
    context.pop("request_credentials", None)
    if signature is not None and is_meant and signature.credentials is not None:
        context["request_credentials"] = signature.credentials
