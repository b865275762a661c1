"""The boto3 session of the process, rebuilt once when AWS says that its credentials have expired.

botocore renews credentials by their expiry time only, and from the source it found first. Keys that
were replaced in a file, or a role's session that was revoked, need a new session, which reads the
whole credential chain again. Threads that are refused at the same time share one rebuild, or its
failure. A source that fails is not asked again for FAILURE_SECONDS, because a program or a service
that hangs holds every page for its time limit. Credentials of another account are never used.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from wizard.backend import attempts
from wizard.backend.credential_chain import read_credentials
from wizard.backend.credential_errors import nothing_found
from wizard.domain.errors import (
    AwsError,
    CredentialsExpired,
    CredentialsMissing,
    error_record,
    recorded_error,
)

# How long a failure is repeated to later callers before the credential chain is read again: one
# page asks 34 Regions.
FAILURE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why there are no credentials; without an error: none but those that were refused."""

    error: AwsError | None
    at: float = field(default_factory=lambda: time.monotonic())

    @property
    def is_recent(self) -> bool:
        return time.monotonic() - self.at < FAILURE_SECONDS

    def raise_error(self) -> None:
        """Raise a copy: the traceback of an exception must not be shared between threads."""
        if self.error is not None:
            raise recorded_error(error_record(self.error))


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
        self.current = build()
        # Read at the first call: the credential chain may ask a network service.
        self._credentials: Any = None

    def frozen_credentials(self) -> Any:
        """Keys and token for the next call, refreshed if they are due.

        Raises an AwsError that names the source when there are none.
        """
        with self._lock, attempts.counted():
            return self._frozen()

    def valid_credentials(self) -> Any:
        """`frozen_credentials`, from a new session when those of the current one have expired."""
        current = self.current
        try:
            return self.frozen_credentials()
        except (CredentialsExpired, CredentialsMissing):
            if not self.renew(current):
                raise
        return self.frozen_credentials()

    def renew(self, refused: Any, used: Any = None) -> bool:
        """Replace the session `refused`, whose credentials AWS does not accept any more.

        Returns whether there are other credentials now: of another session, or of the same one if
        it has refreshed those that were `used`. Raises an AwsError when new credentials cannot be
        had.
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
            session = self._build()
            credentials, fresh = read_credentials(session)
            if fresh is None or fresh == self._last:
                return _Failure(error=None)
            if self.account_id and self._owner_of(session) != self.account_id:  # guard: F5
                return _Failure(error=CredentialsExpired(_OTHER_ACCOUNT, code="OtherAccount"))
        except AwsError as error:
            return _Failure(error=_of_credentials(error))
        self.current, self._credentials, self._last = session, credentials, fresh
        self._refresh_failure = None
        self._on_renewal()
        return None

    def _frozen(self) -> Any:
        if self._refresh_failure is not None:
            if self._refresh_failure.is_recent:  # guard: F5
                self._refresh_failure.raise_error()
            self._replace_if_unused()
        try:
            self._credentials, frozen = read_credentials(self.current, self._credentials)
            if frozen is None:
                raise nothing_found()
        except AwsError as error:
            told = _of_credentials(error)
            self._refresh_failure = _Failure(error=told)
            if self._last is None:
                # The chain has just been read; a rebuild would read it again.
                self._rebuild_failure = self._refresh_failure  # guard: F17
            raise told from None
        self._refresh_failure, self._last = None, frozen
        return frozen

    def _replace_if_unused(self) -> None:
        """Read files and variables again for a session that never had credentials."""
        if self._last is None:
            self.current, self._credentials = self._build(), None
            self._on_renewal()


_OTHER_ACCOUNT: Final = "The renewed credentials belong to another account than the expired ones."


def _of_credentials(error: AwsError) -> AwsError:
    """The error itself if it is about credentials; else credentials that cannot be renewed."""
    if isinstance(error, CredentialsExpired | CredentialsMissing):
        return error
    return CredentialsExpired(error.message, code=error.code, operation=error.operation)
