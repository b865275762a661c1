"""Requests to the hosts of a trial: GET and HEAD, over TLS, to public addresses, without redirects.

requests-hardened looks up a name once, refuses an address that is not public, and connects to that
very address. A proxy that the environment names does the lookup itself and gets the name: its
answer cannot be checked, but the certificate still must be that of the host. In a simulation,
addresses of this machine stand for the hosts.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, select_proxy
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError

from wizard.domain.upstream_logins import LoginVerdict

# Connect and read timeouts in seconds, of one request. The deadline of the trial is over all.
TIMEOUT: Final = (3.0, 5.0)
MOST_BYTES: Final = 64 * 1024
_HEADERS: Final = {
    "User-Agent": "ptc-console (test of a pull through cache credential)",
    "Accept": "application/json",
    # What is not compressed cannot unfold into more than was read.
    "Accept-Encoding": "identity",
}
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class NotAnswered(Exception):
    """There is no answer to judge; the reason is a verdict. It has no cause and no other text."""

    def __init__(self, verdict: LoginVerdict) -> None:
        super().__init__(verdict.value)
        self.verdict = verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a request; header names are in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Lines:
    """The connections of a trial, which another thread can shut."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: list[socket.socket] = []
        self._is_cut = False

    def note(self, connection: socket.socket) -> None:
        """Note a new connection. TLS takes over the socket, so that of a duplicate is kept."""
        twin = connection.dup()
        with self._lock:
            self._open.append(twin)
            if self._is_cut:
                _shut(twin)

    def cut(self) -> None:
        """Shut all connections, also those to come: whoever reads from them reads the end."""
        with self._lock:
            self._is_cut = True
            for twin in self._open:
                _shut(twin)

    def close(self) -> None:
        with self._lock:
            for twin in self._open:
                twin.close()
            self._open.clear()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Sender:
    """Sends the requests of one trial, and holds its connections."""

    def __init__(self, *, stand_ins: Mapping[str, str]) -> None:
        self._stand_ins = stand_ins
        self._lines = Lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()

    def cut(self) -> None:
        """End all requests at once; for another thread."""
        self._lines.cut()

    def host_of(self, url: str) -> str | None:
        """Return `url` as that of the host which a stand-in replaces; None outside a simulation."""
        for host, base_url in self._stand_ins.items():
            if url.startswith(f"{base_url}/"):
                return f"https://{host}{url.removeprefix(base_url)}"
        return None

    def send(
        self, method: str, host: str, path: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request to a host of the catalogue. Raises NotAnswered."""
        url = f"{self._base_url(host)}{path}"
        with (
            _told(),
            self._session(url) as session,
            session.request(
                method,
                url,
                headers={**_HEADERS, **(headers or {})},
                timeout=TIMEOUT,
                allow_redirects=False,  # guard: I12
                stream=True,
            ) as answer,
        ):
            body = _body(answer)
            found: CaseInsensitiveDict[str] = answer.headers
            return Answer(status=answer.status_code, headers=found, body=body)

    def _base_url(self, host: str) -> str:
        if not self._stand_ins:
            return f"https://{host}"
        wildcard = "*." + host.partition(".")[2]
        base_url = self._stand_ins.get(host) or self._stand_ins.get(wildcard)
        if base_url is None:
            raise NotAnswered(LoginVerdict.NO_CONNECTION)
        return base_url

    def _session(self, url: str) -> requests.Session:
        """Return a session that takes nothing from the environment but proxy and certificates."""
        session = requests.Session()
        session.trust_env = False  # no password of a .netrc
        session.proxies = {} if self._stand_ins else get_environ_proxies(url)
        session.verify = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), True)
        adapter: HTTPAdapter = _Adapter(self._lines)
        if not self._stand_ins and not select_proxy(url, session.proxies):  # guard: I12
            adapter = _PinnedAdapter(self._lines)
        session.adapters.clear()
        session.mount("http://" if self._stand_ins else "https://", adapter)
        return session


class _Noting:
    """Notes each connection of an adapter's pools."""

    _lines: Lines

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[misc]
        manager: Any = getattr(self, "poolmanager", None)
        manager.pool_classes_by_scheme = _pools(self._lines)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)  # type: ignore[misc]
        manager.pool_classes_by_scheme = _pools(self._lines)
        return manager


class _Adapter(_Noting, HTTPAdapter):
    """To a proxy, or to a stand-in."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        super().__init__(max_retries=0)


class _PinnedAdapter(_Noting, IPFilterAdapter):  # type: ignore[misc] # it has no types
    """To the one address of the host that was looked up and found public."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        super().__init__(is_https_proto=True, allow_loopback=False)


def _pools(lines: Lines) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            found: socket.socket = super()._new_conn()
            lines.note(found)
            return found

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            found: socket.socket = super()._new_conn()
            lines.note(found)
            return found

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _body(answer: requests.Response) -> bytes:
    """Read the body up to the limit. Raises NotAnswered for a longer one."""
    body = bytearray()
    while chunk := answer.raw.read1(MOST_BYTES + 1 - len(body), decode_content=False):
        body += chunk
        if len(body) > MOST_BYTES:  # guard: I13
            raise NotAnswered(LoginVerdict.UNEXPECTED)
    return bytes(body)


@contextmanager
def _told() -> Iterator[None]:
    """Raise NotAnswered for every error of the libraries, whose texts may have headers in them."""
    try:
        yield
    except (requests.RequestException, HTTPError, OSError) as error:
        verdict = _verdict_of(error)
    else:
        return
    raise NotAnswered(verdict)


def _verdict_of(error: Exception) -> LoginVerdict:
    if isinstance(error, InvalidIPAddress):
        return LoginVerdict.INTERNAL_ADDRESS
    if isinstance(error, requests.exceptions.ProxyError):
        return LoginVerdict.PROXY
    if isinstance(error, requests.exceptions.SSLError):
        return LoginVerdict.CERTIFICATE
    if isinstance(error, (requests.Timeout, TimeoutError)):
        return LoginVerdict.NO_ANSWER
    if isinstance(error, requests.ConnectionError):
        return LoginVerdict.NAME_UNKNOWN if _is_lookup(error) else LoginVerdict.NO_CONNECTION
    return LoginVerdict.UNEXPECTED


def _is_lookup(error: requests.ConnectionError) -> bool:
    """Whether the name has no address. urllib3 has its own error in the error of requests."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    found = (error.__cause__, reason)
    return any(isinstance(each, (socket.gaierror, NameResolutionError)) for each in found)


def split_url(url: str) -> tuple[str, str, str]:
    """Return host, path and query of an https URL without anything else. Raises ValueError."""
    if len(url) > 2048 or any(not "!" <= each <= "~" or each in '\\"<>^`{|}' for each in url):
        raise ValueError
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.fragment or "@" in parts.netloc:
        raise ValueError
    if parts.port not in (None, 443):
        raise ValueError
    return (parts.hostname or "").rstrip("."), parts.path or "/", parts.query
