"""The pretend upstream registry: login and images (`/v2/`) for every upstream of ECR.

It has one folder per host and accepts the credentials in ACCOUNTS. Some hosts have a token service,
like those that they stand for. Every name and tag is an image (`pretend_images`).
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.loopback import LoopbackServer
from ptcconsole.fakeaws.pretend_images import PretendImages
from ptcconsole.fakeaws.registries import KNOWN_REGISTRIES, Access

# User names with their access tokens.
ACCOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "demo-access-token",
        "robot$demo": "robot-access-token",
        # A token without the scope to pull, and an account without pulls left.
        "narrow": "narrow-access-token",
        "limited": "limited-access-token",
    }
)
_NARROW: Final = "narrow"
_LIMITED: Final = "limited"

_OPEN_HOSTS = frozenset(reg.host for reg in KNOWN_REGISTRIES if reg.access is Access.OPEN)
_LOGIN_HOSTS = frozenset(reg.host for reg in KNOWN_REGISTRIES if reg.access is Access.SECRET)
# The addresses of images below `/v2`.
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md
PATH: Final = re.compile(r"/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<reference>[^/]+)")
# The registries that send clients to a token service, and where that one is.
_TOKEN_HOSTS: Final = MappingProxyType(
    {"registry-1.docker.io": "auth.docker.io", "ghcr.io": "ghcr.io", "quay.io": "quay.io"}
)
# The repository that tells a client its limit: https://docs.docker.com/docker-hub/usage/pulls/
_COUNTED: Final = "ratelimitpreview/test"
_PULLS: Final = 200


class PretendUpstream:
    """One server for all upstream registries."""

    def __init__(self, accounts: Mapping[str, str] = ACCOUNTS) -> None:
        self._accounts = accounts
        # The hosts of the tokens that were given out, with the account of each.
        self._tokens: dict[str, tuple[str, str]] = {}
        self._images = PretendImages()
        self._server = LoopbackServer(Request.application(self._serve))

    def start(self) -> None:
        """Start, and return when the registry answers."""
        self._server.start()

    def stop(self) -> None:
        """Stop; the registry is unreachable then."""
        self._server.stop()

    @property
    def base_urls(self) -> dict[str, str]:
        """Return the base URL of each upstream host."""
        hosts = sorted(_OPEN_HOSTS | _LOGIN_HOSTS | set(_TOKEN_HOSTS.values()))
        return {host: f"{self._server.url}/{host.removeprefix('*.')}" for host in hosts}

    def _serve(self, request: Request) -> Response:
        host, _, rest = request.path.strip("/").partition("/")
        if rest == "token" and (named := _registry_with_tokens(host)):
            return self._token(named, request)
        known = {known.removeprefix("*."): known for known in _OPEN_HOSTS | _LOGIN_HOSTS}.get(host)
        if rest.partition("/")[0] != "v2" or known is None:
            return _reply(404, "NOT_FOUND", "There is no such page.")
        account = self._account_of_token(known, request)
        if known in _TOKEN_HOSTS and account is None:
            realm = f"{self._server.url}/{_TOKEN_HOSTS[known]}/token"
            return _challenge(f'Bearer realm="{realm}",service="{host}"')
        if account is not None or known in _OPEN_HOSTS or self._accepts(request):
            return self._content(host, rest.removeprefix("v2"), account or "")
        return _challenge(f'Basic realm="{host}"')

    def _content(self, host: str, path: str, account: str) -> Response:
        """Return what is below `/v2/`: nothing, a manifest, or a blob."""
        if not path.strip("/"):
            return _reply(200)
        named = PATH.fullmatch(path)
        if named is None:
            return _reply(404, "NOT_FOUND", "There is no such page.")
        if named["kind"] == "manifests":
            found = self._images.manifest(f"{host}/{named['name']}", named["reference"])
        else:
            found = self._images.blob(named["reference"])
        if found is None:
            return _reply(404, "MANIFEST_UNKNOWN", "manifest unknown")
        answer = Response(found.body, content_type=found.media_type)
        return _counted(answer, account) if named["name"] == _COUNTED else answer

    def _token(self, known: str, request: Request) -> Response:
        """Return a token for a login, or for anybody where images are public."""
        if request.authorization is None and known in _LOGIN_HOSTS:
            return _challenge(f'Basic realm="{known}"')
        if request.authorization is not None and not self._accepts(request):
            return _reply(401, "UNAUTHORIZED", "incorrect username or password")
        sent = request.authorization
        account = (sent.username if sent is not None else None) or ""
        if account == _NARROW:
            return _reply(403, "DENIED", "The token provided does not match expected scopes.")
        token = secrets.token_urlsafe(16)
        self._tokens[token] = (known, account)
        return Response(json.dumps({"token": token}), content_type="application/json")

    def _account_of_token(self, known: str, request: Request) -> str | None:
        """Return whose token a request has, empty for anybody's; None without a valid one."""
        sent = request.authorization
        if sent is None or sent.type != "bearer":
            return None
        host, account = self._tokens.get(sent.token or "", ("", ""))
        return account if host == known else None

    def _accepts(self, request: Request) -> bool:
        sent = request.authorization
        if sent is None or sent.type != "basic":
            return False
        token = self._accounts.get(sent.username or "", "")
        return bool(token) and hmac.compare_digest(token.encode(), (sent.password or "").encode())


def _registry_with_tokens(host: str) -> str | None:
    """Return the registry whose tokens this host gives out, or None."""
    return next((known for known, tokens in _TOKEN_HOSTS.items() if tokens == host), None)


def _counted(answer: Response, account: str) -> Response:
    """Add the remaining pulls, or refuse the pull of an account that has none."""
    remaining = 0 if account == _LIMITED else _PULLS - 1
    if not remaining:
        answer = _reply(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
        answer.headers["Retry-After"] = "3600"
    answer.headers["RateLimit-Limit"] = f"{_PULLS};w=21600"
    answer.headers["RateLimit-Remaining"] = f"{remaining};w=21600"
    return answer


def _challenge(challenge: str) -> Response:
    refusal = _reply(401, "UNAUTHORIZED", "authentication required")
    refusal.headers["WWW-Authenticate"] = challenge
    return refusal


def _reply(status: int, code: str = "", message: str = "") -> Response:
    """Return an error in the format of the distribution protocol."""
    # https://distribution.github.io/distribution/spec/api/
    body = {"errors": [{"code": code, "message": message}]} if code else {}
    response = Response(json.dumps(body), status=status, content_type="application/json")
    response.headers["Docker-Distribution-API-Version"] = "registry/2.0"
    return response
