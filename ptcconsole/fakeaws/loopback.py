"""A threaded HTTP server that listens on loopback addresses only."""

import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class NotLoopback(ValueError):
    """The host to listen on is not a loopback address."""


class _QuietHandler(MotoRequestHandler):
    """Uses keep-alive and writes no access log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        # Injected faults drop connections.
        pass


class LoopbackServer:
    """Serves one WSGI application in threads, from `start` until `stop`."""

    def __init__(self, app: "WSGIApplication", *, host: str = "127.0.0.1", port: int = 0) -> None:
        if not _is_loopback(host):
            raise NotLoopback(f"{host} is not an address of this machine's loopback interface")
        self._app = app
        self._host = host
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return the base URL without a trailing slash; the server must be started."""
        if self._server is None:
            raise RuntimeError("The server is not running")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.port}"

    def start(self) -> None:
        """Start, and return when connections are accepted. Raises OSError if the port is taken."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Bound here, because werkzeug exits the program when it cannot bind.
        with socket.create_server((self._host, self._port), family=family) as bound:
            self._server = make_server(
                self._host,
                bound.getsockname()[1],
                self._app,
                threaded=True,
                request_handler=_QuietHandler,
                fd=bound.fileno(),
            )
        # A short poll interval keeps `stop` fast.
        often = {"poll_interval": 0.1}
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs=often, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Accept no more connections; idempotent."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
