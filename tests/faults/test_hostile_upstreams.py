"""Upstream registries that mean harm: where a credential test goes, and that it ends."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.scan.certificate import make_certificate
from tests.wizard.upstreams.registry import (
    CREDENTIAL,
    HUB,
    TOKENS,
    ScriptedRegistry,
    scripted_registry,
)
from wizard.domain.registries import registry_named
from wizard.domain.upstream_logins import LoginPlace
from wizard.upstreams import try_credential
from wizard.upstreams.sending import MOST_BYTES
from wizard.upstreams.trials import MOST_TRIALS

PLACE = LoginPlace.of(registry_named("docker-hub"), {})


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with scripted_registry() as found:
        found.asks_for_token()
        found.answers["/tokens/token"] = (200, {}, b'{"token": "given.one"}')
        found.answers["/hub/v2/#token"] = (200, {}, b"{}")
        yield found


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("realm", "verdict"),
    [
        ("http://169.254.169.254/latest/meta-data/", "unexpected"),
        ("https://169.254.169.254/token", "strange-token-host"),
        ("https://[::ffff:169.254.169.254]/token", "strange-token-host"),
        ("https://auth.docker.io.evil.example/token", "strange-token-host"),
        ("https://evil.example/token#auth.docker.io", "unexpected"),
        ("https://evil.example/token?auth.docker.io", "strange-token-host"),
        ("https://auth.docker.io@evil.example/token", "unexpected"),
        ("https://evil.example@auth.docker.io/token", "unexpected"),
        ("https://evil.example\\@auth.docker.io/token", "unexpected"),
        ("https://auth.docker.io:8443/token", "unexpected"),
        ("https://auth.docker.io:99999/token", "unexpected"),
        ("http://auth.docker.io/token", "unexpected"),
        ("ftp://auth.docker.io/token", "unexpected"),
        ("//auth.docker.io/token", "unexpected"),
        ("/token", "unexpected"),
        ("", "unexpected"),
        ("https://", "strange-token-host"),
        ("https://auth.docker.io/a b", "unexpected"),
        ("https://auth.docker.io/" + "x" * 3000, "unexpected"),
        ("https://gitlab.com/jwt/auth", "strange-token-host"),
        ("https://xn--auth-docker-io/token", "strange-token-host"),
    ],
)
def test_a_realm_elsewhere_is_never_asked(
    registry: ScriptedRegistry, realm: str, verdict: str
) -> None:
    challenge = f'Bearer realm="{realm}",service="hub"'
    registry.answers["/hub/v2/"] = (401, {"WWW-Authenticate": challenge}, b"")
    assert registry.test().verdict == verdict
    assert [each.authorization for each in registry.seen] == [""]


@pytest.mark.promise("I12")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/hub/v2/", "/tokens/token", "/hub/v2/#token"])
def test_no_redirect_of_an_upstream_is_followed(
    registry: ScriptedRegistry, status: int, path: str
) -> None:
    target = {"Location": f"{registry.url}/elsewhere"}
    registry.answers[path] = (status, target, b"")
    assert registry.test().verdict == "unexpected"
    assert not any("elsewhere" in each.path for each in registry.seen)


@contextmanager
def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> Iterator[list[str]]:
    """A name server that answers with these addresses for each name, and the names it was asked."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        with suppress(socket.gaierror):
            # An address is not looked up.
            return look_up(host, port, *args, **{**kwargs, "flags": socket.AI_NUMERICHOST})
        asked.append(host)
        return [
            (family, socket.SOCK_STREAM, 6, "", where)
            for family, *_others, where in (
                look_up(each, port, type=socket.SOCK_STREAM)[0] for each in addresses
            )
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    yield asked


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.1.2.3",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("224.0.0.1",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("::ffff:169.254.169.254",),
        ("fd00:ec2::254",),
        ("fe80::1",),
        ("64:ff9b::a9fe:a9fe",),
        ("2002:7f00:1::",),
        ("10.1.2.3", "198.41.0.4"),
    ],
)
def test_a_name_with_an_internal_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with looked_up(monkeypatch, *addresses) as asked:
        assert try_credential(PLACE, CREDENTIAL, stand_ins={}).verdict == "internal-address"
    assert asked == [HUB]


