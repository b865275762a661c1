"""The warning before a session ends, in Chromium. The clock of the page is set by the tests."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, OpenPage
from tests.browser.test_accessibility import violations
from wizard.models import LiveSession

TOKEN = "canary-6f1d2c"


def leave_idle(minutes: float) -> None:
    """The last request of the session was so long ago, also for the server."""
    LiveSession.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))


def wait_until_warned(page: Page) -> None:
    """58 minutes pass on the page, which then asks the server."""
    page.clock.fast_forward("58:00")


def with_clock(page: Page) -> Page:
    page.clock.install()
    page.reload()
    return page


def test_who_is_warned_stays_signed_in_and_so_does_the_other_tab(open_page: OpenPage) -> None:
    page = with_clock(open_page())
    other = page.context.new_page()
    other.goto(page.url)
    with_clock(other)
    leave_idle(58.5)
    for tab in (page, other):
        wait_until_warned(tab)
    dialog = page.get_by_role("alertdialog", name="Your session is about to end")
    button = dialog.get_by_role("button", name="Stay signed in")
    expect(button).to_be_focused()
    expect(dialog).to_contain_text("Time left: 1:")
    assert violations(page) == []
    button.click()
    expect(dialog).to_be_hidden()
    elsewhere = other.get_by_role("alertdialog", name="Your session is about to end")
    expect(elsewhere).to_be_visible()
    other.clock.fast_forward("00:15")
    expect(elsewhere).to_be_hidden()
    expect(other.get_by_role("heading", level=1)).to_be_visible()


def test_who_is_not_there_is_told_of_the_end_and_returns_to_the_step(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Docker Hub", exact=True).check()
    page.get_by_role("button", name="Next").click()
    with_clock(page)
    page.get_by_label("Create an AWS secret").check()
    page.locator("#id_secret_name").fill("hub")
    page.get_by_label("Docker Hub access token").fill(TOKEN)
    step = page.url
    leave_idle(58.5)
    wait_until_warned(page)
    expect(page.get_by_role("alertdialog", name="Your session is about to end")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    leave_idle(61)
    page.clock.fast_forward("02:00")
    ended = page.get_by_role("alertdialog", name="Your session has ended")
    expect(ended).to_contain_text("Your answers in the wizard are kept")
    expect(ended.get_by_role("button", name="Close")).to_be_focused()
    assert violations(page) == []
    ended.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(step)
    expect(page.get_by_text("Your session expired. Your answers are kept.")).to_be_visible()
    expect(page.get_by_text("Enter the access token again.")).to_be_visible()
    expect(page.locator("#id_secret_name")).to_have_value("hub")


def test_a_session_at_its_absolute_limit_offers_to_sign_in_again(open_page: OpenPage) -> None:
    page = with_clock(open_page())
    wanted = page.url
    LiveSession.objects.update(created_at=timezone.now() - timedelta(hours=11.98))
    wait_until_warned(page)
    dialog = page.get_by_role("alertdialog", name="Your session is about to end")
    expect(dialog).to_contain_text("A session lasts for 12 hours, and you can't extend it.")
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_hidden()
    dialog.get_by_role("button", name="Sign in again").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(wanted)
