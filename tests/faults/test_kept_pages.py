"""Pages that answer a POST: kept encrypted for Back and Reload, and once if they show a secret."""

import re
import time
import zlib

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.models import ApiToken
from wizard.web.kept_answers import KEPT, MOST, ONCE_SECONDS, cookie_name

pytestmark = pytest.mark.django_db

ADD = "/people/add/"
BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def root(db: None) -> Person:
    return sign_in("root", Role.ADMINISTRATOR)


def refused(root: Person, name: str = "not a name!") -> None:
    root.open(ADD)
    root.fill("Username", name)
    root.fill("Email address", "vera@example.com")
    root.press("Add person")
    assert root.is_refused


def stored_sessions() -> str:
    return str([session.get_decoded() for session in Session.objects.all()])


def test_a_refused_form_has_an_address_that_can_be_read_again(root: Person) -> None:
    refused(root)
    assert root.url.startswith(f"{ADD}?answer=")
    assert root.status == 200
    for _ in range(2):
        root.open(root.url)
        assert root.value_of("Username") == "not a name!"
        assert "Enter a valid username." in root.error_at("Username")
    root.fill("Username", "vera")
    root.press("Add person")
    assert User.objects.filter(username="vera").exists()


def test_a_post_is_answered_with_a_redirect_to_a_browser_only(root: Person) -> None:
    root.open(ADD)
    data = {"username": "", "csrfmiddlewaretoken": root.csrf_token}
    browser = root.client.post(ADD, data, headers=BROWSER)
    assert (browser.status_code, browser.content) == (303, b"")
    others: list[dict[str, str]] = [
        {"accept": "*/*"},
        BROWSER | {"HX-Request": "true"},
        BROWSER | {"Sec-Fetch-Mode": "cors"},
    ]
    for headers in others:
        assert root.client.post(ADD, data, headers=headers).status_code == 422


def test_an_error_keeps_its_status_when_its_page_is_read(aws: FakeAws, db: None) -> None:
    person = sign_in()
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    person.fill("Username", "me")
    person.fill("Access token", "canary-token")
    aws.refuse(operation="CreateSecret")
    person.press("Create secret")
    assert "answer=" in person.url
    assert person.status >= 400
    assert "not authorized to perform: secretsmanager:CreateSecret" in person.text
    person.open(person.url)
    assert "not authorized to perform: secretsmanager:CreateSecret" in person.text
    assert "canary-token" not in str(person.page)


@pytest.mark.promise("S13")
def test_what_was_typed_is_not_readable_in_the_session(root: Person) -> None:
    refused(root, "typed canary!")
    (kept,) = (session.get_decoded()[KEPT] for session in Session.objects.all())
    (answer,) = kept.values()
    assert "canary" not in stored_sessions()
    with pytest.raises(zlib.error):
        zlib.decompress(answer["page"].encode())
    key = root.client.cookies[cookie_name()]
    assert (key["httponly"], key["samesite"]) == (True, "Strict")
    assert b"typed canary!" in zlib.decompress(Fernet(key.value).decrypt(answer["page"]))


@pytest.mark.promise("S13")
def test_another_key_or_another_person_does_not_see_the_page(root: Person) -> None:
    refused(root)
    url = root.url
    colleague = sign_in("colleague", Role.ADMINISTRATOR)
    colleague.open(url)
    assert colleague.value_of("Username") == ""
    for key in ("", "no key", Fernet.generate_key().decode()):
        root.client.cookies[cookie_name()] = key
        root.open(url)
        assert root.value_of("Username") == ""
        assert not root.is_refused
    root.client.cookies[cookie_name()] = "no key"
    refused(root)
    assert root.value_of("Username") == "not a name!"


def test_a_page_is_shown_at_its_own_address_only(root: Person) -> None:
    refused(root)
    query = root.url.partition("?")[2]
    root.open(f"/account/tokens/new/?{query}")
    assert "not a name!" not in str(root.page)


def test_the_latest_pages_of_a_session_are_kept(root: Person) -> None:
    urls = []
    for number in range(MOST + 1):
        refused(root, f"not a name {number}!")
        urls.append(root.url)
    root.open(urls[0])
    assert root.value_of("Username") == ""
    for number, url in enumerate(urls[1:], start=1):
        root.open(url)
        assert root.value_of("Username") == f"not a name {number}!"


@pytest.mark.promise("S13")
def test_a_one_time_link_is_displayed_once(root: Person) -> None:
    root.open(ADD)
    root.fill("Username", "vera")
    root.press("Add person")
    url, found = root.url, re.search(r"/sign-in/([\w-]{40,})/", root.text)
    assert found
    assert found[1] not in stored_sessions()
    root.open(url)
    assert root.value_of("Username") == ""
    assert User.objects.filter(username="vera").count() == 1
    vera = User.objects.get(username="vera")
    root.open(f"/people/{vera.pk}/")
    root.press("Create sign-in link")
    assert re.search(r"/sign-in/[\w-]{40,}/", root.text)
    root.open(root.url)
    assert root.url == f"/people/{vera.pk}/"
    assert not re.search(r"/sign-in/[\w-]{40,}/", root.text)


@pytest.mark.promise("S13")
def test_an_api_token_is_displayed_once_and_expires_undisplayed(
    root: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create() -> str:
        root.open("/account/tokens/new/")
        data = {"name": "ci", "scopes": "rules:read", "days": "30"}
        data["csrfmiddlewaretoken"] = root.csrf_token
        response = root.client.post("/account/tokens/new/", data, headers=BROWSER)
        assert response.status_code == 303
        return str(response["Location"])

    url = create()
    root.open(url)
    assert "ptc_" in root.text
    root.open(url)
    assert "ptc_" not in root.text
    url, later = create(), time.time() + ONCE_SECONDS + 1
    monkeypatch.setattr("time.time", lambda: later)
    root.open(url)
    assert "ptc_" not in root.text
    assert ApiToken.objects.count() == 2


def test_an_address_that_only_takes_posts_says_that_its_page_is_gone(root: Person) -> None:
    answer = root.client.get(f"/{ACCOUNT}/rules/delete/?answer=unknown", headers=BROWSER)
    assert answer.status_code == 410
    assert "Nothing was sent again." in answer.content.decode()


def test_people_who_are_not_signed_in_get_no_session_for_an_answer(db: None) -> None:
    client = Client()
    response = client.post("/sign-in/", {"username": "x", "password": "y"}, headers=BROWSER)
    assert response["Location"] == "/sign-in/?problem=__all__&next="
    page = client.get(response["Location"], headers=BROWSER).content.decode()
    assert "Error: Sign in" in page
    assert "Please enter a correct username and password." in page
    assert not Session.objects.exists()


def test_an_ended_session_shows_no_kept_page(root: Person) -> None:
    refused(root)
    url = root.url
    User.objects.filter(username="root").update(is_active=False)
    root.open(url)
    assert root.url.startswith("/sign-in/")
    assert "not a name!" not in str(root.page)
