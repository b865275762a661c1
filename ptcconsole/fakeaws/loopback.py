"""A threaded HTTP server on loopback addresses only, with or without TLS.

It keeps connections open.
"""

import io
import ipaddress
import logging
import socket
import ssl
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# A connection without a request for this long is closed, as AWS does.
IDLE_SECONDS = 20

_log = logging.getLogger(__name__)


class NotLoopback(ValueError):
    """The host to listen on is not a loopback address."""


class _Handler(MotoRequestHandler):
    """Answers the requests of one connection until it is idle or closed. Writes no access log.

    werkzeug's own handler closes the connection after each response.
    """

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Headers and body are two packets. Nagle's algorithm would delay the second on a connection
    # that stays open.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        # The body is read completely, because the next request follows it on the connection.
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, environ)
        except Exception:  # noqa: BLE001 - the client gets a response, whatever fails
            _log.exception("%s %s failed", self.command, self.path)
            chunks, status, headers = run_wsgi_app(InternalServerError(), environ)
        if "Content-Length" not in headers:
            chunks = [b"".join(chunks)]
            headers["Content-Length"] = str(len(chunks[0]))
        code, _, reason = status.partition(" ")
        self.send_response_only(HTTPStatus(int(code)), reason)
        # The time in the answers of the simulated AWS is that of its own clock.
        headers.setdefault("Date", self.date_time_string())
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)

    @staticmethod
    def _body(environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):
            return bytes(environ["wsgi.input"].read())
        return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in http.server
        # A connection that is idle for too long is no error.
        pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        # Injected faults drop connections.
        pass


class _Server(ThreadedWSGIServer):
    """Knows its open connections, to close them when it stops."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*arguments, **options)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Close all connections; a handler that waits for a request ends."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class LoopbackServer:
    """Serves one WSGI application in threads, from `start` until `stop`."""

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not _is_loopback(host):
            raise NotLoopback(f"{host} is not an address of this machine's loopback interface")
        self._app = app
        self._host = host
        self._port = port
        self._tls = tls
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return the base URL without a trailing slash; the server must be started."""
        if self._server is None:
            raise RuntimeError("The server is not running")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self._server.port}"

    def start(self) -> None:
        """Start, and return when connections are accepted. Raises OSError if the port is taken."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Bound here, because werkzeug exits the program when it cannot bind.
        with socket.create_server((self._host, self._port), family=family) as bound:
            port = bound.getsockname()[1]
            self._server = _Server(
                *(self._host, port, self._app, _Handler),
                fd=bound.fileno(),
                ssl_context=self._tls,
            )
        # A short poll interval keeps `stop` fast.
        often = {"poll_interval": 0.1}
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs=often, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and accept no more; idempotent."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.close_connections()
        self._server = None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
