"""A web server that alerts are sent to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass
class Hook:
    """It keeps what is sent to it and answers with `status`."""

    server: HTTPServer
    status: int = 204
    location: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)
    types: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/SECRET-PATH"


@contextmanager
def listening_hook() -> Iterator[Hook]:
    """Run the server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            kept.bodies.append(self.rfile.read(length))
            kept.headers.append(self.headers)
            kept.types.append(self.headers["Content-Type"])
            kept.paths.append(self.path)
            self.send_response(kept.status)
            if kept.location:
                self.send_header("Location", kept.location)
            self.end_headers()

        def do_GET(self) -> None:
            kept.paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        kept = Hook(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
