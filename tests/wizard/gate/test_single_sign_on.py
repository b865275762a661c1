"""Single sign-on with a real OpenID Connect provider in a separate process."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.oidc_provider.running import (
    CLIENT_ID,
    ProviderBrowser,
    RunningProvider,
    running_provider,
)
from tests.person import ACCOUNT, REGION
from wizard.domain import EVERYWHERE, Place, Role, Scope
from wizard.domain.errors import LastAdministrator
from wizard.gate import identity_provider, sign_on_rounds, single_sign_on
from wizard.models import AuditEvent, AuditOutcome, ExternalIdentity, LiveSession
from wizard.services.access import forget_grants
from wizard.services.people import directory, tokens
from wizard.services.people import sign_in as links

pytestmark = pytest.mark.django_db

START = "/single-sign-on/"
CALLBACK = "/single-sign-on/callback/"
GRANTS = f"platform=administrator,team=operator@{ACCOUNT}/{REGION},everyone=viewer"


@pytest.fixture(scope="session")
def running() -> Iterator[RunningProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: RunningProvider, settings: Settings) -> Iterator[RunningProvider]:
    """The provider, telling the truth of Alice, who is in one group; the console knows of it."""
    settings.OIDC_ISSUER = running.issuer
    settings.OIDC_CLIENT_ID = CLIENT_ID
    settings.OIDC_CLIENT_SECRET = running.secret
    settings.OIDC_GRANTS = GRANTS
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, single_sign_on.BACKEND]
    running.lie()
    running.add_person("alice", "team")
    identity_provider.forget_provider()
    yield running
    identity_provider.forget_provider()


def sent_to(client: Client, url: str = START) -> str:
    """Begin, and return the address at the provider."""
    answer = client.get(url)
    assert answer.status_code == 302, answer.text
    return str(answer["Location"])


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def come_in(client: Client, name: str = "alice", *, start: str = START) -> Any:
    """The whole way through the provider; the console's answer at its end."""
    return client.get(local(ProviderBrowser().go(sent_to(client, start), name)))


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def alice() -> User:
    user = User.objects.get(username="alice")
    forget_grants(user)
    return user


# --- The way in ---------------------------------------------------------------------------------


def test_the_sign_in_page_offers_it_only_where_it_is_set_up(
    client: Client, settings: Settings
) -> None:
    assert "single sign-on" not in client.get("/sign-in/").text
    settings.OIDC_ISSUER = "https://login.example.com"
    page = client.get("/sign-in/?next=/account/")
    assert 'href="/single-sign-on/?next=%2Faccount%2F"' in page.text


