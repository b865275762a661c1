"""A fast AWS of many accounts, for the figures of capacity: STS, Organizations, rules of Regions.

`python -m tests.benchmarks.fleet_aws [CERTIFICATE KEY]` prints its URL and serves until it is
terminated. `POST /settings` configures it, and `GET /seen` tells what it received (`Settings` and
`Seen` of `fleet_accounts`). One core answers some thousand calls a second, more than a console
asks. The access key of a session contains its account's ID, so that sessions need no memory and no
look-up. Every external ID is accepted: what is checked when an account is added, the simulated AWS
tells.
"""

import asyncio
import json
import re
import ssl
import sys
from dataclasses import asdict
from urllib.parse import parse_qsl

from tests.benchmarks.fleet_accounts import MANAGER, Fleet
from tests.benchmarks.fleet_answers import JSON, Answer, Call

_CREDENTIAL = re.compile(rb"Credential=([^/]+)/\d+/([a-z0-9-]+)/")
_TARGET = re.compile(rb"x-amz-target: *\w+\.(\w+)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SESSION = re.compile(r"ASIA(\d{12})")


class Connection(asyncio.Protocol):
    """One connection, whose requests come one after the other."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        """End the call that was given up."""
        if self._call is not None:
            self._fleet.end(self._call)
            self._call = None

    def data_received(self, data: bytes) -> None:
        """Answer a request that has arrived as a whole."""
        self._received += data
        head, gap, rest = self._received.partition(b"\r\n\r\n")
        if not gap:
            return
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return
        self._received = rest[size:]
        self._handle(head, rest[:size])

    def _handle(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"POST /settings"):
            self._fleet.set(json.loads(body))
            self._write((200, b"{}", JSON))
        elif head.startswith(b"GET /seen"):
            self._write((200, json.dumps(asdict(self._fleet.seen())).encode(), JSON))
        else:
            call = self._call = _read(head, body)
            seconds = self._fleet.begin(call)
            if seconds is not None:
                self._loop.call_later(seconds, self._answer, call)

    def _answer(self, call: Call) -> None:
        if self._call is not call:
            return
        self._call = None
        answer = self._fleet.answer(call)
        self._fleet.end(call)
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        status, body, content_type = answer
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\n"
            f"x-amzn-requestid: 0\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


def _read(head: bytes, body: bytes) -> Call:
    target, signed = _TARGET.search(head), _CREDENTIAL.search(head)
    members = json.loads(body or b"{}") if target else dict(parse_qsl(body.decode()))
    session = _SESSION.match(signed[1].decode()) if signed else None
    return Call(
        operation=target[1].decode() if target else str(members.get("Action", "")),
        account_id=session[1] if session else MANAGER,
        region=signed[2].decode() if signed else "",
        members=members,
    )


async def serve(fleet: Fleet, context: ssl.SSLContext | None) -> None:
    """Print the URL, and serve."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(fleet), "127.0.0.1", 0, backlog=1024, ssl=context
    )
    scheme = "https" if context else "http"
    sys.stdout.write(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    """Serve, over TLS if a certificate and its key are given."""
    context = None
    if arguments:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*arguments)
    asyncio.run(serve(Fleet(), context))


if __name__ == "__main__":
    main(sys.argv[1:])
