"""One TLS context for all clients of a session.

botocore makes a context for each client, and reads the trusted certificates into it again for each
connection: 18 ms of processor time for those that it ships, and 0.7 MB for each client. In 34
Regions that is 0.6 s of the first page and 25 MB. No setting changes it, so importing this module
replaces two names of `botocore.httpsession`. If a later botocore does not use them any more,
everything works as without this module.
"""

import os
import ssl
from functools import lru_cache
from threading import Lock
from typing import Any

from botocore import httpsession

_sessions: Any = httpsession


class _Context(ssl.SSLContext):
    """A context that reads a file of certificates once, and again after it was changed.

    Its settings are not set again while other threads use it.
    """

    _lock: Lock
    _read: set[Any]
    _protocols: tuple[str, ...]

    def __new__(cls, protocol: int) -> "_Context":
        context = super().__new__(cls, protocol)
        context._lock, context._read, context._protocols = Lock(), set(), ()
        return context

    def load_verify_locations(
        self, cafile: Any = None, capath: Any = None, cadata: Any = None
    ) -> None:
        with self._lock:
            version = (cafile, os.stat(cafile).st_mtime_ns) if cafile else None
            source = version, capath, cadata
            if source not in self._read:
                super().load_verify_locations(cafile, capath, cadata)
                self._read.add(source)

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        with self._lock:
            if self._protocols != tuple(alpn_protocols):
                super().set_alpn_protocols(alpn_protocols)
                self._protocols = tuple(alpn_protocols)


_sessions.SSLContext = _Context
_sessions.create_urllib3_context = lru_cache(maxsize=1)(httpsession.create_urllib3_context)


def forget_context() -> None:
    """Let the next session trust the certificates of its own settings only."""
    _sessions.create_urllib3_context.cache_clear()
