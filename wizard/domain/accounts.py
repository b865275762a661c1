"""The role by which the console works in an account, and the external IDs that it makes."""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRole:
    """The role that the console assumes in an account, with the external ID that it sends."""

    account_id: str
    role_arn: str
    external_id: str = field(repr=False)


def new_external_id() -> str:
    """Return a new external ID: 128 random bits that STS accepts and nobody has to type."""
    return f"ptc-{secrets.token_hex(16)}"
