"""The shell around the pages: menus by keys, the hidden navigation, the suggested time zone."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_keyboard import tab_to
from tests.person import ACCOUNT, REGION


def _menu(page: Page) -> Locator:
    return page.locator(".region-menu")


def _open_menu(page: Page) -> None:
    tab_to(page, _menu(page).locator("summary"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find Regions")).to_be_focused()


def _is_in_menu(page: Page) -> bool:
    return bool(page.evaluate("document.activeElement.closest('.region-menu') !== null"))


def test_enter_in_the_search_of_regions_opens_the_page_in_the_first_match(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto(f"/{ACCOUNT}/{REGION}/secrets/")
    _open_menu(page)
    page.keyboard.type("eu-west-1")
    expect(_menu(page).get_by_role("link")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/eu-west-1/secrets/")
    _open_menu(page)
    page.keyboard.type("no such Region")
    expect(_menu(page).get_by_role("link")).to_have_count(0)
    expect(_menu(page).get_by_text("No matches")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/eu-west-1/secrets/$"))


def test_arrow_keys_home_and_end_move_in_the_menu_of_regions(open_page: OpenPage) -> None:
    page = open_page()
    _open_menu(page)
    links = _menu(page).get_by_role("link")
    page.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    expect(links.first).to_have_text("All Regions")
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(links.nth(-2)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("searchbox", name="Find Regions")).to_be_focused()
    page.keyboard.press("Escape")
    expect(_menu(page).locator("summary")).to_be_focused()
    expect(_menu(page)).not_to_have_attribute("open", re.compile(""))


def test_a_menu_closes_when_tab_leaves_it(open_page: OpenPage) -> None:
    """In both directions, so that it never covers what has the focus."""
    page = open_page()
    for key in ("Tab", "Shift+Tab"):
        page.goto(f"/{ACCOUNT}/{REGION}/rules/")
        _open_menu(page)
        for _ in range(60):
            if not _is_in_menu(page):
                break
            page.keyboard.press(key)
        assert not _is_in_menu(page)
        expect(_menu(page)).not_to_have_attribute("open", re.compile(""))


def test_opening_one_menu_closes_the_other(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("summary", has_text="Settings").click()
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    _menu(page).locator("summary").click()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()
    expect(_menu(page).get_by_role("link", name="All Regions")).to_be_visible()


def test_the_hidden_navigation_stays_hidden(open_page: OpenPage) -> None:
    """It is not even shown for a moment: the server renders it hidden."""
    page = open_page()
    navigation = page.get_by_role("navigation", name="Service")
    expect(navigation).to_be_visible()
    with page.expect_response("**/preferences/"):
        page.get_by_label("Hide navigation").check()
    expect(navigation).to_be_hidden()
    page.goto("/account/")
    expect(page.get_by_label("Hide navigation")).to_be_checked()
    expect(navigation).to_be_hidden()
    with page.expect_response("**/preferences/"):
        page.get_by_label("Hide navigation").uncheck()
    page.reload()
    expect(navigation).to_be_visible()


def test_without_javascript_the_navigation_is_hidden_in_the_settings(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("button", name="Hidden").click()
    expect(page.get_by_role("navigation", name="Service")).to_be_hidden()
    page.goto("/account/")
    expect(page.get_by_role("navigation", name="Service")).to_be_hidden()


def test_the_zone_of_the_browser_is_suggested(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(
        "Intl.DateTimeFormat.prototype.resolvedOptions = () => ({timeZone: 'Europe/Vienna'})"
    )
    page.goto("/account/")
    page.get_by_role("button", name="Choose the zone of this browser: Europe/Vienna").click()
    expect(page.get_by_label("Show times in")).to_have_value("Europe/Vienna")
    page.get_by_role("button", name="Save time zone").click()
    expect(page.get_by_text("(Europe/Vienna, UTC+").first).to_be_visible()
    expect(page.get_by_role("button", name="Choose the zone")).to_be_hidden()


def test_no_page_is_longer_than_its_content(open_page: OpenPage) -> None:
    page = open_page(height=1800)
    for path in (f"/{ACCOUNT}/{REGION}/rules/", f"/{ACCOUNT}/{REGION}/secrets/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollHeight") == 1800
