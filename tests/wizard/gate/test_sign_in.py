"""Signing in by password or one-time link, signing out, and pages without AWS access."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.person import someone
from wizard.backend import clients
from wizard.models import SignInLink
from wizard.services import access
from wizard.services.people import sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture
def person() -> User:
    user = someone("ada")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def token() -> str:
    return sign_in.create_link(username="ada")


def _link(token: str) -> str:
    return reverse("sign-in-link", kwargs={"token": token})


def _is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_opening_a_link_shows_a_button_and_uses_nothing_up(client: Client, token: str) -> None:
    for _ in range(3):
        page = client.get(_link(token))
        assert page.status_code == 200
        assert page.context["link_is_valid"]
        assert "<button" in page.text
    assert client.head(_link(token)).status_code == 200
    assert not _is_signed_in(client)
    assert sign_in.is_link_valid(token=token)


def test_the_button_signs_in_and_leads_home(client: Client, token: str) -> None:
    answer = client.post(_link(token))
    assert (answer.status_code, answer["Location"]) == (303, reverse("home"))
    assert client.session["_auth_user_id"] == str(User.objects.get(username="ada").pk)


def test_a_link_works_once(client: Client, token: str) -> None:
    client.post(_link(token))
    other = Client()
    refused = other.post(_link(token))
    assert refused.status_code == 410
    assert not _is_signed_in(other)
    assert other.get(_link(token)).status_code == 410


def test_a_link_expires_after_an_hour(client: Client, token: str) -> None:
    link = SignInLink.objects.get()
    assert link.expires_at - link.created_at <= sign_in.LINK_LIFETIME
    SignInLink.objects.update(expires_at=timezone.now())
    assert client.post(_link(token)).status_code == 410
    assert not _is_signed_in(client)


def test_a_link_of_a_switched_off_account_is_refused(client: Client, token: str) -> None:
    User.objects.update(is_active=False)
    assert client.get(_link(token)).status_code == 410
    assert client.post(_link(token)).status_code == 410


def test_a_refused_link_says_how_to_get_another(client: Client) -> None:
    page = client.get(_link("no-such-token"))
    assert page.status_code == 410
    assert "python manage.py signinlink" in page.text
    assert f'href="{reverse("sign-in")}"' in page.text


def test_the_session_key_changes_when_a_link_signs_in(client: Client, token: str) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted or ""
    client.post(_link(token))
    assert client.session.session_key != planted


def test_the_buttons_request_needs_the_pages_csrf_token(token: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(_link(token)).status_code == 403
    assert sign_in.is_link_valid(token=token)


def test_a_links_page_is_not_stored_and_tells_no_page_its_address(
    client: Client, token: str
) -> None:
    for page in (client.get(_link(token)), client.get(_link("no-such-token"))):
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "strict-origin"
        assert not re.search(r'(?:href|src)="(?:https?:)?//', page.text)


def test_the_database_does_not_hold_the_token(token: str) -> None:
    assert token not in str(SignInLink.objects.values().get())


def test_making_a_link_clears_expired_ones_away(token: str) -> None:
    SignInLink.objects.update(expires_at=timezone.now())
    sign_in.create_link(username="ada")
    assert SignInLink.objects.count() == 1


def test_an_unknown_person_becomes_an_administrator_without_a_password(token: str) -> None:
    made = User.objects.get(username="ada")
    assert access.is_administrator(user=made)
    assert not made.is_superuser
    assert not made.has_usable_password()


def test_a_known_person_stays_as_they_are(person: User) -> None:
    sign_in.create_link(username="ada")
    person.refresh_from_db()
    assert not access.is_administrator(user=person)
    assert person.check_password(PASSWORD)


def test_the_command_prints_a_whole_link(client: Client) -> None:
    printed = StringIO()
    call_command("signinlink", "ada", "--base-url", "https://ptc.example.com/", stdout=printed)
    link = printed.getvalue().strip()
    assert link.startswith("https://ptc.example.com/sign-in/")
    assert client.get(link.removeprefix("https://ptc.example.com")).status_code == 200


def test_the_command_makes_no_link_for_a_switched_off_account(person: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="ada is switched off"):
        call_command("signinlink", "ada")


def test_a_password_signs_in_and_leads_where_one_wanted_to_go(client: Client, person: User) -> None:
    wanted = reverse("rule-list", kwargs={"account_id": "123456789012", "region": "us-east-2"})
    refused = client.get(wanted)
    assert (refused.status_code, refused["Location"]) == (302, f"/sign-in/?next={wanted}")
    answer = client.post(
        refused["Location"], {"username": "ada", "password": PASSWORD, "next": wanted}
    )
    assert (answer.status_code, answer["Location"]) == (303, wanted)
    assert _is_signed_in(client)


def test_a_wrong_password_is_refused_without_saying_which_part_is_wrong(
    client: Client, person: User
) -> None:
    pages = [
        client.post(reverse("sign-in"), {"username": name, "password": "wrong"})
        for name in ("ada", "nobody")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    errors = [page.context["form"].non_field_errors() for page in pages]
    assert errors[0] == errors[1]
    assert not any(name in page.text for name, page in zip(("ada", "nobody"), pages, strict=True))
    assert not _is_signed_in(client)


def test_a_wrong_password_does_not_lose_where_one_wanted_to_go(
    client: Client, person: User
) -> None:
    data = {"username": "ada", "password": "wrong", "next": "/account/"}
    assert 'name="next" value="/account/"' in client.post(reverse("sign-in"), data).text


def test_a_foreign_page_cannot_be_the_way_on(client: Client, person: User) -> None:
    answer = client.post(
        reverse("sign-in"),
        {"username": "ada", "password": PASSWORD, "next": "https://elsewhere.example.com/"},
    )
    assert answer["Location"] == reverse("home")


def test_whoever_is_signed_in_is_sent_on_from_the_sign_in_page(
    client: Client, person: User
) -> None:
    client.force_login(person)
    answer = client.get(reverse("sign-in"))
    assert answer["Location"] == reverse("home")


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get(reverse("sign-out")).status_code == 405
    assert _is_signed_in(client)
    answer = client.post(reverse("sign-out"))
    assert (answer.status_code, answer["Location"]) == (303, reverse("sign-in"))
    assert not _is_signed_in(client)


# --- Signed in to a console that itself has no way into AWS -------------------------------------


@pytest.fixture
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    yield
    clients.forget()


@pytest.mark.usefixtures("_no_credentials")
@pytest.mark.parametrize("path", ["/", "/123456789012/us-east-2/rules/"])
def test_without_aws_credentials_the_page_says_what_is_missing(
    client: Client, person: User, path: str
) -> None:
    client.force_login(person)
    page = client.get(path)
    assert page.status_code == 502
    for words in ("The console has no AWS credentials", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        assert words.replace("'", "&#x27;") in page.text


@pytest.mark.usefixtures("_no_credentials")
def test_a_profile_that_does_not_exist_is_named(
    client: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    clients.forget()
    client.force_login(person)
    page = client.get("/")
    assert page.status_code == 502
    assert "no-such-profile" in page.text


# --- The first start of `make run` ---------------------------------------------------------------


def test_the_page_says_where_the_link_is_while_nobody_has_a_password(
    client: Client, settings: Settings
) -> None:
    someone("ada").save()
    settings.SIMULATED_AWS = True
    page = client.get(reverse("sign-in")).text
    assert "<code>make run</code> printed a one-time sign-in link" in page
    assert "signinlink admin --base-url http://testserver" in page


def test_the_page_says_nothing_of_a_link_elsewhere(client: Client, settings: Settings) -> None:
    ada = someone("ada")
    assert "sign-in link" not in client.get(reverse("sign-in")).text
    settings.SIMULATED_AWS = True
    ada.set_password("a password of three words")
    ada.save()
    assert "sign-in link" not in client.get(reverse("sign-in")).text
