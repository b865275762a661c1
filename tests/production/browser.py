"""A browser without JavaScript that reaches the console over HTTP, as a TLS proxy passes it on."""

import http.client
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tests.faults.production import HOST, ORIGIN

REDIRECTS = (301, 302, 303)
# Far more than any request takes.
SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with the members of Django's test client that `Person` reads."""

    status_code: int
    content: bytes
    location: str
    request: Mapping[str, str]
    redirect_chain: list[tuple[str, int]] = field(default_factory=list)

    def getvalue(self) -> bytes:
        return self.content

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass
class Browser:
    """What `Person` needs of Django's test client. Each request has a connection of its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, *, follow: bool = False) -> Answer:
        return self._request("GET", url, None, follow=follow)

    def post(
        self,
        url: str,
        data: Mapping[str, str | Sequence[str]],
        *,
        follow: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        del headers  # The referrer, in whose place the origin is sent.
        return self._request("POST", url, urlencode(data, doseq=True), follow=follow)

    def another(self) -> "Browser":
        """Another window of the same person."""
        return Browser(port=self.port, cookies=dict(self.cookies))

    def _request(self, method: str, url: str, body: str | None, *, follow: bool) -> Answer:
        answer = self._once(method, url, body)
        chain: list[tuple[str, int]] = []
        while follow and answer.status_code in REDIRECTS:
            url = urljoin(url, answer.location)
            chain.append((url, answer.status_code))
            answer = self._once("GET", url, None)
        answer.redirect_chain.extend(chain)
        return answer

    def _once(self, method: str, url: str, body: str | None) -> Answer:
        headers = {
            **{"Host": HOST, "Origin": ORIGIN, "X-Forwarded-Proto": "https"},
            **{"X-Forwarded-For": "192.0.2.1", "Cookie": self._cookie_header()},
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        self._keep_cookies(response.headers.get_all("Set-Cookie") or [])
        return Answer(
            status_code=response.status,
            content=content,
            location=response.headers.get("Location", ""),
            request={"PATH_INFO": parts.path, "QUERY_STRING": parts.query},
        )

    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep_cookies(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.coded_value
