"""Rotating a token in a browser: by keyboard alone, without JavaScript, and what axe finds."""

import re

from django.conf import LazySettings
from playwright.sync_api import Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.browser.test_keyboard import tab_to
from tests.browser.walk import heading_is
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT, REGION
from tests.rotations import OTHER, value
from tests.worker import work
from wizard.models import Rotation

GITHUB = "ecr-pullthroughcache/github"


def github_elsewhere() -> None:
    make_rule("github", "ghcr.io", region=OTHER, credentialArn=make_secret(GITHUB, OTHER))


def open_secrets(page: Page) -> None:
    page.goto(re.sub(r"/\d{12}/.*", f"/{ACCOUNT}/{REGION}/secrets/", page.url))


def test_a_token_is_rotated_by_keyboard_alone(open_page: OpenPage) -> None:
    github_elsewhere()
    page = open_page()
    open_secrets(page)
    tab_to(page, page.locator("summary", has_text=f"Actions {GITHUB}"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=f"Rotate everywhere {GITHUB}"))
    page.keyboard.press("Enter")

    heading_is(page, "Rotate the token of GitHub Container Registry (ghcr.io)")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    elsewhere = page.get_by_label(f"{GITHUB}, Europe (Ireland) (eu-west-1)")
    expect(elsewhere).to_be_checked()
    tab_to(page, elsewhere)
    page.keyboard.press("Space")
    expect(elsewhere).not_to_be_checked()
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Username"))
    page.keyboard.type("me")
    page.keyboard.press("Enter")

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Username")).to_have_value("me")
    tab_to(page, page.get_by_role("link", name="Enter the access token."))
    page.keyboard.press("Enter")
    expect(page.get_by_label("New access token")).to_be_focused()
    page.keyboard.type("a-new-token")
    page.keyboard.press("Enter")

    expect(page.get_by_text("The new token is stored in 2 secrets.")).to_be_visible()
    assert (value(REGION, GITHUB), value(OTHER, GITHUB)) == ("a-new-token", "a-new-token")
    tab_to(page, page.get_by_role("button", name="Put the old version back"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The old versions of 2 secrets are put back.")).to_be_visible()
    assert (value(REGION, GITHUB), value(OTHER, GITHUB)) == ("wrong", "wrong")


def test_the_validations_come_in_without_a_reload(open_page: OpenPage) -> None:
    page = rotated(open_page)
    results = page.locator("#rotation-results tbody")
    expect(results.get_by_text("Validating").first).to_be_visible()
    work()
    expect(results.get_by_text("Validating")).to_have_count(0)


def test_a_token_is_rotated_without_javascript(open_page: OpenPage) -> None:
    page = rotated(open_page, javascript=False)
    work()
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#rotation-results").get_by_text("Validating")).to_have_count(0)
    assert Rotation.objects.count() == 1


def test_axe_finds_nothing_on_the_pages_of_rotations(open_page: OpenPage) -> None:
    github_elsewhere()
    page = open_page()
    page.goto(re.sub(r"/\d{12}/.*", f"/{ACCOUNT}/rotations/new/", page.url))
    assert violations(page) == []
    page.get_by_role("link", name="GitHub Container Registry (ghcr.io)").click()
    assert violations(page) == []
    page.get_by_role("button", name="Rotate token").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Username").fill("me")
    page.get_by_label("New access token").fill("a-new-token")
    page.get_by_role("button", name="Rotate token").click()
    expect(page.get_by_text("The new token is stored in 2 secrets.")).to_be_visible()
    assert violations(page) == []
    assert too_wide(page, 320, 390, 1024) == []
    page.get_by_role("link", name="Token rotations").click()
    assert violations(page) == []


def rotated(open_page: OpenPage, *, javascript: bool = True) -> Page:
    """The page of a rotation that has just been started."""
    github_elsewhere()
    page = open_page(javascript=javascript)
    open_secrets(page)
    page.locator("summary", has_text=f"Actions {GITHUB}").click()
    page.get_by_role("link", name=f"Rotate everywhere {GITHUB}").click()
    page.get_by_label("Username").fill("me")
    page.get_by_label("New access token").fill("a-new-token")
    page.get_by_role("button", name="Rotate token").click()
    expect(page.get_by_text("The new token is stored in 2 secrets.")).to_be_visible()
    return page


def test_the_progress_is_shown_secret_by_secret(aws: FakeAws, open_page: OpenPage) -> None:
    github_elsewhere()
    page = open_page()
    open_secrets(page)
    page.locator("summary", has_text=f"Actions {GITHUB}").click()
    page.get_by_role("link", name=f"Rotate everywhere {GITHUB}").click()
    page.get_by_label("Username").fill("me")
    page.get_by_label("New access token").fill("a-new-token")
    aws.hold(operation="PutSecretValue", region=OTHER)
    page.get_by_role("button", name="Rotate token").click()
    expect(page.locator("#progress").get_by_text("1 of 2 secrets")).to_be_visible()
    assert page.url.rstrip("/").endswith(str(Rotation.objects.get().pk))
    expect(page.get_by_role("heading", level=1).last).to_be_focused()
    assert violations(page) == []
    aws.release()
    expect(page.get_by_text("The new token is stored in 2 secrets.")).to_be_visible()


def test_a_test_of_the_credentials_rotates_nothing(
    aws: FakeAws, settings: LazySettings, open_page: OpenPage
) -> None:
    """The script that follows a rotation leaves this button to the browser."""
    settings.SIMULATED_UPSTREAMS = aws.upstreams()
    page = open_page()
    open_secrets(page)
    page.goto(re.sub(r"/\d{12}/.*", f"/{ACCOUNT}/rotations/new/?secret={REGION}/github", page.url))
    before = value(REGION, GITHUB)
    page.get_by_label("Username").fill("demo")
    page.get_by_label("New access token").fill("demo-access-token")
    page.get_by_role("button", name="Test credentials").click()
    expect(page.get_by_text("ghcr.io accepted the credentials")).to_be_focused()
    assert (value(REGION, GITHUB), Rotation.objects.count()) == (before, 0)
    page.get_by_label("Username").press("Enter")
    expect(page.get_by_text("The new token is stored in 1 secret.")).to_be_visible()
    assert value(REGION, GITHUB) == "demo-access-token"
