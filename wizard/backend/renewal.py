"""The boto3 session of the process, rebuilt once when AWS says that its credentials have expired.

botocore renews credentials by their expiry time only, and from the source it found first. Keys that
were replaced in a file, or a role's session that was revoked, need a new session, which reads the
whole credential chain again. Threads that are refused at the same time share one rebuild, or its
failure. Credentials of another account are never used.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from wizard.backend import attempts
from wizard.backend.errors import translated
from wizard.domain.errors import AwsError, CredentialsExpired

# botocore raises RuntimeError when refreshed credentials are expired too, and lets the OSError of a
# credential process or file through.
_FAILURES: Final = (AwsError, RuntimeError, OSError)
# How long a failure is repeated to later callers before the credential chain is read again: one
# page asks 34 Regions.
FAILURE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why there are no credentials; without an error: none but those that were refused."""

    error: CredentialsExpired | None
    at: float = field(default_factory=lambda: time.monotonic())

    @property
    def is_recent(self) -> bool:
        return time.monotonic() - self.at < FAILURE_SECONDS

    def raise_error(self) -> None:
        """Raise a copy: the traceback of an exception must not be shared between threads."""
        if self.error is not None:
            raise CredentialsExpired(
                self.error.message, code=self.error.code, operation=self.error.operation
            )


class RenewableSession:
    """The current session. Thread-safe. Its own calls of AWS are counted apart from the caller's.

    `build` makes a session from the environment and its files. `owner_of` asks AWS which account
    the credentials of a session belong to. `on_renewal` is called when another session has become
    the current one. `account_id` is the account of the current credentials; empty until it is
    known.
    """

    def __init__(
        self,
        *,
        build: Callable[[], Any],
        owner_of: Callable[[Any], str],
        on_renewal: Callable[[], None],
    ) -> None:
        self.account_id = ""
        self._build = build
        self._owner_of = owner_of
        self._on_renewal = on_renewal
        self._lock = Lock()
        # The last credentials that could be signed with; None before there were any.
        self._last: Any = None
        self._refresh_failure: _Failure | None = None
        self._rebuild_failure: _Failure | None = None
        with translated("", region=""):
            self.current = build()
        # Read at the first call: the credential chain may ask a network service.
        self._credentials: Any = None
        self._are_read = False

    def frozen_credentials(self) -> Any:
        """Keys and token for the next call, refreshed if they are due; None if there are none.

        Raises an AwsError when the refresh fails.
        """
        with self._lock, attempts.counted():
            return self._frozen()

    def valid_credentials(self) -> Any:
        """`frozen_credentials`, from a new session when those of the current one have expired."""
        current = self.current
        try:
            return self.frozen_credentials()
        except CredentialsExpired:
            if not self.renew(current):
                raise
        return self.frozen_credentials()

    def renew(self, refused: Any, used: Any = None) -> bool:
        """Replace the session `refused`, whose credentials AWS does not accept any more.

        Returns whether there are other credentials now: of another session, or of the same one if
        it has refreshed those that were `used`. Raises CredentialsExpired when new credentials
        cannot be had.
        """
        with self._lock, attempts.counted():
            if self.current is not refused or (used is not None and used != self._last):
                return True
            if self._rebuild_failure is not None and self._rebuild_failure.is_recent:  # guard: F5
                self._rebuild_failure.raise_error()
                return False
            self._rebuild_failure = self._rebuild()
            if self._rebuild_failure is not None:
                self._rebuild_failure.raise_error()
            return self._rebuild_failure is None

    def _rebuild(self) -> _Failure | None:
        """Read the credential chain again; None when it has other credentials than before."""
        try:
            with translated("", region=""):
                session = self._build()
                credentials = session.get_credentials()
                fresh = credentials.get_frozen_credentials() if credentials else None
                if fresh is None or fresh == self._last:
                    return _Failure(error=None)
                if self.account_id and self._owner_of(session) != self.account_id:  # guard: F5
                    return _Failure(error=CredentialsExpired(_OTHER_ACCOUNT, code="OtherAccount"))
        except _FAILURES as error:
            return _Failure(error=_expired(error))
        self.current, self._credentials, self._last = session, credentials, fresh
        self._are_read, self._refresh_failure = True, None
        self._on_renewal()
        return None

    def _frozen(self) -> Any:
        if self._refresh_failure is not None and self._refresh_failure.is_recent:  # guard: F5
            self._refresh_failure.raise_error()
        try:
            with translated("", region=""):
                if not self._are_read:
                    self._credentials, self._are_read = self.current.get_credentials(), True
                if self._credentials is None:
                    return None
                self._last = self._credentials.get_frozen_credentials()
        except _FAILURES as error:
            if self._last is None and isinstance(error, AwsError):
                raise
            self._refresh_failure = _Failure(error=_expired(error))
            raise _expired(error) from error
        self._refresh_failure = None
        return self._last


_OTHER_ACCOUNT: Final = "The renewed credentials belong to another account than the expired ones."


def _expired(error: Exception) -> CredentialsExpired:
    """Credentials that were valid once and cannot be renewed have expired, whatever the reason."""
    if isinstance(error, AwsError):
        return CredentialsExpired(error.message, code=error.code, operation=error.operation)
    return CredentialsExpired(str(error), code=type(error).__name__)
