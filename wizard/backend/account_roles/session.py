"""The session of a role: a thread of its own asks STS for it, and callers wait for one answer.

So a page waits no longer than it may, and the call to STS is nobody's in particular. A failure is
repeated to later callers for FAILURE_SECONDS: one page asks 34 Regions.
"""

import time
from concurrent.futures import Future, wait
from contextvars import Context
from functools import partial
from threading import Lock
from typing import Any, Final

from wizard.backend.account_roles.credentials import Fetch, RoleCredentials
from wizard.backend.account_roles.sts_calls import OPERATION, Keys, RoleClient
from wizard.backend.attempts import current_heard
from wizard.backend.kept_threads import threads
from wizard.backend.renewal import FAILURE_SECONDS
from wizard.domain import waiting
from wizard.domain.accounts import AccountRole
from wizard.domain.errors import (
    AccountRoleUnavailable,
    AwsError,
    UnexpectedAwsError,
    error_record,
    known_not_made,
    recorded_error,
)

# How long a page waits for STS, so that it has time left for other Regions and its stored rules.
PAGE_SECONDS: Final = 2.0


class RoleSession:
    """The session of a role, which is renewed before it ends."""

    def __init__(self, role: AccountRole) -> None:
        self._lock = Lock()
        self._client = RoleClient(role.account_id)
        self._credentials = RoleCredentials(role, self._client, self._asked)
        self._keys: Keys | None = None
        self._fetching: Future[None] | None = None
        self._asked_at = 0.0
        self._failure: tuple[float, AwsError] | None = None

    def has(self, keys: Keys) -> bool:
        """Whether these are the session's present keys."""
        return self._keys is keys

    def keys(self) -> Keys:
        """Return the keys for the next call.

        Raises AccountRoleNotAssumed, AccountRoleUnavailable, or the AwsError because of which STS
        could not be asked. The call for which they are was not made then.
        """
        if self._keys is not None and not self._credentials.are_due:
            return self._keys
        with self._lock:
            if self._failure is None or not _is_recent(self._failure):  # guard: F5
                self._fetching = self._fetching or self._start()
            fetching = self._fetching
        if self._keys is None or self._credentials.are_urgent:
            self._wait(fetching)
        if self._keys is None:
            error = UnexpectedAwsError(code="NoCredentials", operation=OPERATION)
            raise known_not_made(error)
        return self._keys

    def _start(self) -> Future[None]:
        # Without the context: it is nobody's call, and has the client's own time limits.
        self._asked_at = time.monotonic()
        (future,) = threads.start([partial(Context().run, self._fetch)])
        return future

    def _fetch(self) -> None:
        noted = self._failure
        try:
            self._keys = Keys(self._credentials.fetched(), self._client.caller)
        except AwsError as error:
            # `_asked` knows the reason better, if it was asked.
            if self._failure is noted:
                self._note(error)
        finally:
            with self._lock:
                self._fetching = None

    def _asked(self, fetch: Fetch) -> Any:
        """Ask STS. Returns None for a failure, which botocore would log with its traceback."""
        try:
            found = fetch()
        except AwsError as error:
            self._note(error)
            return None
        self._failure = None
        return found

    def _note(self, error: AwsError) -> None:
        self._failure = time.monotonic(), error

    def _wait(self, fetching: Future[None] | None) -> None:
        if fetching is not None:
            silence = known_not_made(
                AccountRoleUnavailable(
                    "STS did not answer in time.", code="Deadline", operation=OPERATION
                )
            )
            # While it waits, the call has this reason for having no answer, and not its Region.
            heard = current_heard()
            if heard is not None:
                heard.error = silence  # guard: F20
            wait([fetching], timeout=self._seconds())
            if not fetching.done():
                raise silence
            if heard is not None:
                heard.error = None
        if self._failure is not None:
            # A copy: the traceback of an exception must not be shared between threads.
            raise known_not_made(recorded_error(error_record(self._failure[1])))

    def _seconds(self) -> float | None:
        """Return how long to wait for STS: all requests together PAGE_SECONDS for one attempt."""
        request = waiting.limit()
        if request is None:
            return None
        left = self._asked_at + PAGE_SECONDS - time.monotonic()
        return max(0.0, min(left, request.seconds_left))


def _is_recent(failure: tuple[float, AwsError]) -> bool:
    return time.monotonic() - failure[0] < FAILURE_SECONDS
