"""The cache of sessions in Redis, whose failure costs speed only: sessions are in the database too.

A Redis that is down or hangs counts as an empty cache. It is then left alone for a minute, so that
an outage costs one short timeout a minute and process, and not one per request. An entry that could
not be overwritten during an outage must not be read after it. Therefore no entry lives longer than
a minute.
"""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

T = TypeVar("T")

ENTRY_SECONDS: Final = 60
OUTAGE_SECONDS: Final = 60
SOCKET_SECONDS: Final = 0.5

log = logging.getLogger(__name__)


class Outage:
    """Whether Redis failed in the last OUTAGE_SECONDS, for all threads of the process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._until: float | None = None

    def is_on(self) -> bool:
        """Whether to leave Redis alone; when the time is over, one thread gets False and asks."""
        with self._lock:
            if self._until is None:
                return False
            if self._clock() < self._until:
                return True
            self._until = self._clock() + OUTAGE_SECONDS
            return False

    def begin(self, error: Exception) -> None:
        with self._lock:
            if self._until is None:
                log.warning(
                    "The cache does not answer (%s). Sessions are read from the database.",
                    type(error).__name__,
                )
            self._until = self._clock() + OUTAGE_SECONDS

    def end(self) -> None:
        with self._lock:
            if self._until is not None:
                log.warning("The cache answers again.")
            self._until = None


# Django has an instance of the cache for each thread.
_outage = Outage()


class SessionCache(RedisCache):
    """Django's cache in Redis; what the sessions' engine calls never raises an error of Redis."""

    outage = _outage

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": _options(params)})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda: super(SessionCache, self).get(key, default, version), default)

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        self._ask(lambda: super(SessionCache, self).set(key, value, timeout, version), None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: super(SessionCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: super(SessionCache, self).has_key(key, version), False)

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        asked = super().get_backend_timeout(timeout)
        return ENTRY_SECONDS if asked is None else min(asked, ENTRY_SECONDS)

    def _ask(self, call: Callable[[], T], otherwise: T) -> T:
        if self.outage.is_on():  # guard: B1
            return otherwise
        try:
            answer = call()
        except (RedisError, OSError) as error:  # guard: B1
            self.outage.begin(error)
            return otherwise
        self.outage.end()
        return answer


def _options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Short timeouts and no second attempts, unless the address says otherwise."""
    return {
        "socket_connect_timeout": SOCKET_SECONDS,  # guard: B1
        "socket_timeout": SOCKET_SECONDS,  # guard: B1
        "retry": Retry(NoBackoff(), 0),
        **params.get("OPTIONS", {}),
    }
