"""Settings and hooks of gunicorn: `gunicorn --config python:ptcconsole.gunicorn_conf`.

Whether the forwarded headers of a proxy are trusted is decided by the console's setting
BEHIND_TLS_PROXY alone. By default gunicorn decides it, too: from every client on the same machine,
it takes X-Forwarded-Proto, -Protocol and -Ssl for the scheme, and the headers SCRIPT_NAME and
PATH_INFO for the address.
"""

import socket
import struct
from typing import Any

secure_scheme_headers: dict[str, str] = {}  # guard: H6
forwarder_headers = ""  # guard: H6

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


def post_worker_init(_worker: Any) -> None:
    """Prepare the calls to AWS in the background, once a worker has loaded the application.

    In the worker and not while the module is imported: with gunicorn's `--preload`, a thread of the
    first process could hold a lock while a worker is forked, and the worker would wait for ever.
    """
    from wizard.services import preparation

    preparation.start()
