"""Answers of an identity provider that must not count, from a provider that a test scripts."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.conf import LazySettings

from wizard.domain.errors import SingleSignOnRefused, SingleSignOnUnavailable
from wizard.gate import single_sign_on
from wizard.gate.single_sign_on import MOST_BYTES, SingleSignOnBackend

CLIENT_ID = "console"
PAYLOAD = {"sub": "alice", "iss": "x"}


@dataclass
class Provider:
    """What the provider answers by path, and what it was asked."""

    url: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def tell(self, path: str, content: Any) -> None:
        self.answers[path] = (200, {}, json.dumps(content).encode())


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.answers.get(self.path, (404, {}, b"{}"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Provider(url=f"http://127.0.0.1:{server.server_port}")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    document = {name: f"{found.url}/{name}" for name in names}
    found.tell("/.well-known/openid-configuration", {"issuer": found.url, **document})
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = found.url, CLIENT_ID
    settings.OIDC_CLIENT_SECRET = "secret"
    single_sign_on.forget_provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        single_sign_on.forget_provider()


def userinfo() -> dict[str, Any]:
    return SingleSignOnBackend().get_userinfo("access", "id", PAYLOAD)


@pytest.mark.promise("Z11")
def test_what_is_told_about_somebody_else_does_not_count(provider: Provider) -> None:
    provider.tell("/userinfo_endpoint", {"sub": "alice", "groups": ["team"]})
    assert userinfo()["groups"] == ["team"]
    for other in ({"sub": "mallory"}, {"sub": ["alice"]}, {}):
        provider.tell("/userinfo_endpoint", {**other, "groups": ["admins"]})
        with pytest.raises(SingleSignOnRefused, match="somebody else"):
            userinfo()


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(provider: Provider, status: int) -> None:
    provider.tell("/elsewhere", {"sub": "alice", "groups": ["admins"]})
    provider.answers["/userinfo_endpoint"] = (status, {"Location": "/elsewhere"}, b"{}")
    with pytest.raises(SingleSignOnUnavailable):
        userinfo()
    assert "/elsewhere" not in provider.asked


@pytest.mark.promise("Z11")
def test_an_answer_without_end_is_not_read(provider: Provider) -> None:
    provider.tell("/userinfo_endpoint", {"sub": "alice", "filling": "x" * (MOST_BYTES - 100)})
    assert userinfo()["sub"] == "alice"
    body = json.dumps({"sub": "alice"}).encode() + b" " * MOST_BYTES
    provider.answers["/userinfo_endpoint"] = (200, {}, body)
    with pytest.raises(SingleSignOnUnavailable, match="bytes"):
        userinfo()


# --- The identity token ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> Any:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def verify(provider: Provider, key: Any) -> Callable[..., dict[str, Any]]:
    """Verify a token that the provider's key has signed, with changes to claims and the key."""

    def run(*, of_key: dict[str, Any] | None = None, **claims: Any) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        public = {**public, "kid": "1", "use": "sig", **(of_key or {})}
        del public["key_ops"]
        provider.tell("/jwks_uri", {"keys": [public]})
        now = int(time.time())
        whole = {
            "iss": provider.url,
            "aud": CLIENT_ID,
            "sub": "alice",
            "nonce": "n",
            "iat": now,
            "exp": now + 60,
            **claims,
        }
        token = jwt.encode(whole, key, algorithm="RS256", headers={"kid": "1"})
        return SingleSignOnBackend().verify_token(token, nonce="n")

    return run


@pytest.mark.promise("Z11")
def test_a_key_that_is_not_for_signatures_does_not_count(
    verify: Callable[..., dict[str, Any]],
) -> None:
    assert verify()["sub"] == "alice"
    for other in ({"use": "enc"}, {"use": ""}, {"alg": "RS512"}, {"kid": "2"}):
        with pytest.raises(SingleSignOnRefused, match="none of the provider's keys"):
            verify(of_key=other)


@pytest.mark.promise("Z11")
def test_the_clocks_may_differ_by_a_minute_and_no_more(
    verify: Callable[..., dict[str, Any]],
) -> None:
    now = int(time.time())
    assert verify(iat=now + 40)["sub"] == "alice"
    assert verify(iat=now - 100, exp=now - 20)["sub"] == "alice"
    for claims in ({"iat": now + 300}, {"exp": now - 90}):
        with pytest.raises(SingleSignOnRefused):
            verify(**claims)
