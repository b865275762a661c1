"""Settings and hooks of gunicorn: `gunicorn --config python:ptcconsole.gunicorn_conf`.

Whether the forwarded headers of a proxy are trusted is decided by the console's setting
BEHIND_TLS_PROXY alone. By default gunicorn decides it, too: from every client on the same machine,
it takes X-Forwarded-Proto, -Protocol and -Ssl for the scheme, and the headers SCRIPT_NAME and
PATH_INFO for the address.
"""

import gc
import socket
import struct
from typing import Any

secure_scheme_headers: dict[str, str] = {}  # guard: H6
forwarder_headers = ""  # guard: H6

# A name and no class: the module is imported when gunicorn makes its logger.
logger_class = "ptcconsole.gunicorn_logs.ConsoleLogger"

# How long a connection may send nothing while the server reads a request from it, and how long it
# may take nothing while the server writes. gunicorn's gthread workers have no such limits.
RECEIVE_SECONDS, SEND_SECONDS = 5, 30


def when_ready(server: Any) -> None:
    """Set the time limits on the listening sockets, from which Linux copies them to connections.

    They end connections that stall, and not those that send one byte at a time: a proxy in front,
    which reads requests completely before it passes them on, protects against both.
    """
    for listener in server.LISTENERS:
        for option, seconds in (
            (socket.SO_RCVTIMEO, RECEIVE_SECONDS),  # guard: B9
            (socket.SO_SNDTIMEO, SEND_SECONDS),
        ):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


def post_fork(_server: Any, _worker: Any) -> None:
    """Load the application without garbage collection: nothing of it will be garbage."""
    gc.disable()


def post_worker_init(_worker: Any) -> None:
    """Load the pages, and prepare the calls to AWS in the background.

    In the worker and not while the module is imported: with gunicorn's `--preload`, a thread of the
    first process could hold a lock while a worker is forked, and the worker would wait for ever.

    What is loaded stays as long as the process, and is exempted from garbage collection: each full
    collection of it stopped all requests for 80 ms.
    """
    from django.template.loader import get_template
    from django.urls import get_resolver

    from wizard.services import preparation

    preparation.start()
    # What Django loads at the first request: the views, and the frame of all pages.
    _ = get_resolver().url_patterns
    get_template("overview/page.html")
    gc.freeze()
    gc.enable()
