"""An upstream registry that a test scripts: its answers by path, and the requests that came."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wizard.domain import Credential
from wizard.domain.registries import registry_named
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace
from wizard.upstreams import try_credential

TOKEN = "canary~access_token"
BASIC = "Basic ZGVtbzpjYW5hcnl+YWNjZXNzX3Rva2Vu"
HUB, TOKENS = "registry-1.docker.io", "auth.docker.io"
CREDENTIAL = Credential(username="demo", access_token=TOKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request."""

    method: str
    path: str
    authorization: str


@dataclass
class ScriptedRegistry:
    """A server on loopback. `answers` are status, headers and body by path, without the query."""

    url: str
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    @property
    def stand_ins(self) -> dict[str, str]:
        """Docker Hub and its token service, each in a folder of its own."""
        return {HUB: f"{self.url}/hub", TOKENS: f"{self.url}/tokens"}

    def asks_for_token(self, realm: str = "") -> None:
        """Let Docker Hub send clients to its token service, or to another realm."""
        challenge = f'Bearer realm="{realm or self.url + "/tokens/token"}",service="hub"'
        self.answers["/hub/v2/"] = (401, {"WWW-Authenticate": challenge}, b"{}")

    def test(self, name: str = "docker-hub", **more: Any) -> LoginJudgement:
        place = LoginPlace.of(registry_named(name), {})
        return try_credential(place, CREDENTIAL, **{"stand_ins": self.stand_ins, **more})


@contextmanager
def scripted_registry() -> Iterator[ScriptedRegistry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "")
            found.seen.append(Seen(method=self.command, path=self.path, authorization=sent))
            path = self.path.partition("?")[0]
            status, headers, body = found.answers.get(path, (404, {}, b"{}"))
            if sent.startswith("Bearer ") and f"{path}#token" in found.answers:
                status, headers, body = found.answers[f"{path}#token"]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = ScriptedRegistry(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
