"""Answers of an identity provider that must not count, from a provider that a test scripts."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from wizard.domain import Role
from wizard.domain.errors import SingleSignOnRefused, SingleSignOnUnavailable
from wizard.gate import identity_provider
from wizard.gate.identity_provider import MOST_BYTES
from wizard.gate.single_sign_on_backend import SingleSignOnBackend
from wizard.models import ExternalIdentity
from wizard.services import access
from wizard.services.people import directory, external

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

    def told(self, path: str) -> Any:
        return json.loads(self.answers[path][2])


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.answers.get(self.path, (404, {}, b"{}"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
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
    identity_provider.forget_provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        identity_provider.forget_provider()


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


@pytest.mark.promise("Z11")
def test_an_answer_that_takes_too_long_is_not_read(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider, or a proxy before it, could send one byte at a time."""
    provider.tell("/userinfo_endpoint", {"sub": "alice"})
    assert userinfo()["sub"] == "alice"
    monkeypatch.setattr(identity_provider, "DEADLINE", -1.0)
    with pytest.raises(SingleSignOnUnavailable, match="TimeoutError"):
        userinfo()


_CUT_OFF = gzip.compress(bytes(range(256)) * 9)[:99]
ODD_BODIES = {
    "empty": ({}, b""),
    "a page of a proxy": ({}, b"<html>Please sign in</html>"),
    "a list": ({}, b"[]"),
    "another encoding": ({}, "é".encode("latin-1")),
    "nested without end": ({}, b"[" * 100_000),
    "nested objects": ({}, b'{"a":' * 50_000),
    "not compressed": ({"Content-Encoding": "gzip"}, b'{"sub": "alice"}'),
    "cut off in its compression": (
        {"Content-Encoding": "gzip"},
        gzip.compress(bytes(range(256)) * 9)[:99],
    ),
    "a number of 5,000 digits": ({}, b'{"sub": ' + b"9" * 5000 + b"}"),
}


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("odd", ODD_BODIES)
def test_an_answer_that_nobody_expects_is_told(provider: Provider, odd: str) -> None:
    provider.answers["/userinfo_endpoint"] = (200, *ODD_BODIES[odd])
    with pytest.raises(SingleSignOnUnavailable):
        userinfo()


@pytest.mark.promise("Z11")
def test_an_answer_that_breaks_off_is_told(provider: Provider) -> None:
    length = {"Content-Length": "1000", "Connection": "close"}
    provider.answers["/userinfo_endpoint"] = (200, length, b'{"sub": "alice"}')
    with pytest.raises(SingleSignOnUnavailable, match=r"IncompleteRead|ProtocolError"):
        userinfo()


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("methods", [None, 5, "client_secret_post", {}, []], ids=str)
def test_methods_that_are_no_list_mean_the_default(provider: Provider, methods: Any) -> None:
    path = "/.well-known/openid-configuration"
    provider.tell(path, {**provider.told(path), "token_endpoint_auth_methods_supported": methods})
    assert identity_provider.provider().wants_basic


@pytest.mark.django_db
@pytest.mark.promise("Z11")
@pytest.mark.parametrize("odd", ["", "a\0b", "\ud800", "x" * 256], ids=ascii)
def test_a_subject_that_no_database_stores_is_nobody(odd: str) -> None:
    with pytest.raises(SingleSignOnRefused, match="names nobody"):
        external.admit(issuer="x", subject=odd, claims={})


@pytest.mark.django_db
@pytest.mark.promise("Z11")
@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 255, 5, ["a@example.com"]], ids=ascii)
def test_other_odd_claims_leave_their_fields_empty(odd: Any) -> None:
    claims = {"email": odd, "preferred_username": odd, "name": odd, "groups": odd}
    person = external.admit(issuer="x", subject="alice", claims=claims)
    assert person.email == ""
    assert person.get_username().isprintable()


# --- The identity token ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> Any:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def verify(provider: Provider, key: Any) -> Callable[..., dict[str, Any]]:
    """Verify a token that the provider's key has signed, with changes to claims and the key.

    `before` are what the provider lists before the key.
    """

    def run(
        *, of_key: dict[str, Any] | None = None, before: Sequence[Any] = (), **claims: Any
    ) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        public = {**public, "kid": "1", "use": "sig", **(of_key or {})}
        del public["key_ops"]
        provider.tell("/jwks_uri", {"keys": [*before, public]})
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
        # PyJWT's encode refuses an issuer that is no text.
        payload = json.dumps(whole).encode()
        token = jwt.PyJWS().encode(payload, key, algorithm="RS256", headers={"kid": "1"})
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


