"""The passwords of GetAuthorizationToken, and whose they are.

A client that signs in with one pulls from the registry of the account and Region that gave it out.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ptcconsole.fakeaws.clock import CLOCK

USERNAME: Final = "AWS"
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
_VALID: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who asked for a password, of which registry, and until when it is valid."""

    access_key: str
    arn: str
    account_id: str
    region: str
    expires_at: datetime
    valid_until: float  # by the clock's `time`, which tests let pass

    @property
    def is_valid(self) -> bool:
        return self.valid_until > CLOCK.time()


class Passwords:
    """The passwords that were given out and are still valid."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: dict[str, Holder] = {}

    def give(
        self, *, access_key: str, arn: str, account_id: str, region: str
    ) -> tuple[str, Holder]:
        """Return a new password and its holder."""
        password = secrets.token_urlsafe(48)
        holder = Holder(
            access_key=access_key,
            arn=arn,
            account_id=account_id,
            region=region,
            expires_at=CLOCK.stamp() + _VALID,
            valid_until=CLOCK.time() + _VALID.total_seconds(),
        )
        with self._lock:
            valid = {key: each for key, each in self._holders.items() if each.is_valid}
            self._holders = valid | {password: holder}
        return password, holder

    def holder(self, password: str) -> Holder | None:
        """Return the holder of a valid password."""
        holder = self._holders.get(password)
        return holder if holder is not None and holder.is_valid else None


# One per process, like moto's state.
PASSWORDS = Passwords()
