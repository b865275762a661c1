"""Signs in to an upstream registry by the distribution protocol (`/v2/`, basic or bearer).

It contacts only hosts of the allow list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import urllib3
from werkzeug.datastructures import WWWAuthenticate

from ptcconsole.fakeaws.allow_list import UPSTREAMS

_TOKEN_FIELDS = ("service", "scope")
_TIMEOUT = urllib3.Timeout(connect=3, read=5)

UNREACHABLE = "The upstream registry {host} could not be reached."
REFUSED = (
    "The upstream registry {host} refused the login: it answered HTTP {status}. Verify the "
    "username and the access token in the secret."
)
LOGIN_WANTED = "The upstream registry {host} requires authentication (HTTP {status})."
ODD_ANSWER = "The upstream registry {host} answered HTTP {status} to a version check."
STRANGE_REALM = (
    "The upstream registry {host} asks for a token from {realm}, which is not a known address."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A user name and an access token for an upstream registry."""

    username: str
    access_token: str

    @property
    def basic(self) -> dict[str, str]:
        """Return the header of basic authentication."""
        return urllib3.make_headers(basic_auth=f"{self.username}:{self.access_token}")


class LoginFailed(Exception):
    """The login failed; the text is the complete reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """An upstream registry that is asked with a credential, or anonymously."""

    host: str
    base_url: str
    credential: Credential | None
    http: urllib3.PoolManager

    def get(self, path: str, accept: str = "") -> urllib3.BaseHTTPResponse:
        """Return the answer to a GET below `/v2/`, after signing in. Raises LoginFailed."""
        url, headers = f"{self.base_url}/v2/{path}", {"Accept": accept} if accept else {}
        answer = self._get(url, headers)
        if answer.status == 401:
            challenge = WWWAuthenticate.from_header(answer.headers.get("WWW-Authenticate", ""))
            if challenge is not None and challenge.type == "bearer":
                bearer = {"Authorization": f"Bearer {self._token(challenge)}"}
                answer = self._get(url, headers | bearer)
            elif self.credential is not None:
                answer = self._get(url, headers | self.credential.basic)
        return answer

    def check(self, status: int) -> None:
        """Raise LoginFailed for a status that is no success."""
        if status in (401, 403):
            text = LOGIN_WANTED if self.credential is None else REFUSED
            raise LoginFailed(text.format(host=self.host, status=status))
        if status != 200:
            raise LoginFailed(ODD_ANSWER.format(host=self.host, status=status))

    def _token(self, challenge: WWWAuthenticate) -> str:
        realm = challenge.parameters.get("realm") or ""
        if not UPSTREAMS.allows(realm):
            raise LoginFailed(STRANGE_REALM.format(host=self.host, realm=realm))
        sent = {name: value for name, value in challenge.parameters.items() if value is not None}
        wanted = {name: sent[name] for name in _TOKEN_FIELDS if name in sent}
        headers = self.credential.basic if self.credential is not None else {}
        answer = self.http.request("GET", realm, fields=wanted, headers=headers, redirect=False)
        self.check(answer.status)
        try:
            body = answer.json()
        except ValueError:
            raise LoginFailed(ODD_ANSWER.format(host=self.host, status=answer.status)) from None
        return str(body.get("token") or body.get("access_token"))

    def _get(self, url: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        # Redirects are not followed, because they could leave the allow list.
        return self.http.request("GET", url, headers=headers, redirect=False)


@contextmanager
def upstream(host: str, credential: Credential | None) -> Iterator[Upstream]:
    """A connection to the host of a rule; it ends with LoginFailed when it cannot be reached."""
    base_url = UPSTREAMS.base_url(host)
    if base_url is None:
        raise LoginFailed(UNREACHABLE.format(host=host))
    try:
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as http:
            yield Upstream(host=host, base_url=base_url, credential=credential, http=http)
    except urllib3.exceptions.HTTPError:
        raise LoginFailed(UNREACHABLE.format(host=host)) from None


def login_failure(host: str, credential: Credential | None) -> str:
    """Return why the login fails (without a credential: anonymous access); empty on success."""
    try:
        with upstream(host, credential) as registry:
            registry.check(registry.get("").status)
    except LoginFailed as failure:
        return str(failure)
    return ""
