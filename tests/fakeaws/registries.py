"""Upstream registries for validation to meet: Debian's real one, and one that hands out tokens.

Answers for starting and stopping them. Refuses to know the simulated AWS.
"""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.loopback import LoopbackServer

_CONFIG = """
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {folder}/images}}}}
http: {{addr: "127.0.0.1:0"}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
"""


@contextmanager
def real_registry(folder: Path, username: str, password: str) -> Iterator[str]:
    """Debian's `docker-registry` with one account; its base URL. Fails if it is not installed."""
    for program in ("docker-registry", "htpasswd"):
        assert shutil.which(program), f"{program} is not installed"
    entry = subprocess.run(
        ["htpasswd", "-Bbn", username, password], check=True, capture_output=True
    ).stdout
    (folder / "htpasswd").write_bytes(entry)
    (folder / "config.yml").write_text(_CONFIG.format(folder=folder))
    command = ["docker-registry", "serve", str(folder / "config.yml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as registry:
        try:
            yield f"http://127.0.0.1:{_port_of(registry)}"
        finally:
            registry.terminate()


def _port_of(registry: "subprocess.Popen[str]") -> int:
    """The registry picks a free port itself and logs it once it listens."""
    assert registry.stderr is not None
    for line in registry.stderr:
        listening = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if listening:
            return int(listening[1])
    raise AssertionError("docker-registry ended before it listened")


class TokenRegistry:
    """A registry of the bearer kind: it sends clients to a token service, by default its own."""

    def __init__(self, username: str, password: str, realm: str = "") -> None:
        self._basic = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._realm = realm
        self._server = LoopbackServer(Request.application(self._serve))

    @property
    def url(self) -> str:
        """The base URL."""
        return self._server.url

    def __enter__(self) -> "TokenRegistry":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _serve(self, request: Request) -> Response:
        sent = request.headers.get("Authorization", "")
        if request.path == "/token" and request.args.get("service") == "test":
            if sent != self._basic:
                return Response("{}", status=401)
            return Response(json.dumps({"token": "one-good-token"}))
        if sent == "Bearer one-good-token":
            return Response("{}")
        refusal = Response("{}", status=401)
        realm = self._realm or f"{self.url}/token"
        refusal.headers["WWW-Authenticate"] = f'Bearer realm="{realm}",service="test"'
        return refusal
