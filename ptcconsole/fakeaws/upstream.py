"""The pretend upstream registry: version check and login (`/v2/`) for every upstream of ECR.

It has one folder per host and accepts the credentials in ACCOUNTS.
"""

import hmac
import json
from collections.abc import Mapping
from types import MappingProxyType

from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.loopback import LoopbackServer
from ptcconsole.fakeaws.registries import KNOWN_REGISTRIES, Access

# User names with their access tokens.
ACCOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "demo-access-token",
        "robot$demo": "robot-access-token",
    }
)

_OPEN_HOSTS = frozenset(reg.host for reg in KNOWN_REGISTRIES if reg.access is Access.OPEN)
_LOGIN_HOSTS = frozenset(reg.host for reg in KNOWN_REGISTRIES if reg.access is Access.SECRET)


class PretendUpstream:
    """One server for all upstream registries."""

    def __init__(self, accounts: Mapping[str, str] = ACCOUNTS) -> None:
        self._accounts = accounts
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
        hosts = sorted(_OPEN_HOSTS | _LOGIN_HOSTS)
        return {host: f"{self._server.url}/{host.removeprefix('*.')}" for host in hosts}

    def _serve(self, request: Request) -> Response:
        host, _, rest = request.path.strip("/").partition("/")
        known = {known.removeprefix("*."): known for known in _OPEN_HOSTS | _LOGIN_HOSTS}.get(host)
        if rest != "v2" or known is None:
            return _reply(404, "NOT_FOUND", "There is no such page.")
        if known in _OPEN_HOSTS or self._accepts(request):
            return _reply(200)
        refusal = _reply(401, "UNAUTHORIZED", "authentication required")
        refusal.headers["WWW-Authenticate"] = f'Basic realm="{host}"'
        return refusal

    def _accepts(self, request: Request) -> bool:
        sent = request.authorization
        if sent is None or sent.type != "basic":
            return False
        token = self._accounts.get(sent.username or "", "")
        return bool(token) and hmac.compare_digest(token.encode(), (sent.password or "").encode())


def _reply(status: int, code: str = "", message: str = "") -> Response:
    """Return an error in the format of the distribution protocol."""
    # https://distribution.github.io/distribution/spec/api/
    body = {"errors": [{"code": code, "message": message}]} if code else {}
    response = Response(json.dumps(body), status=status, content_type="application/json")
    response.headers["Docker-Distribution-API-Version"] = "registry/2.0"
    return response