@pytest.mark.promise("Z11")
def test_keys_that_are_no_keys_are_passed_over(verify: Callable[..., dict[str, Any]]) -> None:
    assert verify(before=["abc", None, 5, [], {}, {"kid": "1", "kty": "EC"}])["sub"] == "alice"


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("keys", [None, "abc", 5, {"kid": "1"}, [None], []], ids=str)
def test_a_list_of_keys_that_is_none_lets_nobody_in(
    provider: Provider, verify: Callable[..., dict[str, Any]], key: Any, keys: Any
) -> None:
    provider.tell("/jwks_uri", {"keys": keys})
    token = jwt.encode({"sub": "alice"}, key, algorithm="RS256", headers={"kid": "1"})
    with pytest.raises(SingleSignOnRefused):
        SingleSignOnBackend().verify_token(token, nonce="n")


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("of_key", [{"n": "x"}, {"n": 5}, {"e": []}, {"n": None}], ids=str)
def test_a_key_that_cannot_be_read_lets_nobody_in(
    verify: Callable[..., dict[str, Any]], of_key: dict[str, Any]
) -> None:
    with pytest.raises(SingleSignOnRefused):
        verify(of_key=of_key)


@pytest.mark.promise("Z11")
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ["alice"]},
        {"sub": 5},
        {"sub": None},
        {"iss": ["x"]},
        {"iss": None},
        {"aud": {}},
        {"aud": 5},
        {"exp": "x"},
        {"exp": float("nan")},
        {"iat": []},
        {"nonce": None},
        {"nonce": {"n": "n"}},
        {"azp": 5},
    ],
    ids=str,
)
def test_claims_of_another_type_let_nobody_in(
    verify: Callable[..., dict[str, Any]], claims: dict[str, Any]
) -> None:
    with pytest.raises(SingleSignOnRefused):
        verify(**claims)


@pytest.mark.promise("Z11")
@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "é.b.c", "." * 1000], ids=ascii)
def test_what_is_no_token_lets_nobody_in(provider: Provider, token: str) -> None:
    with pytest.raises(SingleSignOnRefused):
        SingleSignOnBackend().verify_token(token, nonce="n")


@pytest.mark.promise("Z11")
@pytest.mark.django_db
@pytest.mark.parametrize("groups", ["platform", ["other", "platform"]])
def test_one_group_need_not_be_a_list(settings: LazySettings, groups: Any) -> None:
    settings.OIDC_GRANTS = "platform=administrator"
    person = external.admit(issuer="x", subject="alice", claims={"groups": groups})
    assert access.is_administrator(user=person)


@pytest.mark.promise("Z11")
@pytest.mark.django_db
@pytest.mark.parametrize("groups", [{"platform": 1}, 7, None, "platform,other", ["Platform"]])
def test_odd_groups_give_nothing(settings: LazySettings, groups: Any) -> None:
    settings.OIDC_GRANTS = "platform=administrator"
    person = external.admit(issuer="x", subject="alice", claims={"groups": groups})
    assert not access.may_somewhere(user=person, role=Role.VIEWER)


@pytest.mark.promise("Z11")
@pytest.mark.django_db
def test_a_person_is_the_issuer_and_the_subject_together() -> None:
    def come(issuer: str, subject: str) -> User:
        return external.admit(issuer=issuer, subject=subject, claims={"name": "same"})

    identities = [("x", "alice"), ("x", "bob"), ("y", "alice")]
    people = [come(*each) for each in identities]
    assert len({person.pk for person in people}) == 3
    long_ago = timezone.now() - timedelta(days=30)
    ExternalIdentity.objects.update(signed_in_at=long_ago)
    for (issuer, subject), person in zip(identities, people, strict=True):
        assert come(issuer, subject) == person
        known = directory.external_identity(person)
        assert known is not None
        assert (known.issuer, known.subject) == (issuer, subject)
        assert known.signed_in_at > long_ago
        left = ExternalIdentity.objects.filter(signed_in_at=long_ago).count()
        assert left == len(identities) - 1 - identities.index((issuer, subject))