@pytest.mark.parametrize("url", [START, CALLBACK])
def test_without_a_provider_there_is_no_such_page(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_the_request_is_bound_to_its_browser_and_its_code(
    provider: RunningProvider, client: Client
) -> None:
    asked = parse_qs(urlsplit(sent_to(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 32
    assert asked["redirect_uri"] == [f"http://testserver{CALLBACK}"]
    assert asked["client_id"] == [CLIENT_ID]
    assert "prompt" not in asked
    # Asked for so that the provider says when it asked for the password.
    assert asked["max_age"] == [str(12 * 3600)]
    again = parse_qs(urlsplit(sent_to(client)).query)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]


def test_somebody_new_comes_in_with_the_grants_of_their_groups(
    provider: RunningProvider, client: Client
) -> None:
    answer = come_in(client, start=f"{START}?next=/account/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    page = client.get("/account/")
    assert "by single sign-on at" in page.text
    assert directory.grants_of(alice()) == {Place(account_id=ACCOUNT, region=REGION): Role.OPERATOR}
    assert not alice().has_usable_password()
    assert alice().email == "alice@example.com"
    assert not alice().is_superuser
    identity = ExternalIdentity.objects.get()
    assert (identity.issuer, identity.user) == (provider.issuer, alice())
    assert LiveSession.objects.get().way == "sso"


def test_the_session_key_changes_on_the_way_in(provider: RunningProvider, client: Client) -> None:
    url = sent_to(client)
    before = client.session.session_key
    client.get(local(ProviderBrowser().go(url)))
    assert client.session.session_key != before


def test_it_is_audited_as_the_persons_own_doing(provider: RunningProvider, client: Client) -> None:
    come_in(client)
    event = AuditEvent.objects.filter(action="SignIn").get()
    assert (event.username, event.user_id) == ("alice", alice().pk)
    assert event.after == {"way": "sso"}
    assert event.outcome == AuditOutcome.SUCCEEDED
    assert AuditEvent.objects.filter(action="AddPerson", subject="alice").exists()


def test_the_same_person_is_found_again_whatever_they_are_called(
    provider: RunningProvider, client: Client
) -> None:
    come_in(client)
    provider.lie(preferred_username="alice-married", email="other@example.com")
    come_in(Client())
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


def test_a_local_person_of_the_same_name_stays_somebody_else(
    provider: RunningProvider, client: Client
) -> None:
    local_alice = User.objects.create_superuser("alice", email="alice@example.com")
    come_in(client)
    newcomer = ExternalIdentity.objects.get().user
    assert newcomer != local_alice
    assert newcomer.username == "alice-2"
    assert not directory.grants_of(newcomer).get(EVERYWHERE)


def test_a_group_that_is_gone_takes_its_grant_at_the_next_sign_in(
    provider: RunningProvider, client: Client
) -> None:
    provider.add_person("alice", "team", "platform")
    come_in(client)
    assert directory.grants_of(alice())[EVERYWHERE] is Role.ADMINISTRATOR
    provider.add_person("alice", "everyone")
    come_in(Client())
    assert directory.grants_of(alice()) == {EVERYWHERE: Role.VIEWER}
    provider.add_person("alice")
    last = Client()
    come_in(last)
    assert directory.grants_of(alice()) == {}
    assert last.get("/").status_code == 403
    changes = AuditEvent.objects.filter(action="ChangeGrants").order_by("sequence")
    assert changes.last() is not None
    assert changes.last().before["grants"][0]["role"] == "viewer"  # type: ignore[union-attr]


def test_without_group_grants_an_administrator_gives_them(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    settings.OIDC_GRANTS = ""
    come_in(client)
    assert directory.grants_of(alice()) == {}
    directory.give_grant(user=alice(), place=EVERYWHERE, role=Role.VIEWER)
    come_in(Client())
    assert directory.grants_of(alice()) == {EVERYWHERE: Role.VIEWER}


# --- Whom the provider has let go ---------------------------------------------------------------

PASSWORD = "correct horse battery staple"


def test_no_password_goes_past_the_provider_but_a_link_does(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    come_in(client)
    assert "/account/password/" not in client.get("/account/").text
    new = {"new_password": PASSWORD, "new_password_again": PASSWORD}
    for answer in (client.get("/account/password/"), client.post("/account/password/", new)):
        assert answer.status_code == 403
        assert "The single sign-on provider determines" in answer.text
    assert not alice().has_usable_password()
    # One of before the groups decided.
    directory.set_password(user=alice(), password=PASSWORD)
    typed = [{"username": "alice", "password": text} for text in (PASSWORD, "wrong")]
    answers = [Client().post("/sign-in/", data) for data in typed]
    assert [answer.status_code for answer in answers] == [422, 422]
    errors = [answer.context["form"].non_field_errors() for answer in answers]
    assert errors[0] == errors[1]
    failed = AuditEvent.objects.filter(action="SignIn", subject="alice", outcome="failed")
    assert failed.count() == AccessAttempt.objects.get().failures_since_start == 2
    # What an administrator wants for once.
    late = Client()
    assert late.post(f"/sign-in/{links.create_link_for(alice())}/").status_code == 303
    assert is_in(late)
    make_stale(late)
    assert 'type="password"' not in late.get("/confirm-identity/").text
    assert late.post("/confirm-identity/", {"password": PASSWORD}).status_code == 422
    # Where administrators give the grants, they are who decides.
    settings.OIDC_GRANTS = ""
    assert Client().post("/sign-in/", typed[0]).status_code == 303


def test_grants_of_the_provider_hold_for_a_week_after_it_was_asked(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    provider.add_person("alice", "platform")
    come_in(client)
    text, _ = tokens.create_token(user=alice(), name="x", scopes=[Scope.AUDIT_READ], days=365)
    root = User.objects.create_superuser("root")

    def statuses() -> list[int]:
        token = Client().get(
            "/audit/export/?format=jsonl", headers={"Authorization": f"Bearer {text}"}
        )
        return [client.get("/people/").status_code, token.status_code]

    def let_pass(hours: int) -> None:
        came = timezone.now() - timedelta(hours=hours)
        ExternalIdentity.objects.update(signed_in_at=came)

    let_pass(167)
    assert statuses() == [200, 200]
    let_pass(169)
    assert statuses() == [403, 403]
    page = client.get("/account/").text
    assert "No permissions" in page
    assert "Unless you sign in again" in page
    other = Client()
    other.force_login(root)
    assert "all permissions expire on" in other.get(f"/people/{alice().pk}/").text
    # Nobody else is touched, and nobody counts on her.
    with pytest.raises(LastAdministrator):
        directory.set_grants(user=root, grants={})
    come_in(client)
    assert statuses() == [200, 200]
    assert "Administrator" in client.get("/account/").text
    directory.set_grants(user=root, grants={})
    let_pass(169)
    settings.OIDC_GRANTS = ""
    assert statuses() == [200, 200]


# --- What is refused ----------------------------------------------------------------------------


def refused(answer: Any, client: Client) -> bool:
    assert answer.status_code == 403, answer.status_code
    assert "Single sign-on failed" in answer.text
    assert not is_in(client)
    return not ExternalIdentity.objects.exists()


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of-another-round"},
        {"aud": "another-program"},
        {"aud": ["console", "another-program"], "azp": "another-program"},
        {"iss": "https://elsewhere.example.com"},
        {"is_expired": True},
        {"is_forged": True},
    ],
    ids=str,
)
def test_an_identity_token_that_does_not_fit_lets_nobody_in(
    provider: RunningProvider, client: Client, lie: dict[str, Any]
) -> None:
    provider.lie(**lie)
    assert refused(come_in(client), client)
    failed = AuditEvent.objects.get(action="SignIn")
    assert failed.outcome == AuditOutcome.FAILED


def test_an_answer_to_another_browser_lets_nobody_in(
    provider: RunningProvider, client: Client
) -> None:
    url = local(ProviderBrowser().go(sent_to(Client())))
    assert refused(client.get(url), client)


def test_beginning_leaves_no_row_behind(provider: RunningProvider) -> None:
    for _ in range(5):
        sent_to(Client())
    assert not Session.objects.exists()
    assert not LiveSession.objects.exists()


def test_rounds_in_several_tabs_end_well_and_in_any_order(
    provider: RunningProvider, client: Client
) -> None:
    answers = [local(ProviderBrowser().go(sent_to(client))) for _ in range(4)]
    assert len(client.cookies["single-sign-on"].value) < 3000
    assert client.get(answers[0]).status_code == 403
    for url in reversed(answers[1:]):
        assert client.get(url).status_code == 302
    assert client.cookies["single-sign-on"].value == ""


@pytest.mark.parametrize("change", [lambda text: text[:-2], lambda _: "x", lambda text: f"a{text}"])
def test_a_forged_cookie_holds_no_round(
    provider: RunningProvider, client: Client, change: Callable[[str], str]
) -> None:
    url = local(ProviderBrowser().go(sent_to(client)))
    client.cookies["single-sign-on"] = change(client.cookies["single-sign-on"].value)
    assert refused(client.get(url), client)


def test_a_round_ends_after_an_hour(
    provider: RunningProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = local(ProviderBrowser().go(sent_to(client)))
    monkeypatch.setattr(sign_on_rounds, "LIFETIME_SECONDS", -1)
    assert refused(client.get(url), client)


def test_an_answer_holds_once(provider: RunningProvider, client: Client) -> None:
    url = local(ProviderBrowser().go(sent_to(client)))
    client.get(url)
    client.post("/sign-out/")
    assert client.get(url).status_code == 403
    assert not is_in(client)


def test_a_state_made_up_lets_nobody_in(provider: RunningProvider, client: Client) -> None:
    sent_to(client)
    assert refused(client.get(f"{CALLBACK}?state={'x' * 32}&code=y"), client)


def test_a_code_made_up_lets_nobody_in(provider: RunningProvider, client: Client) -> None:
    state = parse_qs(urlsplit(sent_to(client)).query)["state"][0]
    assert refused(client.get(f"{CALLBACK}?state={state}&code=made-up"), client)
    (attempt,) = AccessAttempt.objects.values()
    assert "made-up" not in str(attempt)


def test_an_error_of_the_providers_is_no_way_in(provider: RunningProvider, client: Client) -> None:
    state = parse_qs(urlsplit(sent_to(client)).query)["state"][0]
    assert refused(client.get(f"{CALLBACK}?state={state}&error=access_denied"), client)


def test_who_is_switched_off_does_not_come_in(provider: RunningProvider, client: Client) -> None:
    come_in(client)
    User.objects.update(is_active=False)
    assert not is_in(client)
    answer = come_in(Client())
    assert answer.status_code == 403


def test_nobody_is_led_off_the_console(provider: RunningProvider, client: Client) -> None:
    answer = come_in(client, start=f"{START}?next=https://elsewhere.example.com/")
    assert answer["Location"] == "/"


def test_guessing_answers_is_limited(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    statuses = [client.get(f"{CALLBACK}?state=x&code=y").status_code for _ in range(4)]
    assert statuses == [403, 403, 429, 429]


def test_a_password_is_never_shown_to_the_provider(
    provider: RunningProvider, client: Client
) -> None:
    User.objects.create_user("ada", password="correct horse battery staple")
    identity_provider.forget_provider()
    data = {"username": "ada", "password": "correct horse battery staple"}
    assert client.post(f"/sign-in/?state={'x' * 32}&code=y", data).status_code == 303


# --- A provider that is not well ----------------------------------------------------------------


def test_a_provider_that_is_down_is_told_as_such(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    answer = client.get(START)
    assert answer.status_code == 502
    assert "The single sign-on provider doesn't respond" in unescape(answer.text)
    assert 'href="/sign-in/"' in answer.text


def test_a_provider_that_goes_down_in_between_is_told_as_such(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    url = local(ProviderBrowser().go(sent_to(client)))
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert client.get(url).status_code == 502
    assert not is_in(client)


def test_a_provider_by_another_name_is_not_believed(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    settings.OIDC_ISSUER = provider.issuer.replace("127.0.0.1", "localhost")
    assert client.get(START).status_code == 502


def test_in_production_a_provider_without_tls_is_not_asked(
    provider: RunningProvider, client: Client, settings: Settings
) -> None:
    settings.IS_PRODUCTION = True
    assert client.get(START).status_code == 502


# --- Proving it once more -----------------------------------------------------------------------


def make_stale(client: Client) -> None:
    session = client.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=31)).timestamp()
    session.save()


def test_who_came_by_single_sign_on_confirms_by_it(
    provider: RunningProvider, client: Client
) -> None:
    browser = ProviderBrowser()
    client.get(local(browser.go(sent_to(client))))
    make_stale(client)
    asked = client.get("/account/tokens/new/")
    assert asked["Location"] == "/confirm-identity/?next=/account/tokens/new/"
    page = client.get(asked["Location"])
    start = f"{START}?confirm=1&next=%2Faccount%2Ftokens%2Fnew%2F"
    assert start.replace("&", "&amp;") in page.text
    url = sent_to(client, start)
    assert parse_qs(urlsplit(url).query)["prompt"] == ["login"]
    answer = client.get(local(browser.go(url)))
    assert answer["Location"] == "/account/tokens/new/"
    assert client.get("/account/tokens/new/").status_code == 200
    proof = AuditEvent.objects.get(action="ConfirmIdentity")
    assert (proof.username, proof.outcome) == ("alice", AuditOutcome.SUCCEEDED)


def test_a_provider_that_did_not_ask_again_confirms_nothing(
    provider: RunningProvider, client: Client
) -> None:
    browser = ProviderBrowser()
    client.get(local(browser.go(sent_to(client))))
    make_stale(client)
    provider.lie(auth_time=int((timezone.now() - timedelta(hours=1)).timestamp()))
    answer = client.get(local(browser.go(sent_to(client, f"{START}?confirm=1"))))
    assert answer.status_code == 403
    assert client.get("/account/tokens/new/").status_code == 302


def test_somebody_else_cannot_confirm(provider: RunningProvider, client: Client) -> None:
    come_in(client)
    make_stale(client)
    provider.add_person("bob", "everyone")
    answer = come_in(client, "bob", start=f"{START}?confirm=1")
    assert answer.status_code == 403
    assert client.get("/account/tokens/new/").status_code == 302


def test_the_console_keeps_nothing_that_the_provider_gave(
    provider: RunningProvider, client: Client
) -> None:
    come_in(client)
    kept = str(dict(client.session))
    assert "ey" not in [word[:2] for word in kept.split("'")]
    assert provider.secret not in kept
