"""The metrics have an address of their own; this tells its requests from those of the pages.

gunicorn listens on both addresses and calls one application. What counts is the port of the socket
that the connection came in on, which no client can choose. The Host header is the client's, and so
is SERVER_PORT while the pages listen on a Unix socket: gunicorn then takes it from that header.
"""

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def with_metrics(
    pages: "WSGIApplication", metrics: "WSGIApplication", port: int
) -> "WSGIApplication":
    """Return an application that gives requests at the port to the metrics, others to the pages."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if _port_of(environ.get("gunicorn.socket")) == port:  # guard: H9
            return metrics(environ, start_response)
        return pages(environ, start_response)

    return application


def _port_of(connection: socket.socket | None) -> int | None:
    """Return the port that a connection came in on; None for a Unix socket or another server."""
    if connection is None or connection.family == socket.AF_UNIX:
        return None
    port: int = connection.getsockname()[1]
    return port
