"""Signing in and out, confirming the password again, and the pages about people, in Chromium."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import PASSWORD, OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.browser.walk import RULES, open_delete, validate
from tests.oidc_provider.running import CLIENT_ID, RunningProvider, running_provider
from tests.oidc_provider.running import PASSWORD as PROVIDER_PASSWORD
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Place, Role
from wizard.gate import identity_provider, single_sign_on
from wizard.models import LiveSession
from wizard.services.people import tokens

TOKEN = "canary-6f1d2c"


def leave_idle() -> None:
    LiveSession.objects.update(seen_at=timezone.now() - timedelta(minutes=61))


def make_stale() -> None:
    """Every session's last proof of who its person is was 31 minutes ago."""
    for row in Session.objects.all():
        data = row.get_decoded()
        if "proved_at" in data:
            data["proved_at"] = (timezone.now() - timedelta(minutes=31)).timestamp()
            row.session_data = Session.objects.encode(data)
            row.save()


def make_administrator() -> None:
    someone("ada", Role.ADMINISTRATOR)


def come_back(page: Page) -> None:
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_session_that_ends_in_mid_wizard_loses_the_token_only(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Docker Hub", exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Create an AWS secret").check()
    page.locator("#id_secret_name").fill("hub")
    page.get_by_label("Docker Hub email").fill("me@example.com")
    page.get_by_label("Docker Hub access token").fill(TOKEN)
    step = page.url
    leave_idle()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/sign-in/**")
    assert TOKEN not in page.url
    expect(page.get_by_text("Your session expired")).to_be_visible()
    come_back(page)
    page.wait_for_url(step)
    expect(page.locator("#id_secret_name")).to_have_value("hub")
    expect(page.get_by_label("Docker Hub email")).to_have_value("me@example.com")
    expect(page.get_by_label("Docker Hub access token")).to_have_value("")
    expect(page.get_by_text("Enter the access token again.")).to_be_visible()


def test_validate_pressed_too_late_leads_to_the_sign_in_and_back(open_page: OpenPage) -> None:
    page = open_page()
    leave_idle()
    validate(page, "quay")
    page.wait_for_url("**/sign-in/**")
    come_back(page)
    page.wait_for_url(f"**{RULES}")


def test_a_dialog_asks_for_the_password_first_and_its_button_too(open_page: OpenPage) -> None:
    page = open_page()
    make_stale()
    open_delete(page, "quay")
    page.wait_for_url("**/confirm-identity/**")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**{RULES}")
    open_delete(page, "quay")
    page.get_by_label("To confirm this deletion").fill("confirm")
    make_stale()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url("**/confirm-identity/**")
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**{RULES}")
    expect(page.get_by_role("row").filter(has_text="quay.io")).to_be_visible()


def test_a_viewer_is_offered_nothing_to_change(open_page: OpenPage) -> None:
    page = open_page()
    someone("ada", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    for path in (RULES, f"{RULES}quay/details/", f"/{ACCOUNT}/{REGION}/secrets/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for name in ("Add rule", "Validate", "Delete", "Edit", "Create secret", "Replace"):
            expect(page.get_by_role("main").get_by_role("button", name=name)).to_have_count(0)
            link = page.get_by_role("main").get_by_role("link", name=name, exact=True)
            expect(link).to_have_count(0)


# --- Every page about people --------------------------------------------------------------------


def walk(page: Page) -> Iterator[str]:
    """Go from page to page about people; yields what each one is."""
    make_administrator()
    page.goto("/people/")
    yield "people"
    page.get_by_role("link", name="Add person").click()
    yield "add a person"
    page.get_by_label("Account", exact=True).fill("12")
    page.get_by_role("button", name="Add person").click()
    yield "add a person, errors"
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Viewer").check()
    page.get_by_label("Account", exact=True).fill(ACCOUNT)
    page.get_by_role("button", name="Add person").click()
    yield "link"
    page.get_by_role("link", name="Continue").click()
    yield "person"
    page.get_by_role("link", name="Add permission").click()
    yield "grant"
    page.get_by_role("button", name="Add permission").click()
    yield "grant, errors"
    vera = User.objects.get(username="vera")
    tokens.create_token(user=vera, name="ci", scopes=[], days=30)
    page.goto(f"/people/{vera.pk}/")
    page.get_by_role("button", name="Deactivate").click()
    yield "person, switched off, with a token"
    page.goto("/account/")
    yield "account"
    page.get_by_role("link", name="Change password").click()
    page.get_by_role("button", name="Save password").click()
    yield "password, errors"
    page.goto("/account/tokens/new/")
    yield "token"
    page.get_by_label("Name").fill("ci")
    page.get_by_label(re.compile("rules:read")).check()
    page.get_by_role("button", name="Create API token").click()
    yield "token made"
    make_stale()
    page.goto("/account/password/")
    yield "confirm"
    someone("ada", None)
    page.goto("/")
    yield "no grants"


def test_axe_finds_nothing_on_the_pages_about_people_and_nothing_is_cut_off(
    open_page: OpenPage,
) -> None:
    page = open_page()
    found = []
    for turn, state in enumerate(walk(page)):
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{state}: {violation}" for violation in violations(page, turn)]
        found += [f"{state}: wider than {width}" for width in too_wide(page, 320)]
    assert found == []


# --- Single sign-on -----------------------------------------------------------------------------


@pytest.fixture
def provider(live_server: LiveServer, settings: Settings) -> Iterator[RunningProvider]:
    with running_provider() as running:
        settings.OIDC_ISSUER = running.issuer
        settings.OIDC_CLIENT_ID = CLIENT_ID
        settings.OIDC_CLIENT_SECRET = running.secret
        settings.OIDC_GRANTS = "everyone=operator"
        backends = settings.AUTHENTICATION_BACKENDS
        settings.AUTHENTICATION_BACKENDS = [*backends, single_sign_on.BACKEND]
        running.order(redirect_uri=f"{live_server.url}/single-sign-on/callback/")
        running.add_person("alice", "everyone")
        identity_provider.forget_provider()
        yield running
        identity_provider.forget_provider()


def log_in_at_provider(page: Page) -> None:
    page.get_by_role("heading", name="Example login").wait_for()
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PROVIDER_PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_single_sign_on_leads_in_and_confirms(
    provider: RunningProvider, open_page: OpenPage
) -> None:
    page = open_page()
    page.context.clear_cookies()
    page.goto(RULES)
    assert violations(page) == []
    page.get_by_role("link", name="Sign in with single sign-on").click()
    log_in_at_provider(page)
    page.wait_for_url(f"**{RULES}")
    page.get_by_role("button", name="Add rule").wait_for()
    make_stale()
    open_delete(page, "quay")
    page.wait_for_url("**/confirm-identity/**")
    assert violations(page) == []
    page.get_by_role("link", name="Confirm with single sign-on").click()
    log_in_at_provider(page)
    page.wait_for_url(f"**{RULES}")
    open_delete(page, "quay")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_provider_that_is_down_is_told_in_the_consoles_looks(
    provider: RunningProvider, open_page: OpenPage, settings: Settings
) -> None:
    page = open_page()
    page.context.clear_cookies()
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    page.goto("/sign-in/")
    page.get_by_role("link", name="Sign in with single sign-on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "The single sign-on provider doesn't respond"
    )
    assert violations(page) == []


def test_too_many_attempts_are_told_in_the_consoles_looks(
    browser: Browser, open_page: OpenPage, settings: Settings
) -> None:
    settings.SIGN_IN_TRIES_ACCOUNT = 2
    page = open_page()
    page.context.clear_cookies()
    for _ in range(2):
        page.goto("/sign-in/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many attempts")
    assert violations(page) == []
