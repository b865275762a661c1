"""Authentication: sessions that expire, proofs of identity that expire, and limits on guessing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, begin, changes, furnish, make_secret, prefixes
from tests.oidc_provider.running import (
    CLIENT_ID,
    ProviderBrowser,
    RunningProvider,
    running_provider,
)
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from wizard.domain import EVERYWHERE, Role
from wizard.gate import identity_provider, single_sign_on, throttling
from wizard.models import AuditEvent, AuditOutcome, LiveSession, OpenDraft, SignInLink, SignInWay
from wizard.services import access, people
from wizard.services.people import directory, live_sessions, tokens
from wizard.services.people import sign_in as links

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
CANARY = "canary-6f1d2c"
RULES = f"/{ACCOUNT}/{REGION}/rules/"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    """Ada, an operator with a password."""
    ada = sign_in()
    give_password("ada")
    # The new password has another mark in the session; she signs in with it.
    ada.client.force_login(User.objects.get(username="ada"))
    return ada


def give_password(username: str) -> None:
    user = User.objects.get(username=username)
    user.set_password(PASSWORD)
    user.save()


def leave_idle(minutes: int = 61) -> None:
    """Everybody's last request was so long ago."""
    LiveSession.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))


def make_stale(client: Client, minutes: int = 31) -> None:
    """Their last proof of who they are was so long ago."""
    session = client.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    session.save()


def type_password(person: Person, password: str = PASSWORD) -> None:
    person.fill("Password", password)


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


# --- W6: a session that ends in mid-wizard ------------------------------------------------------


def to_authentication(person: Person) -> None:
    begin(person, "Docker Hub")
    assert person.heading == "Configure authentication"


def come_back(person: Person) -> None:
    """Sign in where one was sent to."""
    assert person.heading == "Sign in"
    person.fill("Username", "ada")
    type_password(person)
    person.press("Sign in")


def fill_in_secret(person: Person) -> None:
    person.choose("Create an AWS secret")
    person.find("#id_secret_name")["value"] = "hub"
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", CANARY)


@pytest.mark.promise("W6")
def test_a_step_opened_too_late_comes_back_after_the_sign_in(person: Person) -> None:
    to_authentication(person)
    step = person.url
    leave_idle()
    person.open(step)
    assert person.url == f"/sign-in/?next={step}"
    assert "Your session expired" in person.page.text
    come_back(person)
    assert (person.url, person.heading) == (step, "Configure authentication")
    person.press("Previous")
    assert person.is_chosen("Docker Hub")


@pytest.mark.promise("W6")
def test_what_was_typed_too_late_waits_in_the_step_but_not_the_secret(person: Person) -> None:
    to_authentication(person)
    step = person.url
    fill_in_secret(person)
    leave_idle()
    person.press("Next")
    assert person.url == f"/sign-in/?next={step}"
    assert CANARY not in unquote(person.url)
    come_back(person)
    assert (person.url, person.heading) == (step, "Configure authentication")
    assert person.is_chosen("Create an AWS secret")
    assert person.find("#id_secret_name")["value"] == "hub"
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert person.value_of("Docker Hub access token") == ""
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    assert not any(CANARY in text for text in kept)
    person.press("Next")
    assert "Enter the Docker Hub access token." in person.error_at("Docker Hub access token")
    person.fill("Docker Hub access token", CANARY)
    person.press("Next")
    assert person.heading == "Specify a destination"


@pytest.mark.promise("W6")
def test_a_secret_given_before_is_asked_again_and_the_rest_is_kept(person: Person) -> None:
    to_authentication(person)
    fill_in_secret(person)
    person.press("Next")
    person.press("Next")
    review = person.url
    assert person.heading == "Review and create"
    person.client.cookies.clear()  # the browser forgot, the key of the sealed secret included
    person.client.get("/sign-in/")
    person.open(review)
    come_back(person)
    assert person.heading == "Configure authentication"
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert person.value_of("Docker Hub access token") == ""
    person.fill("Docker Hub access token", CANARY)
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"
    person.press("Create")
    assert prefixes() == ["docker-hub"]


