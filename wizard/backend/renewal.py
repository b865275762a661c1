"""AWS credentials that are got anew when AWS says that they have expired: once, for all who wait.

botocore renews by the clock alone. Here the first call that AWS refuses reads the whole credential
chain again (a role, a file with new keys, a program); the calls refused beside it take what came of
that, a failure too. Credentials of another account are never taken.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from wizard.backend.errors import translated
from wizard.domain.errors import AwsError, CredentialsExpired

# How long what a try came to stands for those who ask next: one page asks 34 times.
STANDS_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why there are no credentials, or none but those that expired (`error` is None)."""

    error: CredentialsExpired | None
    at: float = field(default_factory=lambda: time.monotonic())

    @property
    def stands(self) -> bool:
        return time.monotonic() - self.at < STANDS_SECONDS

    def raise_again(self) -> None:
        """Raise an error of its own for each thread, for a traceback belongs to one."""
        if self.error is not None:
            raise CredentialsExpired(
                self.error.message, code=self.error.code, operation=self.error.operation
            )


class RenewableCredentials:
    """What clients sign with, in the place of botocore's own Credentials.

    `load` reads the credential chain, `owner_of` asks AWS whose frozen credentials those are.
    `account_id` is the account that they are known to belong to; empty until somebody asked.
    """

    def __init__(
        self, first: Any, *, load: Callable[[], Any], owner_of: Callable[[Any], str]
    ) -> None:
        self.account_id = ""
        self.method = first.method
        self._source = first
        self._load = load
        self._owner_of = owner_of
        self._lock = Lock()
        self._were_good = False
        self._unsigned: _Failure | None = None
        self._unrenewed: _Failure | None = None

    def get_frozen_credentials(self) -> Any:
        """Keys and token of one moment. Raises an AwsError when they cannot be had."""
        with self._lock:
            return self._frozen()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """As botocore asks for what only some of its credentials know."""
        return lambda: getattr(self.get_frozen_credentials(), name, None)

    def renew(self, refused: Any) -> bool:
        """Get others than those that AWS refused as expired; False when there are no others.

        Raises CredentialsExpired when getting them fails.
        """
        with self._lock:
            if self._frozen() != refused:
                return True
            if self._unrenewed is not None and self._unrenewed.stands:  # guard: F5
                self._unrenewed.raise_again()
                return False
            self._unrenewed = self._take_fresh(refused)
            if self._unrenewed is not None:
                self._unrenewed.raise_again()
            return self._unrenewed is None

    def _take_fresh(self, refused: Any) -> _Failure | None:
        """Read the chain again; None when it gave others."""
        try:
            with translated("", region=""):
                source = self._load()
                fresh = source.get_frozen_credentials() if source else refused
                if fresh == refused:
                    return _Failure(error=None)
                if self.account_id and self._owner_of(fresh) != self.account_id:  # guard: F5
                    return _Failure(error=CredentialsExpired(_OTHER_ACCOUNT, code="OtherAccount"))
        except (AwsError, RuntimeError) as error:
            return _Failure(error=_expired(error))
        self._source = source
        return None

    def _frozen(self) -> Any:
        if self._unsigned is not None and self._unsigned.stands:  # guard: F5
            self._unsigned.raise_again()
        try:
            with translated("", region=""):
                frozen = self._source.get_frozen_credentials()
        except (AwsError, RuntimeError) as error:
            if not self._were_good:
                raise
            self._unsigned = _Failure(error=_expired(error))
            raise _expired(error) from error
        self._were_good, self._unsigned = True, None
        return frozen


_OTHER_ACCOUNT = "The renewed credentials belong to another account than the expired ones."


def _expired(error: Exception) -> CredentialsExpired:
    """What was good once and cannot be renewed has expired, whatever the reason."""
    if isinstance(error, AwsError):
        return CredentialsExpired(error.message, code=error.code, operation=error.operation)
    return CredentialsExpired(str(error), code=type(error).__name__)
