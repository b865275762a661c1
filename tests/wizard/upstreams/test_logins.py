"""What becomes of a login at an upstream, and what is said about it."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptcconsole.fakeaws.upstream import ACCOUNTS, PretendUpstream
from tests.fakeaws.registries import TokenServer, real_registry, real_token_registry
from tests.wizard.upstreams.registry import (
    BASIC,
    CREDENTIAL,
    HUB,
    TOKEN,
    ScriptedRegistry,
    scripted_registry,
)
from wizard.domain import Credential
from wizard.domain.registries import REGISTRIES, registry_named
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace, LoginVerdict
from wizard.upstreams import try_credential
from wizard.upstreams.challenges import challenge_of
from wizard.words import judged_login

COUNTED = "/hub/v2/ratelimitpreview/test/manifests/latest"


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with scripted_registry() as found:
        found.asks_for_token()
        found.answers["/tokens/token"] = (200, {}, b'{"token": "given.one"}')
        found.answers["/hub/v2/#token"] = (200, {}, b"{}")
        yield found


@pytest.fixture(scope="module")
def pretend() -> Iterator[PretendUpstream]:
    upstream = PretendUpstream()
    upstream.start()
    yield upstream
    upstream.stop()


def test_a_real_registry_with_passwords_judges_a_credential(tmp_path: Path) -> None:
    place = LoginPlace.of(registry_named("chainguard"), {})
    with real_registry(tmp_path, "demo", TOKEN) as url:
        stand_ins = {"cgr.dev": url}
        assert try_credential(place, CREDENTIAL, stand_ins=stand_ins).verdict == "accepted"
        for wrong in (Credential(username="demo", access_token="x"), _with_name("other")):
            assert try_credential(place, wrong, stand_ins=stand_ins).verdict == "wrong"


def test_a_real_registry_with_a_token_service_judges_a_credential(tmp_path: Path) -> None:
    place = LoginPlace.of(registry_named("gitlab-container-registry"), {})
    with TokenServer("demo", TOKEN) as tokens, real_token_registry(tmp_path, tokens) as url:
        stand_ins = {"registry.gitlab.com": url, "gitlab.com": tokens.url}
        assert try_credential(place, CREDENTIAL, stand_ins=stand_ins).verdict == "accepted"
        assert tokens.asked == 1
        wrong = Credential(username="demo", access_token="x")
        assert try_credential(place, wrong, stand_ins=stand_ins).verdict == "wrong"
        # The token service of another host than the catalogue's is not asked.
        strange = {"registry.gitlab.com": url, "gitlab.example": tokens.url}
        judged = try_credential(place, CREDENTIAL, stand_ins=strange)
        assert (judged.verdict, judged.detail) == ("strange-token-host", "gitlab.example")
        assert tokens.asked == 2


@pytest.mark.parametrize("name", [each.name for each in REGISTRIES if each.needs_secret])
def test_each_upstream_of_the_simulation_judges_a_credential(
    pretend: PretendUpstream, name: str
) -> None:
    place = LoginPlace.of(registry_named(name), {"registry_name": "myregistry"})
    for username, token in ACCOUNTS.items():
        credential = Credential(username=username, access_token=token)
        judged = try_credential(place, credential, stand_ins=pretend.base_urls)
        assert judged.verdict in ("accepted", "missing-scope", "rate-limited")
        other = Credential(username=username, access_token=f"{token}x")
        assert try_credential(place, other, stand_ins=pretend.base_urls).verdict == "wrong"


def test_docker_hub_tells_the_remaining_pulls(pretend: PretendUpstream) -> None:
    place = LoginPlace.of(registry_named("docker-hub"), {})

    def judged(username: str) -> LoginJudgement:
        credential = Credential(username=username, access_token=ACCOUNTS[username])
        return try_credential(place, credential, stand_ins=pretend.base_urls)

    told = judged("demo")
    assert (told.remaining, told.limit, told.window) == (199, 200, 21600)
    assert "199 of 200 pulls in 6 hours remain." in judged_login(told, registry="").lines
    limited = judged("limited")
    assert (limited.verdict, limited.status, limited.retry_after) == ("rate-limited", 429, 3600)
    shown = judged_login(limited, registry="docker-hub").lines
    assert "The registry asks to wait 60 minutes before the next request." in shown


def test_the_credential_goes_to_the_token_service_alone_and_in_no_url(
    registry: ScriptedRegistry,
) -> None:
    registry.answers[COUNTED] = (
        200,
        {"RateLimit-Remaining": "5;w=60", "RateLimit-Limit": "9"},
        b"",
    )
    judged = registry.test()
    assert (judged.verdict, judged.remaining, judged.limit) == ("accepted", 5, 9)
    sent = {each.path.partition("?")[0]: each.authorization for each in registry.seen[1:]}
    assert sent == {
        "/tokens/token": BASIC,
        "/hub/v2/": "Bearer given.one",
        COUNTED: "Bearer given.one",
    }
    assert registry.seen[0].authorization == ""
    assert {each.method for each in registry.seen} == {"GET", "HEAD"}
    assert registry.seen[-1].method == "HEAD"
    assert "scope=repository%3Aratelimitpreview%2Ftest%3Apull" in registry.seen[1].path
    assert not any("canary" in each.path for each in registry.seen)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (401, b'{"details": "incorrect username or password"}', "wrong"),
        (401, b"", "wrong"),
        (403, b'{"errors":[{"code":"DENIED","message":"denied"}]}', "denied"),
        (403, b"The token provided does not match expected scopes.", "missing-scope"),
        (429, b"", "rate-limited"),
        (500, b"", "unexpected"),
        (404, b"", "unexpected"),
        (301, b"", "unexpected"),
        (200, b"", "unexpected"),
        (200, b"[]", "unexpected"),
        (200, b'{"token": 5}', "unexpected"),
        (200, b'{"token": ""}', "unexpected"),
        (200, b'{"token": "a\\r\\nX-Sent: b"}', "unexpected"),
        (200, b'{"access_token": "given.one"}', "accepted"),
    ],
)
def test_each_answer_of_a_token_service_has_a_verdict(
    registry: ScriptedRegistry, status: int, body: bytes, verdict: str
) -> None:
    registry.answers["/tokens/token"] = (status, {}, body)
    assert registry.test().verdict == verdict


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("-1", 0),
        ("soon", 0),
        ("9" * 40, 0),
        ("999999999", 7 * 24 * 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2065 07:28:00 GMT", 7 * 24 * 3600),
        ("Wed, 21 Oct 2065 07:28:00", 0),
    ],
)
def test_the_wait_of_a_rate_limit_is_a_number_or_a_date(
    registry: ScriptedRegistry, header: str, seconds: int
) -> None:
    registry.answers["/hub/v2/"] = (429, {"Retry-After": header}, b"")
    judged = registry.test()
    assert (judged.verdict, judged.retry_after) == ("rate-limited", seconds)


def test_a_registry_that_asks_for_nothing_judges_nothing(registry: ScriptedRegistry) -> None:
    registry.answers["/hub/v2/"] = (200, {}, b"{}")
    assert registry.test().verdict == "not-asked"
    for header in ("", "Negotiate", 'Digest realm="x"', "x" * 10_000):
        registry.answers["/hub/v2/"] = (401, {"WWW-Authenticate": header}, b"{}")
        assert registry.test().verdict == "unexpected"
    assert all(each.authorization == "" for each in registry.seen)


def test_a_simulation_asks_no_host_but_its_own(registry: ScriptedRegistry) -> None:
    assert registry.test("chainguard").verdict == "no-connection"
    assert registry.seen == []


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        (
            'Bearer realm="https://a/b",service="c"',
            "bearer",
            {"realm": "https://a/b", "service": "c"},
        ),
        (
            'bearer REALM="a, b" , scope="x:y:pull,push"',
            "bearer",
            {"realm": "a, b", "scope": "x:y:pull,push"},
        ),
        ('Basic realm="x", Bearer realm="y"', "bearer", {"realm": "y"}),
        ("Basic", "basic", {}),
        ('Negotiate, Basic realm="q\\"uoted"', "basic", {"realm": 'q"uoted'}),
        ("Bearer realm=plain", "bearer", {"realm": "plain"}),
        ('Bearer realm="unclosed', "bearer", {}),
    ],
)
def test_a_challenge_is_read_as_http_defines_it(
    header: str, scheme: str, parameters: dict[str, str]
) -> None:
    found = challenge_of(header)
    assert found is not None
    assert (found.scheme, dict(found.parameters)) == (scheme, parameters)


@pytest.mark.parametrize("verdict", list(LoginVerdict))
def test_each_verdict_has_a_title_and_a_remedy(verdict: LoginVerdict) -> None:
    judged = LoginJudgement(verdict=verdict, host=HUB, detail="elsewhere.example", retry_after=90)
    for each in REGISTRIES:
        shown = judged_login(judged, registry=each.name)
        assert shown.title
        assert all(shown.lines)
        told = verdict is not LoginVerdict.ACCEPTED
        assert ("You can continue without a successful test." in shown.lines) == told


def test_the_canary_of_these_tests_is_what_is_sent() -> None:
    assert base64.b64decode(BASIC.removeprefix("Basic ")).decode() == f"demo:{TOKEN}"


def _with_name(username: str) -> Credential:
    return Credential(username=username, access_token=TOKEN)
