"""AWS over TLS and through a proxy: what works, and the words for what does not."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import botocore.endpoint
import pytest
from botocore.exceptions import ProxyConnectionError

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.scan.certificate import Certificate, make_certificate
from tests.wizard.conftest import TARGET
from wizard.backend import account, clients, ecr
from wizard.domain import NewRule
from wizard.domain.changes import permitted
from wizard.domain.errors import (
    AwsError,
    CertificateNotTrusted,
    ProxyUnreachable,
    RegionUnreachable,
    is_answer_lost,
)

CANARY = "canary-password"
LIST = f"/{ACCOUNT}/{REGION}/rules/"
QUAY = NewRule(ecr_repository_prefix="quay", upstream_registry_url="quay.io")


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture
def environment(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables for the console's next clients. botocore does not pause between attempts."""
    clients.forget()
    account._identity_of.cache_clear()
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    yield monkeypatch
    monkeypatch.undo()
    clients.forget()


@pytest.fixture
def tls(environment: pytest.MonkeyPatch, certificate: Certificate) -> Iterator[str]:
    """The simulated AWS over TLS, with a certificate that only AWS_CA_BUNDLE makes trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with FakeAws(tls=context) as fake:
        environment.setenv("AWS_ENDPOINT_URL", fake.url)
        environment.setenv("AWS_CA_BUNDLE", str(certificate.certificate))
        yield fake.url


class _Proxy(BaseHTTPRequestHandler):
    """A proxy: it connects (CONNECT) or answers with a status of its own."""

    server: "_ProxyServer"

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)
        if self.server.status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = b"" if self.server.status == 200 else b"<html>No</html>"
        self.send_response(self.server.status)
        if body:
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if not body:
            self._tunnel()

    def do_POST(self) -> None:
        """A call over HTTP, which the proxy answers itself."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<html>No</html>")

    def _tunnel(self) -> None:
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as far:
            back = threading.Thread(target=_copy, args=(far, self.connection), daemon=True)
            back.start()
            _copy(self.connection, far)
            back.join()
        self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        """Write nothing to stderr."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class _ProxyServer(ThreadingHTTPServer):
    daemon_threads = True
    status = 200

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Proxy)

    def handle_error(self, *_args: Any) -> None:
        """A connection that a client closed."""


@pytest.fixture
def proxy(environment: pytest.MonkeyPatch) -> Iterator[_ProxyServer]:
    """A proxy that HTTPS_PROXY and HTTP_PROXY name."""
    with ExitStack() as stack:
        server = stack.enter_context(_ProxyServer())
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            environment.setenv(name, f"http://me:{CANARY}@127.0.0.1:{server.server_address[1]}")
        environment.setenv("NO_PROXY", "")
        environment.setenv("no_proxy", "")
        yield server


def test_a_page_is_read_over_tls_if_the_bundle_has_the_authority(person: Person, tls: str) -> None:
    with permitted("a test"):
        ecr.create_rule(TARGET, QUAY)
    person.open(LIST)
    assert person.status == 200
    assert person.page.find("th", string="quay")


def test_the_bundle_can_be_in_aws_s_configuration_file(
    person: Person, tls: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = os.environ["AWS_CA_BUNDLE"]
    environment.delenv("AWS_CA_BUNDLE")
    (tmp_path / "config").write_text(f"[default]\nca_bundle = {bundle}\n")
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    clients.forget()
    person.open(LIST)
    assert person.status == 200


def test_without_the_bundle_the_page_names_it(
    person: Person, tls: str, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("AWS_CA_BUNDLE")
    clients.forget()
    person.open(LIST)
    assert person.status == 502
    assert "The certificate of the AWS endpoint is not trusted" in person.text
    assert "self-signed certificate" in person.text
    assert "AWS_CA_BUNDLE" in person.text


def test_a_certificate_of_another_host_is_named(tls: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", tls.replace("127.0.0.1", "localhost"))
    with pytest.raises(CertificateNotTrusted) as caught:
        ecr.describe_rules(TARGET)
    words = f"localhost:{urlsplit(tls).port}: the certificate is of another host."
    assert caught.value.message == words
    assert not is_answer_lost(caught.value)


def test_a_server_without_tls_is_not_told_as_a_certificate(
    aws: FakeAws, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("AWS_ENDPOINT_URL", aws.url.replace("http://", "https://"))
    with pytest.raises(RegionUnreachable) as caught:
        ecr.describe_rules(TARGET)
    assert not isinstance(caught.value, CertificateNotTrusted)
    assert "did not complete the TLS handshake" in caught.value.message


def test_a_proxy_that_connects_is_used(person: Person, tls: str, proxy: _ProxyServer) -> None:
    person.open(LIST)
    assert person.status == 200
    assert set(proxy.asked) == {urlsplit(tls).netloc}


ENDPOINTS = {
    "none": (
        "NOTHING",
        {
            "api.ecr.us-east-2.amazonaws.com",
            "secretsmanager.us-east-2.amazonaws.com",
            "sts.us-east-2.amazonaws.com",
            "iam.amazonaws.com",
        },
    ),
    "FIPS": (
        "AWS_USE_FIPS_ENDPOINT",
        {
            "api.ecr-fips.us-east-2.amazonaws.com",
            "secretsmanager-fips.us-east-2.amazonaws.com",
            "sts-fips.us-east-2.amazonaws.com",
            "iam-fips.amazonaws.com",
        },
    ),
    "dual-stack": (
        "AWS_USE_DUALSTACK_ENDPOINT",
        {
            "ecr.us-east-2.api.aws",
            # The host without another name has both kinds of addresses.
            "secretsmanager.us-east-2.amazonaws.com",
            "sts.us-east-2.api.aws",
            "iam.global.api.aws",
        },
    ),
}


@pytest.mark.parametrize(("variable", "hosts"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_a_proxy_is_asked_for_the_endpoints_that_a_variable_chooses(
    proxy: _ProxyServer, environment: pytest.MonkeyPatch, variable: str, hosts: set[str]
) -> None:
    environment.delenv("AWS_ENDPOINT_URL")
    environment.setenv(variable, "true")
    proxy.status = 502
    clients.renewable_session().account_id = ACCOUNT
    for call in (
        clients.ecr(TARGET).describe_pull_through_cache_rules,
        clients.secretsmanager(TARGET).list_secrets,
        clients.sts(REGION).get_caller_identity,
        clients.iam(ACCOUNT).list_roles,
    ):
        with pytest.raises(ProxyConnectionError):
            call()
    assert set(proxy.asked) == {f"{host}:443" for host in hosts}


def test_what_no_proxy_lists_is_reached_directly(
    person: Person, tls: str, proxy: _ProxyServer, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("NO_PROXY", "127.0.0.1")
    environment.setenv("no_proxy", "127.0.0.1")
    proxy.status = 502
    person.open(LIST)
    assert person.status == 200
    assert proxy.asked == []


@pytest.mark.parametrize("status", [302, 403, 407, 500, 502, 503, 504])
def test_a_proxy_that_does_not_connect_is_named_and_nothing_was_made(
    tls: str, proxy: _ProxyServer, status: int
) -> None:
    proxy.status = status
    for call in (lambda: ecr.describe_rules(TARGET), lambda: ecr.create_rule(TARGET, QUAY)):
        with pytest.raises(ProxyUnreachable) as caught, permitted("a test"):
            call()
        assert f"127.0.0.1:{proxy.server_address[1]}" in caught.value.message
        assert CANARY not in caught.value.message
        assert ("(407)" in caught.value.message) is (status == 407)


def test_a_proxy_that_closes_the_connection_is_no_dead_region_without_words(
    person: Person, tls: str, proxy: _ProxyServer
) -> None:
    proxy.status = 0
    person.open(LIST)
    assert person.status in (502, 504)
    assert "doesn't respond" in person.text


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (200, "Another system answered instead of AWS"),
        (302, "Another system answered instead of AWS"),
        (403, "Another system answered instead of AWS"),
        (407, "The proxy between the console and AWS doesn't respond"),
        (502, "AWS returned an internal error"),
    ],
)
def test_a_proxy_that_answers_itself_is_not_taken_for_aws(
    person: Person, proxy: _ProxyServer, status: int, title: str
) -> None:
    """Over HTTP, the proxy gets the call itself."""
    proxy.status = status
    person.open(LIST)
    assert person.status == 502
    assert title in person.text
    with pytest.raises(AwsError) as caught, permitted("a test"):
        ecr.create_rule(TARGET, QUAY)
    assert is_answer_lost(caught.value)
