"""Signs in to an upstream registry by the distribution protocol (`/v2/`, basic or bearer).

It contacts only hosts of the allow list.
"""

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


class _LoginFailed(Exception):
    """The login failed; the text is the complete reason."""


def login_failure(host: str, credential: Credential | None) -> str:
    """Return why the login fails (without a credential: anonymous access); empty on success."""
    base_url = UPSTREAMS.base_url(host)
    if base_url is None:
        return UNREACHABLE.format(host=host)
    try:
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as http:
            _log_in(http, host, base_url, credential)
    except urllib3.exceptions.HTTPError:
        return UNREACHABLE.format(host=host)
    except _LoginFailed as failure:
        return str(failure)
    return ""


def _log_in(
    http: urllib3.PoolManager, host: str, base_url: str, credential: Credential | None
) -> None:
    answer = _get(http, f"{base_url}/v2/")
    if answer.status == 401:
        challenge = WWWAuthenticate.from_header(answer.headers.get("WWW-Authenticate", ""))
        if challenge is not None and challenge.type == "bearer":
            token = _token(http, host, challenge, credential)
            answer = _get(http, f"{base_url}/v2/", {"Authorization": f"Bearer {token}"})
        elif credential is not None:
            answer = _get(http, f"{base_url}/v2/", credential.basic)
    _insist_on_success(answer.status, host, credential)


def _token(
    http: urllib3.PoolManager, host: str, challenge: WWWAuthenticate, credential: Credential | None
) -> str:
    realm = challenge.parameters.get("realm") or ""
    if not UPSTREAMS.allows(realm):
        raise _LoginFailed(STRANGE_REALM.format(host=host, realm=realm))
    sent = {name: value for name, value in challenge.parameters.items() if value is not None}
    wanted = {name: sent[name] for name in _TOKEN_FIELDS if name in sent}
    headers = credential.basic if credential is not None else {}
    answer = http.request("GET", realm, fields=wanted, headers=headers, redirect=False)
    _insist_on_success(answer.status, host, credential)
    try:
        body = answer.json()
    except ValueError:
        raise _LoginFailed(ODD_ANSWER.format(host=host, status=answer.status)) from None
    return str(body.get("token") or body.get("access_token"))


def _get(
    http: urllib3.PoolManager, url: str, headers: dict[str, str] | None = None
) -> urllib3.BaseHTTPResponse:
    # Redirects are not followed, because they could leave the allow list.
    return http.request("GET", url, headers=headers, redirect=False)


def _insist_on_success(status: int, host: str, credential: Credential | None) -> None:
    if status in (401, 403):
        text = LOGIN_WANTED if credential is None else REFUSED
        raise _LoginFailed(text.format(host=host, status=status))
    if status != 200:
        raise _LoginFailed(ODD_ANSWER.format(host=host, status=status))
