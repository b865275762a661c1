"""Connections: they stay open between requests, and end with the server."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from ptcconsole.fakeaws.loopback import LoopbackServer
from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.fakeaws.upstream import PretendUpstream

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-2/ecr/aws4_request"
HEADERS = {
    "Authorization": AUTHORIZATION,
    "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DescribePullThroughCacheRules",
}


@pytest.fixture
def connection(aws: FakeAws) -> Iterator[http.client.HTTPConnection]:
    """One connection to the simulated AWS."""
    made = http.client.HTTPConnection(urlsplit(aws.url).netloc, timeout=10)
    made.connect()
    yield made
    made.close()


def _describe(connection: http.client.HTTPConnection) -> dict[str, list[object]]:
    connection.request("POST", "/", body="{}", headers=HEADERS)
    answer = connection.getresponse()
    assert answer.getheader("Connection") is None
    body: dict[str, list[object]] = json.loads(answer.read())
    return body


def test_one_connection_takes_several_requests(connection: http.client.HTTPConnection) -> None:
    used = connection.sock
    for _ in range(3):
        assert _describe(connection) == {"pullThroughCacheRules": []}
    assert connection.sock is used


def test_a_body_that_nobody_reads_is_not_taken_for_the_next_request(
    connection: http.client.HTTPConnection,
) -> None:
    used = connection.sock
    connection.request("POST", "/", body="x" * 100_000, headers={"Origin": "http://web.example"})
    refused = connection.getresponse()
    assert (refused.status, refused.read()) == (403, b"The simulated AWS answers no web pages.")
    assert _describe(connection) == {"pullThroughCacheRules": []}
    assert connection.sock is used


def test_a_body_in_chunks_ends_where_it_says(connection: http.client.HTTPConnection) -> None:
    used = connection.sock
    for _ in range(2):
        connection.request("POST", "/", body=iter([b"{", b"}"]), headers=HEADERS)
        assert json.loads(connection.getresponse().read()) == {"pullThroughCacheRules": []}
    assert connection.sock is used


def test_a_connection_that_a_fault_closed_stays_closed(
    aws: FakeAws, connection: http.client.HTTPConnection
) -> None:
    _describe(connection)
    aws.unreachable(times=1)
    connection.request("POST", "/", body="{}", headers=HEADERS)
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()
    assert _describe(connection) == {"pullThroughCacheRules": []}


def test_a_server_that_stops_closes_its_connections() -> None:
    upstream = PretendUpstream()
    upstream.start()
    address = urlsplit(next(iter(upstream.base_urls.values())))
    with socket.create_connection((address.hostname or "", address.port or 0), 10) as idle:
        idle.sendall(b"GET /quay.io/v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 401 ")
        upstream.stop()
        while idle.recv(1000):
            pass


def test_a_failure_of_the_application_is_a_status_500() -> None:
    def broken(_environ: object, _start_response: object) -> list[bytes]:
        raise LookupError

    server = LoopbackServer(broken)
    server.start()
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request("GET", "/")
        assert connection.getresponse().status == 500
    finally:
        connection.close()
        server.stop()