@pytest.mark.promise("W6")
def test_create_pressed_too_late_comes_back_to_the_review(person: Person, aws: FakeAws) -> None:
    begin(person, "Quay")
    person.press("Next")
    review = person.url
    leave_idle()
    before = aws.calls()
    person.press("Create")
    assert person.url == f"/sign-in/?next={review}"
    assert changes(aws.calls()) == changes(before)
    come_back(person)
    assert (person.url, person.heading) == (review, "Review and create")


@pytest.mark.promise("W6")
def test_htmx_changes_the_page_instead_of_swapping_a_sign_in_into_it(person: Person) -> None:
    path = begin(person, "Quay")
    leave_idle()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}destination/"}
    answer = person.client.get(f"{path}destination/preview/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"/sign-in/?next={path}destination/"
    assert answer.content == b""


@pytest.mark.promise("W6")
def test_the_way_back_never_holds_a_sign_in_link(person: Person) -> None:
    leave_idle()
    person.client.handler.enforce_csrf_checks = False
    referer = f"http://testserver/sign-in/{CANARY}/"
    answer = person.client.post("/account/sessions/end/", headers={"Referer": referer})
    assert answer["Location"] == "/sign-in/?next=/"


@pytest.mark.promise("W6")
def test_somebody_elses_step_keeps_nothing_of_what_came_too_late(person: Person) -> None:
    to_authentication(person)
    step, owner = person.url, person.client
    grace = sign_in("grace")
    leave_idle()
    body = {"csrfmiddlewaretoken": "x", "secret_name": "planted"}
    grace.client.handler.enforce_csrf_checks = False
    assert grace.client.post(step, body).status_code == 303
    owner.force_login(User.objects.get(username="ada"))
    assert "planted" not in owner.get(step).text


@pytest.mark.promise("W6")
@pytest.mark.parametrize("step", ["source", "authentication", "destination"])
def test_rubbish_sent_too_late_does_not_spoil_the_step(person: Person, step: str) -> None:
    to_authentication(person)
    fill_in_secret(person)
    person.press("Next")
    url = person.url.replace("destination", step)
    leave_idle()
    rubbish = {
        **{"registry": "x", "ecr_access": "x", "region": "x", "credential_source": "x"},
        **{"secret": "arn:aws:x", "ecr_repository_prefix": "\u202e" * 40, "username": "x" * 4096},
    }
    person.client.handler.enforce_csrf_checks = False
    assert person.client.post(url, rubbish).status_code == 303
    person.client.force_login(User.objects.get(username="ada"))
    assert person.client.get(url).status_code in (200, 302)


# --- Z6: nobody is there to begin with ----------------------------------------------------------


@pytest.mark.promise("Z6")
def test_a_fresh_database_lets_nobody_in() -> None:
    assert not User.objects.exists()
    assert not SignInLink.objects.exists()
    for name in ("admin", "root", "administrator", "ptc", "console"):
        for password in (name, "", "password", "changeme", "secret"):
            Client().post("/sign-in/", {"username": name, "password": password})
    assert not LiveSession.objects.exists()


@pytest.mark.promise("Z6")
def test_the_first_administrator_has_a_link_and_no_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("signinlink", "admin")
    admin = User.objects.get()
    assert not admin.has_usable_password()
    assert directory.grants_of(admin) == {EVERYWHERE: Role.ADMINISTRATOR}
    path = capsys.readouterr().out.strip()
    client = Client()
    assert client.post(path).status_code == 303
    assert is_in(client)


@pytest.mark.promise("Z6")
def test_a_link_for_somebody_there_is_makes_nobody_an_administrator() -> None:
    someone("vera", Role.VIEWER)
    call_command("signinlink", "vera")
    assert directory.grants_of(User.objects.get()) == {EVERYWHERE: Role.VIEWER}


# --- Z7: guessing -------------------------------------------------------------------------------


def guess(name: str, address: str, password: str = "wrong", **headers: str) -> Any:
    data = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/sign-in/", data, headers=headers)


def addresses_of_many() -> Iterator[str]:
    yield from (f"198.51.100.{number}" for number in range(1, 255))


@pytest.fixture
def ada() -> User:
    user = someone("ada")
    give_password("ada")
    return user


@pytest.mark.promise("Z7")
def test_a_hundred_guesses_at_one_account_from_many_places_get_ten_answers(ada: User) -> None:
    places = addresses_of_many()
    statuses = [guess("ada", next(places)).status_code for _ in range(100)]
    assert statuses.count(422) == 9
    assert statuses[9:] == [429] * 91
    locked = guess("ada", next(places), PASSWORD)
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert not LiveSession.objects.exists()
    assert guess("grace", "203.0.113.1").status_code == 422
    events = AuditEvent.objects.filter(action="SignIn", subject="ada")
    assert events.filter(outcome=AuditOutcome.FAILED).count() == 9
    assert AuditEvent.objects.filter(action="LockSignIn", subject="ada").count() == 1


@pytest.mark.promise("Z7")
def test_a_hundred_names_from_one_place_get_fifty_answers(ada: User) -> None:
    statuses = [guess(f"name{number}", "198.51.100.7").status_code for number in range(100)]
    assert statuses == [422] * 49 + [429] * 51
    assert guess("ada", "198.51.100.7", PASSWORD).status_code == 429
    assert guess("ada", "203.0.113.1", PASSWORD).status_code == 303


@pytest.mark.promise("Z7")
def test_a_network_of_ipv6_is_one_place(ada: User, settings: Settings) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 5
    statuses = [guess(f"n{n}", f"2001:db8:1:2::{n:x}").status_code for n in range(1, 8)]
    assert statuses == [422] * 4 + [429] * 3
    assert guess("ada", "2001:db8:1:3::1", PASSWORD).status_code == 303


@pytest.mark.promise("Z7")
def test_somebody_with_an_account_cannot_start_the_count_anew(ada: User) -> None:
    someone("mallory")
    give_password("mallory")
    for _ in range(3):
        for _ in range(4):
            guess("ada", "198.51.100.7")
        guess("mallory", "198.51.100.7", PASSWORD)
    assert guess("ada", "198.51.100.7", PASSWORD).status_code == 429


@pytest.mark.promise("Z7")
def test_ones_own_sign_in_starts_ones_count_anew(ada: User) -> None:
    for _ in range(3):
        for _ in range(5):
            guess("ada", "198.51.100.7")
        assert guess("ada", "198.51.100.7", PASSWORD).status_code == 303


@pytest.mark.promise("Z7")
def test_a_wrong_link_is_counted_without_what_was_guessed(db: None) -> None:
    """It may be right but for one character."""
    Client().get("/sign-in/almost-a-right-link/")
    (attempt,) = AccessAttempt.objects.values()
    assert attempt["failures_since_start"] == 1
    assert "almost" not in str(attempt)


@pytest.mark.promise("Z7")
def test_the_pause_ends(ada: User) -> None:
    for _ in range(12):
        guess("ada", "198.51.100.7")
    assert guess("ada", "198.51.100.7", PASSWORD).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert guess("ada", "198.51.100.7", PASSWORD).status_code == 303


class CountingHasher(MD5PasswordHasher):
    """How often a password was worked out: the part of an answer that takes time."""

    algorithm = "counting"
    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


@pytest.mark.promise("Z7")
def test_a_name_that_is_nobodys_is_answered_like_one_that_is(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.faults.test_sessions.CountingHasher"]
    someone("ada")
    give_password("ada")
    someone("bob")  # without a password
    found = {}
    for name in ("ada", "bob", "nobody"):
        CountingHasher.count = 0
        # The name is on the page that comes back; they are as long as one another.
        answers = [guess(name, "198.51.100.7") for _ in range(2)]
        shown = [_without_tokens(each.text).replace(name, "NAME") for each in answers]
        found[name] = ([each.status_code for each in answers], shown, CountingHasher.count)
    assert found["ada"] == found["bob"] == found["nobody"]
    assert found["ada"][2] == 2
    AccessAttempt.objects.all().delete()
    places = addresses_of_many()
    locked = [[guess(name, next(places)) for _ in range(12)][-1] for name in ("ada", "nobody")]
    ours, theirs = ((each.status_code, each.text, each["Retry-After"]) for each in locked)
    assert ours == theirs


@pytest.mark.promise("Z7")
def test_a_password_typed_as_a_name_is_kept_nowhere(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(12):
        guess(CANARY, "198.51.100.7", CANARY)
    guess("ada", "198.51.100.7", CANARY)
    rows = [str(row) for row in AccessAttempt.objects.values()]
    rows += [str(row) for row in AuditEvent.objects.values()]
    assert len(rows) > 10
    assert not any(CANARY in row for row in rows)
    assert CANARY not in caplog.text


@pytest.mark.promise("S1", "Z7")
def test_of_what_was_sent_with_a_wrong_password_nothing_is_kept(person: Person) -> None:
    new = {"new_password": CANARY, "new_password_again": CANARY}
    person.client.handler.enforce_csrf_checks = False
    for old, status in (("wrong", 422), ("wrong again", 422), (PASSWORD, 303)):
        data = new | {"old_password": old}
        answer = person.client.post(f"/account/password/?also={CANARY}", data)
        assert answer.status_code == status
        (attempt,) = AccessAttempt.objects.values()
        assert CANARY not in str(attempt)
    assert attempt["failures_since_start"] == 2
    # The form itself still had what was typed.
    assert User.objects.get(username="ada").check_password(CANARY)


@pytest.mark.promise("Z7")
def test_links_and_tokens_cannot_be_guessed_without_end(settings: Settings) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 5
    token = links.create_link(username="admin")
    client = Client(REMOTE_ADDR="198.51.100.7")
    statuses = [client.post(f"/sign-in/guess-{n}/").status_code for n in range(7)]
    assert statuses == [410] * 4 + [429] * 3
    assert links.is_link_valid(token=token)
    assert client.get(f"/sign-in/{token}/").status_code == 200
    assert client.post(f"/sign-in/{token}/").status_code == 303
    assert not any("guess-1" in str(row) for row in AccessAttempt.objects.values())

    def bring(text: str, address: str) -> int:
        header = {"Authorization": f"Bearer {text}"}
        return Client(REMOTE_ADDR=address).get("/account/", headers=header).status_code

    assert [bring("ptc_guess", "203.0.113.9") for _ in range(7)] == [401] * 4 + [429] * 3
    # What is refused while the address is locked is not written down.
    counted = AccessAttempt.objects.filter(username=throttling.TOKENS)
    assert sum(each.failures_since_start for each in counted) == 5
    good, _ = tokens.create_token(user=User.objects.get(), name="x", scopes=[], days=1)
    # A valid token is let in, and this one opens no page.
    assert bring(good, "203.0.113.9") == bring(good, "203.0.113.10") == 403


@pytest.mark.promise("Z10")
def test_wrong_links_and_tokens_lock_no_password_and_no_single_sign_on(
    ada: User, settings: Settings
) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    client = Client(REMOTE_ADDR="198.51.100.7")
    for n in range(5):
        client.post(f"/sign-in/guess-{n}/")
        client.get("/account/", headers={"Authorization": "Bearer ptc_expired"})
    assert client.post("/sign-in/another-guess/").status_code == 429
    assert guess("ada", "198.51.100.7").status_code == 422
    right = {"username": "ada", "password": PASSWORD}
    assert client.post("/sign-in/", right).status_code == 303


@pytest.mark.promise("Z10")
def test_wrong_passwords_lock_no_link_and_no_token(ada: User, settings: Settings) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    statuses = [guess(f"n{n}", "198.51.100.7").status_code for n in range(4)]
    assert statuses[-1] == 429
    client = Client(REMOTE_ADDR="198.51.100.7")
    assert client.get("/sign-in/unknown/").status_code == 410
    header = {"Authorization": "Bearer ptc_unknown"}
    assert client.get("/account/", headers=header).status_code == 401
    # Not even with the right password: guessing on would find it.
    right = {"username": "ada", "password": PASSWORD}
    assert client.post("/sign-in/", right).status_code == 429


@pytest.mark.promise("Z10")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_images_on_pages_of_others_lock_nobody(
    settings: Settings, db: None, method: str, site: str
) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    client = Client(REMOTE_ADDR="198.51.100.7")
    image = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "image"}
    for _ in range(5):
        assert client.generic(method, "/sign-in/x/", headers=image).status_code == 410
    assert client.get("/sign-in/x/").status_code == 410
    assert client.post("/sign-in/x/").status_code == 410


@pytest.mark.promise("Z10")
@pytest.mark.parametrize("site", ["none", "same-origin", "anything", ""])
def test_what_a_person_opens_is_counted(settings: Settings, db: None, site: str) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    client = Client(REMOTE_ADDR="198.51.100.7", headers={"Sec-Fetch-Site": site})
    statuses = [client.get("/sign-in/x/").status_code for _ in range(4)]
    assert statuses == [410, 410, 429, 429]


@pytest.mark.promise("Z10")
def test_a_form_of_another_site_is_a_guess(settings: Settings, db: None) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    client = Client(REMOTE_ADDR="198.51.100.7", headers={"Sec-Fetch-Site": "cross-site"})
    statuses = {client.post("/sign-in/x/").status_code for _ in range(4)}
    assert statuses <= {403, 410, 429}
    assert 429 in statuses or statuses == {403}


@pytest.mark.promise("Z7")
def test_a_made_up_forwarded_address_does_not_help(ada: User, settings: Settings) -> None:
    settings.SIGN_IN_TRIES_ADDRESS = 3
    made_up = [{"X-Forwarded-For": f"10.0.0.{n}"} for n in range(9)]
    statuses = [guess(f"n{n}", "198.51.100.7", **made_up[n]).status_code for n in range(4)]
    assert statuses == [422, 422, 429, 429]
    settings.BEHIND_TLS_PROXY = True
    before = [{"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.5"} for n in range(9)]
    statuses = [guess(f"m{n}", "127.0.0.1", **before[n]).status_code for n in range(4)]
    assert statuses == [422, 422, 429, 429]


# --- Z8: sessions -------------------------------------------------------------------------------


@pytest.fixture
def two(ada: User) -> tuple[Client, Client]:
    """Ada in two browsers."""
    clients = (Client(), Client())
    for client in clients:
        client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
        assert is_in(client)
    return clients


@pytest.mark.promise("Z8")
def test_the_key_changes_when_somebody_signs_in_and_when_they_prove_it_again(ada: User) -> None:
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = planted = session.session_key or ""
    client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    signed_in = client.session.session_key
    assert signed_in != planted
    make_stale(client)
    client.post("/confirm-identity/", {"password": PASSWORD, "next": "/account/"})
    assert client.session.session_key != signed_in
    assert is_in(client)
    for old in (planted, signed_in):
        thief = Client()
        thief.cookies["sessionid"] = old or ""
        assert not is_in(thief)


@pytest.mark.promise("Z8")
@pytest.mark.parametrize(
    "limits", [{"seen_at": timedelta(minutes=61)}, {"created_at": timedelta(hours=12, minutes=1)}]
)
def test_a_session_ends_when_it_is_idle_and_when_it_is_old(
    two: tuple[Client, Client], limits: dict[str, timedelta]
) -> None:
    LiveSession.objects.update(**{name: timezone.now() - age for name, age in limits.items()})
    for client in two:
        key = client.session.session_key
        assert not is_in(client)
        assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.promise("Z8")
def test_a_session_in_use_goes_on(two: tuple[Client, Client]) -> None:
    for _ in range(3):
        leave_idle(59)
        assert is_in(two[0])
    assert LiveSession.objects.filter(seen_at__gt=timezone.now() - timedelta(minutes=1)).exists()


@pytest.mark.promise("Z8")
def test_a_page_that_asks_again_by_itself_keeps_no_session_alive(
    aws: FakeAws, person: Person
) -> None:
    places = furnish(person)
    url = f"/{ACCOUNT}/validations/{places['bulk_id']}/"
    leave_idle(59)
    assert person.client.get(url, headers={"HX-Request": "true"}).status_code == 200
    assert not LiveSession.objects.filter(
        seen_at__gt=timezone.now() - timedelta(minutes=58)
    ).exists()
    assert person.client.get(url).status_code == 200
    assert LiveSession.objects.filter(seen_at__gt=timezone.now() - timedelta(minutes=1)).exists()


@pytest.mark.promise("Z8")
def test_who_is_switched_off_in_the_database_has_no_session(two: tuple[Client, Client]) -> None:
    """As when it is done without the console, which would have ended the sessions."""
    User.objects.update(is_active=False)
    assert [is_in(client) for client in two] == [False, False]
    User.objects.update(is_active=True)


def test_of_many_links_each_lets_in_its_own_person(db: None) -> None:
    people_ = [someone(name) for name in ("ada", "bob", "bob2")]
    tokens_ = [links.create_link_for(each) for each in people_]
    assert [links.use_link(token=each) for each in reversed(tokens_)] == people_[::-1]
    assert [links.use_link(token=each) for each in tokens_] == [None] * 3


@pytest.mark.promise("W9")
def test_a_change_of_grants_counts_in_the_request_that_makes_it(db: None) -> None:
    ada = someone("ada", Role.OPERATOR)
    assert access.may_somewhere(user=ada, role=Role.OPERATOR)
    directory.set_grants(user=ada, grants={EVERYWHERE: Role.VIEWER})
    assert not access.may_somewhere(user=ada, role=Role.OPERATOR)
    again = access.user_with_grants(ada.pk)
    assert again is not None
    directory.set_grants(user=again, grants={})
    assert not access.may_somewhere(user=again, role=Role.VIEWER)


@pytest.mark.promise("Z8")
@pytest.mark.parametrize("limit", [{"created_at": 12 * 60 + 1}, {"seen_at": 61}])
def test_a_session_that_is_over_is_in_no_list(db: None, limit: dict[str, int]) -> None:
    ada = someone("ada")
    for _twice in range(2):
        people.begin_session(user=ada, way=SignInWay.LINK, address="::1", user_agent="x")
    ended, kept = LiveSession.objects.order_by("pk")
    past = {name: timezone.now() - timedelta(minutes=ago) for name, ago in limit.items()}
    LiveSession.objects.filter(pk=ended.pk).update(**past)
    assert live_sessions.living(LiveSession.objects.all()) == [kept]
    assert live_sessions.sessions_of(user=ada) == [kept]


def test_switching_off_twice_is_one_row_of_the_trail(db: None) -> None:
    ada = someone("ada")
    for is_active in (False, False, True, True):
        directory.set_active(user=ada, is_active=is_active)
    rows = AuditEvent.objects.filter(subject="ada", action__in=("DisablePerson", "EnablePerson"))
    assert sorted(rows.values_list("action", flat=True)) == ["DisablePerson", "EnablePerson"]


@pytest.mark.promise("Z8")
def test_a_session_is_that_of_its_person_only(db: None) -> None:
    ada, bob = someone("ada"), someone("bob")
    session = people.begin_session(user=ada, way=SignInWay.LINK, address="::1", user_agent="x")
    assert people.time_left(session_id=str(session.pk), user=ada)
    assert not people.time_left(session_id=str(session.pk), user=bob)


@pytest.mark.promise("Z8")
def test_signing_out_ends_the_session_on_the_server(two: tuple[Client, Client]) -> None:
    thief = Client()
    thief.cookies["sessionid"] = two[0].session.session_key or ""
    assert is_in(thief)
    two[0].post("/sign-out/")
    assert not is_in(thief)
    assert is_in(two[1])
    assert AuditEvent.objects.filter(action="SignOut", username="ada").exists()


@pytest.mark.promise("Z8")
def test_a_new_password_ends_every_other_session(two: tuple[Client, Client]) -> None:
    here, there = two
    new = "a new and longer password"
    data = {"old_password": PASSWORD, "new_password": new, "new_password_again": new}
    assert here.post("/account/password/", data).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert LiveSession.objects.count() == 1


@pytest.mark.promise("Z8")
def test_nothing_of_somebody_switched_off_goes_on(two: tuple[Client, Client], ada: User) -> None:
    text, _ = tokens.create_token(user=ada, name="x", scopes=[], days=1)
    directory.set_active(user=ada, is_active=False)
    assert not LiveSession.objects.exists()
    assert not any(map(is_in, two))
    directory.set_active(user=ada, is_active=True)
    assert not any(map(is_in, two))
    assert tokens.find_token(text) is not None


@pytest.mark.promise("Z8")
def test_losing_every_grant_ends_every_session(two: tuple[Client, Client], ada: User) -> None:
    directory.set_grants(user=ada, grants={})
    assert not any(map(is_in, two))


@pytest.mark.promise("Z8")
def test_one_session_can_be_ended_from_another(two: tuple[Client, Client]) -> None:
    here, there = two
    page = here.get("/account/").text
    (other,) = set(re.findall(r"/account/sessions/([0-9a-f-]{36})/end/", page))
    assert here.post(f"/account/sessions/{other}/end/").status_code == 303
    assert is_in(here)
    assert not is_in(there)


@pytest.mark.promise("Z8")
def test_drafts_are_sessions_of_their_own_and_no_ones_to_end(person: Person) -> None:
    begin(person, "Quay")
    ada = User.objects.get(username="ada")
    assert len(live_sessions.sessions_of(user=ada)) == LiveSession.objects.count()
    live_sessions.end_sessions(user=ada)
    assert OpenDraft.objects.filter(owner=ada).exists()
    person.client.force_login(ada)
    person.open_rules()
    assert "1 draft" in person.text


# --- Z9: proving it once more -------------------------------------------------------------------

# What cannot be taken back, or has to do with a credential.
ASKED: tuple[str, ...] = (
    *("rule-delete", "rules-delete", "rule-edit", "draft-confirm"),
    *("secret-create", "secret-replace-value", "secret-delete", "secret-take-back"),
    *("secret-restore", "secret-discard"),
    *("operation-complete", "operation-clean-up", "batch-complete", "batch-retry"),
    "deletion-retry",
    *("person-add", "person-disable", "person-enable", "person-link", "person-sessions-end"),
    *("person-token-revoke", "grant-give", "grant-take"),
    *("password-change", "own-session-end", "own-sessions-end"),
    *("api-token-create", "api-token-revoke"),
)


@pytest.mark.promise("Z9")
def test_after_half_an_hour_what_cannot_be_undone_asks_again(aws: FakeAws, person: Person) -> None:
    places = furnish(person) | {"user_id": str(someone("zoe").pk)}
    found = {address.name: address.url for address in addresses(places)}
    directory.give_grant(
        user=User.objects.get(username="ada"), place=EVERYWHERE, role=Role.ADMINISTRATOR
    )
    client = person.client
    client.handler.enforce_csrf_checks = False
    make_stale(client)
    before, events = aws.calls(), AuditEvent.objects.count()
    for name in ASKED:
        answer = client.post(found[name], headers={"Referer": f"http://testserver{RULES}"})
        assert answer.status_code == 303, name
        assert answer["Location"] == f"/confirm-identity/?next={RULES}", name
        page = client.get(found[name])
        if page.status_code != 405:
            assert (page.status_code, page["Location"]) in [
                (302, f"/confirm-identity/?next={found[name]}")
            ], name
    assert aws.calls() == before
    assert AuditEvent.objects.count() == events
    for path in (RULES, found["rule-detail"], found["secret-list"], found["account"]):
        assert client.get(path).status_code == 200


@pytest.mark.promise("Z9")
def test_a_form_asks_before_anything_is_typed_and_leads_back_to_it(person: Person) -> None:
    make_secret()
    make_stale(person.client)
    url = f"/{ACCOUNT}/{REGION}/new-secret/"
    person.open(url)
    assert person.heading == "Confirm your identity"
    type_password(person, "wrong")
    person.press("Confirm")
    assert person.is_refused
    assert person.error_at("Password") == "The password is incorrect."
    type_password(person)
    person.press("Confirm")
    assert (person.url, person.heading) == (url, "Create secret")
    events = AuditEvent.objects.filter(action="ConfirmIdentity", username="ada")
    outcomes = list(events.order_by("sequence").values_list("outcome", flat=True))
    assert outcomes == [AuditOutcome.FAILED, AuditOutcome.SUCCEEDED]


@pytest.mark.promise("Z9")
def test_a_button_pressed_too_late_changes_nothing_and_leads_back_to_its_page(
    aws: FakeAws, person: Person
) -> None:
    begin(person, "Quay")
    person.press("Next")
    review = person.url
    make_stale(person.client)
    before = aws.calls()
    person.press("Create")
    assert person.heading == "Confirm your identity"
    assert "Nothing was changed" in person.page.text
    assert changes(aws.calls()) == changes(before)
    type_password(person)
    person.press("Confirm")
    assert person.url == review
    person.press("Create")
    assert prefixes() == ["quay"]


@pytest.mark.promise("Z9")
def test_htmx_and_dialogs_are_led_there_as_whole_pages(person: Person) -> None:
    make_stale(person.client)
    headers = {"HX-Request": "true", "Referer": f"http://testserver{RULES}"}
    answer = person.client.get(f"{RULES}quay/delete/", headers=headers)
    assert answer["HX-Redirect"] == f"/confirm-identity/?next={RULES}"


@pytest.mark.promise("Z9")
@pytest.mark.parametrize("wanted", ["https://elsewhere.example.com/", "//evil", "\\\\evil"])
def test_confirming_leads_nowhere_but_into_the_console(person: Person, wanted: str) -> None:
    make_stale(person.client)
    person.client.handler.enforce_csrf_checks = False
    data = {"password": PASSWORD, "next": wanted}
    assert person.client.post("/confirm-identity/", data)["Location"] == "/"
    make_stale(person.client)
    answer = person.client.post(
        f"{RULES}quay/delete/", headers={"Referer": f"{wanted}{RULES}", "HX-Current-URL": wanted}
    )
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": ["/"]}


@pytest.mark.promise("Z9")
def test_guessing_there_is_counted_like_at_the_sign_in(person: Person) -> None:
    make_stale(person.client)
    person.client.handler.enforce_csrf_checks = False
    guesses = [
        person.client.post("/confirm-identity/", {"password": f"wrong{n}"}).status_code
        for n in range(12)
    ]
    assert guesses == [422] * 9 + [429] * 3
    answer = person.client.post("/confirm-identity/", {"password": PASSWORD})
    assert answer.status_code == 429


@pytest.mark.promise("Z9")
def test_who_has_no_password_confirms_with_another_link(aws: FakeAws) -> None:
    grace = sign_in("grace")
    make_stale(grace.client)
    url = f"/{ACCOUNT}/{REGION}/new-secret/"
    grace.open(url)
    assert "python manage.py signinlink grace" in grace.text
    token = links.create_link_for(User.objects.get(username="grace"))
    grace.open(f"/sign-in/{token}/")
    grace.press("Sign in")
    assert (grace.url, grace.heading) == (url, "Create secret")


@pytest.fixture
def provider(settings: Settings) -> Iterator[RunningProvider]:
    with running_provider() as running:
        settings.OIDC_ISSUER = running.issuer
        settings.OIDC_CLIENT_ID = CLIENT_ID
        settings.OIDC_CLIENT_SECRET = running.secret
        backends = settings.AUTHENTICATION_BACKENDS
        settings.AUTHENTICATION_BACKENDS = [*backends, single_sign_on.BACKEND]
        running.add_person("alice")
        identity_provider.forget_provider()
        yield running
        identity_provider.forget_provider()


@pytest.mark.promise("Z9")
def test_single_sign_on_proves_no_more_than_the_provider_has_asked_for(
    provider: RunningProvider, client: Client
) -> None:
    browser, asks = ProviderBrowser(), "/account/tokens/new/"

    def come_in(name: str) -> None:
        url = urlsplit(browser.go(client.get("/single-sign-on/")["Location"], name))
        assert client.get(f"{url.path}?{url.query}").status_code == 302
        assert is_in(client)

    come_in("alice")
    assert client.get(asks).status_code == 200  # she has just typed her password there
    now = timezone.now().timestamp()
    for asked_at in (int(now) - 31 * 60, None):
        make_stale(client)
        provider.lie(auth_time=asked_at)
        come_in("nobody")  # nobody is asked who they are: the provider knows alice
        assert client.get(asks)["Location"] == f"/confirm-identity/?next={asks}"
    for asked_at in (int(now) - 29 * 60, int(now) + 3600):
        provider.lie(auth_time=asked_at)
        come_in("nobody")
        assert client.get(asks).status_code == 200
        assert client.session["proved_at"] <= timezone.now().timestamp()


@pytest.mark.promise("Z9")
@pytest.mark.parametrize(("seconds_ago", "status"), [(3600, 403), (30, 302), (None, 403)])
def test_a_provider_that_did_not_ask_again_confirms_nothing(
    provider: RunningProvider, client: Client, seconds_ago: int | None, status: int
) -> None:
    """The clocks of provider and console may differ by a minute."""
    browser = ProviderBrowser()

    def come_back(start: str) -> int:
        url = urlsplit(browser.go(client.get(start)["Location"], "alice"))
        return client.get(f"{url.path}?{url.query}").status_code

    assert come_back("/single-sign-on/") == 302
    make_stale(client)
    now = int(timezone.now().timestamp())
    provider.lie(auth_time=None if seconds_ago is None else now - seconds_ago)
    assert come_back("/single-sign-on/?confirm=1") == status
