"""The end of a session as its pages see it: what the script asks, and what waits in the wizard."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from wizard.models import LiveSession

PASSWORD = "correct horse battery staple"
RULES = f"/{ACCOUNT}/{REGION}/rules/"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    """Ada, an operator with a password."""
    user = someone("ada")
    user.set_password(PASSWORD)
    user.save()
    return sign_in("ada")


def be_idle(minutes: float) -> None:
    """Everybody's last request was so long ago."""
    LiveSession.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))


def age(hours: float) -> None:
    """Everybody signed in so long ago."""
    LiveSession.objects.update(created_at=timezone.now() - timedelta(hours=hours))


def minutes_left(person: Person) -> int:
    """What the script is told, to the full minute."""
    return int(person.client.get("/session/").json()["seconds"] + 30) // 60


def test_asking_how_long_the_session_lasts_does_not_prolong_it(person: Person) -> None:
    be_idle(minutes=50)
    before = LiveSession.objects.get().seen_at
    assert [minutes_left(person) for _twice in range(2)] == [10, 10]
    person.client.get("/session/", headers={"HX-Request": "true"})
    person.client.head("/session/")
    assert LiveSession.objects.get().seen_at == before


def test_staying_signed_in_prolongs_the_session_in_all_tabs(person: Person) -> None:
    person.open("/account/")
    token = person.csrf_token
    be_idle(minutes=59)
    answer = person.client.post("/session/", headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    assert answer.json()["seconds"] > 59 * 60
    assert minutes_left(person) == 60


def test_a_page_goes_on_after_a_new_sign_in_in_another_tab(person: Person) -> None:
    person.open("/account/")
    before = person.csrf_token
    person.client.post("/sign-out/", headers={"X-CSRFToken": before})
    person.open("/sign-in/")
    sign_in_again(person)
    assert person.client.post("/session/", headers={"X-CSRFToken": before}).status_code == 403
    renewed = person.client.get("/session/").json()["csrf_token"]
    assert person.client.post("/session/", headers={"X-CSRFToken": renewed}).status_code == 200


def test_another_site_cannot_keep_a_session_alive(person: Person) -> None:
    be_idle(minutes=59)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert person.client.post("/session/", headers=headers).status_code == 403
    assert minutes_left(person) == 1


def test_nothing_prolongs_a_session_beyond_its_absolute_limit(person: Person) -> None:
    person.open("/account/")
    token = person.csrf_token
    age(hours=11.75)
    for _twice in range(2):
        answer = person.client.post("/session/", headers={"X-CSRFToken": token}).json()
        assert answer["is_final"]
        assert answer["seconds"] <= 15 * 60
    person.open("/account/")
    dialog = person.find("#session-dialog")
    assert "A session lasts for 12 hours, and you can't extend it." in dialog.get_text(" ")


def test_who_has_no_session_is_told_so_and_gets_none(db: None) -> None:
    client = Client()
    for answer in (client.get("/session/"), client.post("/session/")):
        assert answer.json() == {"seconds": 0, "is_final": False, "person": None}
        assert not answer.cookies


def test_everybody_is_told_of_their_own_session_only(person: Person) -> None:
    be_idle(minutes=50)
    grace = sign_in("grace")
    answers = [each.client.get("/session/").json() for each in (person, grace)]
    own = [User.objects.get(username=name).pk for name in ("ada", "grace")]
    assert [answer["person"] for answer in answers] == own
    assert answers[0]["seconds"] <= 10 * 60 < answers[1]["seconds"]


def test_a_short_idle_limit_does_not_end_a_session_in_use(
    person: Person, settings: Settings
) -> None:
    settings.SESSION_IDLE_MINUTES = 1
    for _request in range(3):
        be_idle(minutes=0.9)
        person.open("/account/")
        assert (person.status, person.heading) == (200, "Your account")
    left = person.find("#session-dialog")
    assert (int(str(left["data-seconds"])), left["data-warned-before"]) == (60, "30")


def test_pages_say_how_long_their_session_lasts(person: Person) -> None:
    be_idle(minutes=30)
    person.open(RULES)
    dialog = person.find("#session-dialog")
    assert 3590 <= int(str(dialog["data-seconds"])) <= 3600
    assert (dialog["data-warned-before"], dialog["role"]) == ("120", "alertdialog")
    person.client.logout()
    person.open("/sign-in/")
    assert person.page.find(id="session-dialog") is None


def sign_in_again(person: Person) -> None:
    """Sign in on the page to which an ended session leads."""
    person.fill("Username", "ada")
    person.fill("Password", PASSWORD)
    person.press("Sign in")


def fill_in_secret(person: Person) -> None:
    person.choose("Create an AWS secret")
    person.find("#id_secret_name")["value"] = "hub"
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", "canary-6f1d2c")


@pytest.mark.parametrize("limit", [be_idle, age])
def test_a_step_that_is_sent_after_the_page_knows_of_the_end_is_kept(
    person: Person, limit: Callable[[float], None]
) -> None:
    begin(person, "Docker Hub")
    step = person.url
    fill_in_secret(person)
    limit(61)
    assert minutes_left(person) == 0
    person.press("Next")
    assert person.url == f"/sign-in/?next={step}"
    sign_in_again(person)
    assert person.url == step
    assert "Your session expired. Your answers are kept." in person.page.text
    assert "Enter the access token again." in person.text
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert person.value_of("Docker Hub access token") == ""
    person.open(step)
    assert "Your answers are kept." not in person.page.text


def test_an_answered_credential_that_did_not_outlast_the_session_is_asked_again(
    person: Person,
) -> None:
    begin(person, "Docker Hub")
    fill_in_secret(person)
    person.press("Next")
    step = person.url
    assert person.heading == "Specify a destination"
    be_idle(61)
    person.client.cookies.pop("ptc_credential")  # it lasts 15 minutes
    person.press("Next")
    sign_in_again(person)
    assert person.heading == "Configure authentication"
    assert person.url != step
    assert "Your session expired. Your answers are kept." in person.page.text
    assert "Enter the credentials again." in person.text


def test_who_signs_out_to_sign_in_again_returns_to_the_page(person: Person) -> None:
    person.open("/account/")
    form = person.find('#session-dialog form[data-state="final"]')
    person.find('#session-dialog input[name="next"]')["value"] = f"/sign-in/?next={RULES}"
    assert form["action"] == "/sign-out/"
    person.press("Sign in again")
    assert person.heading == "Sign in"
    sign_in_again(person)
    assert person.url == RULES


def test_signing_out_leads_to_no_other_site(person: Person) -> None:
    person.open("/account/")
    person.find('#session-dialog input[name="next"]')["value"] = "https://evil.example/"
    person.press("Sign in again")
    assert person.url == "/sign-in/"
