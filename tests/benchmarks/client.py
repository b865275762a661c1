"""An HTTP client with cookies, CSRF token and gzip that records when parts of a response arrive."""

import http.client
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.benchmarks.stub_aws import ACCOUNT

# gunicorn closes a connection that was idle for two seconds.
IDLE_SECONDS = 1.0

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, `body` decoded; `arrivals` are (moment, bytes of body so far)."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    wire_bytes: int
    begun: float
    seconds: float
    arrivals: tuple[tuple[float, int], ...]

    def arrival_of(self, text: str) -> float:
        """The moment, in seconds of the epoch, at which that text was there whole."""
        end = self.body.index(text.encode()) + len(text)
        return next(moment for moment, length in self.arrivals if length >= end)


@dataclass
class Visitor:
    """One browser on one connection. It follows no redirect and runs no script."""

    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    is_behind_proxy: bool = False
    _connection: http.client.HTTPConnection | None = None
    _used_at: float = 0.0

    def get(self, path: str) -> Answer:
        return self._request("GET", path)

    def post(self, path: str, fields: Fields) -> Answer:
        """Send a form; the CSRF cookie's own value is a token that Django accepts."""
        token = next((v for k, v in self.cookies.items() if k.endswith("csrftoken")), "")
        body = urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True)
        return self._request("POST", path, body)

    def _request(self, method: str, path: str, body: str | None = None) -> Answer:
        connection = self._open()
        begun, start = time.time(), time.perf_counter()
        connection.request(method, path, body, self._headers(body))
        response = connection.getresponse()
        content, wire, arrivals = _read(response)
        answer = Answer(
            status=response.status,
            headers=response.headers,
            body=content,
            wire_bytes=wire,
            begun=begun,
            seconds=time.perf_counter() - start,
            arrivals=arrivals,
        )
        self._keep_cookies(response)
        self._used_at = time.monotonic()
        return answer

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None or time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()
            self._connection = http.client.HTTPConnection(self.host, timeout=60)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self, body: str | None) -> dict[str, str]:
        scheme = "https" if self.is_behind_proxy else "http"
        headers = {"Accept-Encoding": "gzip", "Cookie": self.cookie_header}
        if self.is_behind_proxy:
            headers["X-Forwarded-Proto"] = "https"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{scheme}://{self.host}"
            headers["Referer"] = f"{scheme}://{self.host}/"
        return headers

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


def _read(response: http.client.HTTPResponse) -> tuple[bytes, int, tuple[tuple[float, int], ...]]:
    """The decoded body, its length on the wire, and what had come by when."""
    is_packed = response.headers.get("Content-Encoding") == "gzip"
    unpack = zlib.decompressobj(wbits=31) if is_packed else None
    parts: list[bytes] = []
    arrivals: list[tuple[float, int]] = []
    wire = length = 0
    while part := response.read1(65536):
        wire += len(part)
        plain = unpack.decompress(part) if unpack else part
        length += len(plain)
        parts.append(plain)
        arrivals.append((time.time(), length))
    response.close()  # read1 does not, at the end of a body of known length
    return b"".join(parts), wire, tuple(arrivals)


def overview_path() -> str:
    return f"/{ACCOUNT}/rules/"


def list_path(region: str) -> str:
    return f"/{ACCOUNT}/{region}/rules/"