@pytest.mark.promise("I12")
def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second lookup, which could answer otherwise, is never made."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    connected: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        connected.append(address[:2])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with looked_up(monkeypatch, "198.41.0.4", "127.0.0.1") as asked:
        assert try_credential(PLACE, CREDENTIAL, stand_ins={}).verdict == "no-connection"
    assert (asked, connected) == ([HUB], [("198.41.0.4", 443)])


@pytest.mark.promise("I12")
def test_a_certificate_of_another_host_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Through a proxy, which leads to a server that is not the registry."""
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    read: list[bytes] = []

    def pretend(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            read.append(secure.recv(4096))

    with raw_server(pretend) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))
        assert try_credential(PLACE, CREDENTIAL, stand_ins={}).verdict == "certificate"
    assert read == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "proxy"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "proxy"),
        (b"", "no-connection"),
    ],
)
def test_a_proxy_that_does_not_connect_is_told(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, verdict: str
) -> None:
    asked: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        connection.sendall(answer)

    with raw_server(refuse) as url:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "")
        assert try_credential(PLACE, CREDENTIAL, stand_ins={}).verdict == verdict
    assert asked[0].startswith(b"CONNECT registry-1.docker.io:443")


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that is no more than a function of each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _address = listener.accept()
                    with connection, suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


_OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.promise("I13")
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"", "no-connection"),
        (b"nonsense\r\n\r\n", "no-connection"),
        (_OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n", "no-connection"),
        (_OK + b"X: y\r\n" * 1000 + b"\r\n", "no-connection"),
        (_OK + b"Content-Length: 100\r\n\r\nx", "unexpected"),
        (_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "unexpected"),
        (_OK + b"\r\n" + b"x" * (MOST_BYTES + 1), "unexpected"),
        (_OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 40_000_000), "not-asked"),
    ],
    ids=["nothing", "no HTTP", "huge header", "many headers", "short", "chunks", "long", "bomb"],
)
def test_whatever_an_upstream_sends_has_a_verdict(answer: bytes, verdict: str) -> None:
    def send(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with raw_server(send) as url:
        judged = try_credential(PLACE, CREDENTIAL, stand_ins={HUB: url, TOKENS: url})
    assert judged.verdict == verdict


@pytest.mark.promise("I13")
@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX: ", _OK + b"\r\n"], ids=["header", "body"])
def test_a_test_ends_at_its_deadline_and_so_does_its_thread(part: bytes) -> None:
    """An upstream that sends a byte now and then keeps no thread longer than the deadline."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(part)
        try:
            while not ended.wait(0.02):
                connection.sendall(b"x")
        except OSError:
            ended.set()

    def trials() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "credential-trial"]

    with raw_server(drip) as url:
        stand_ins = {HUB: url, TOKENS: url}
        begun = time.monotonic()
        judged = try_credential(PLACE, CREDENTIAL, stand_ins=stand_ins, deadline=0.3)
        assert judged.verdict == "no-answer"
        for thread in trials():
            thread.join(10)
        assert time.monotonic() - begun < 8
        assert ended.wait(10)
    assert trials() == []


@pytest.mark.promise("I13")
def test_tests_that_hang_take_no_more_than_their_places(registry: ScriptedRegistry) -> None:
    hangs = threading.Event()

    def wait(connection: socket.socket) -> None:
        connection.recv(4096)
        hangs.wait(30)

    with raw_server(wait) as url:
        stand_ins = {HUB: url, TOKENS: url}
        waiting = [
            threading.Thread(
                target=lambda: try_credential(PLACE, CREDENTIAL, stand_ins=stand_ins, deadline=20)
            )
            for _ in range(MOST_TRIALS)
        ]
        for thread in waiting:
            thread.start()
        while len([1 for each in threading.enumerate() if each.name == "credential-trial"]) < 4:
            hangs.wait(0.01)
        assert registry.test().verdict == "busy"
        hangs.set()
        for thread in waiting:
            thread.join()
    assert registry.test().verdict == "accepted"
