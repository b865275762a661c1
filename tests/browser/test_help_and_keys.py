"""The help panel, the search palette and the keyboard shortcuts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import violations
from tests.browser.walk import RULES, begin_destination
from tests.person import ACCOUNT, REGION


def _info(page: Page) -> None:
    page.locator("main .info-link").first.click()
    expect(page.locator("#help-title")).to_be_focused()


def test_info_opens_the_help_beside_the_page_and_escape_closes_it(open_page: OpenPage) -> None:
    page = open_page(width=1440)
    page.goto(RULES)
    panel, toggle = page.locator("#help-panel"), page.locator(".help-toggle")
    expect(panel).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    _info(page)
    expect(panel).to_contain_text("A pull through cache rule connects")
    expect(page).to_have_url(re.compile(f"{RULES}$"))
    expect(toggle).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("main .info-link").first).to_be_focused()
    toggle.click()
    expect(panel).to_be_visible()
    toggle.click()
    expect(panel).to_be_hidden()


def test_the_help_stays_open_on_the_next_page_with_its_topic(open_page: OpenPage) -> None:
    page = open_page(width=1440)
    page.goto(RULES)
    with page.expect_response("**/preferences/"):
        _info(page)
    page.get_by_role("link", name="Secrets", exact=True).click()
    expect(page.locator("#help-panel")).to_contain_text("A secret that a rule uses")
    page.locator("#help-panel").get_by_role("link", name="All help topics").click()
    expect(page).to_have_url(re.compile("/help/$"))


def test_help_in_the_wizard_leaves_no_draft_behind(open_page: OpenPage) -> None:
    page = open_page(width=1440)
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    _info(page)
    expect(page.locator("#help-panel")).to_contain_text("2 to 30 characters")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.get_by_label("Amazon ECR repository prefix")).to_have_value("mirror")


def test_a_narrow_page_is_covered_by_the_help_and_cannot_be_reached(open_page: OpenPage) -> None:
    page = open_page(width=390, height=844)
    page.goto(RULES)
    _info(page)
    assert page.locator(".content").evaluate("element => element.inert")
    page.get_by_role("button", name="Close help").click()
    assert not page.locator(".content").evaluate("element => element.inert")
    expect(page.locator("main .info-link").first).to_be_focused()


def test_the_palette_is_a_combobox_that_keys_operate(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(RULES)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find rules, Regions, secrets, and pages")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.fill("us-east-2")
    options = page.locator("#palette [role=option]")
    expect(page.locator("#palette .palette-group").first).to_have_text("Rules")
    expect(options.first).to_have_attribute("aria-selected", "true")
    first = options.first.get_attribute("id")
    assert first
    expect(field).to_have_attribute("aria-activedescendant", first)
    page.keyboard.press("ArrowDown")
    expect(field).not_to_have_attribute("aria-activedescendant", first)
    page.keyboard.press("ArrowUp")
    expect(field).to_have_attribute("aria-activedescendant", first)
    expect(field).to_be_focused()
    field.fill("quay")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rules/quay/details/$"))


def test_the_palette_begins_a_rule_and_escape_closes_it(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(RULES)
    page.get_by_role("link", name="Search").click()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.get_by_role("link", name="Search")).to_be_focused()
    page.keyboard.press("Control+k")
    page.locator("#palette-text").fill("add rule")
    expect(page.locator("#palette [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Specify a source")


def test_keys_reach_the_filter_and_the_list_of_keys_but_not_from_a_field(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto(RULES)
    page.keyboard.press("/")
    field = page.locator("main input[type=search]").first
    expect(field).to_be_focused()
    page.keyboard.type("a/b?")
    expect(field).to_have_value("a/b?")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_hidden()
    field.evaluate("element => element.blur()")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Search and keyboard shortcuts")
    expect(dialog).to_contain_text("Ctrl+K")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_keys_that_were_turned_off_do_nothing(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/account/")
    page.get_by_role("button", name="Turn off keyboard shortcuts").click()
    page.get_by_text("Keyboard shortcuts are off.").wait_for()
    page.goto(RULES)
    for key in ("/", "?", "Control+k"):
        page.keyboard.press(key)
    assert page.locator("dialog[open]").count() == 0
    expect(page.locator("main input[type=search]").first).not_to_be_focused()
    page.get_by_role("link", name="Search").click()
    expect(page.locator("#palette-text")).to_be_focused()


def test_without_javascript_help_and_search_are_pages(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto(RULES)
    page.locator("main .info-link").first.click()
    expect(page).to_have_url(re.compile("/help/rules/$"))
    page.get_by_role("link", name="Search", exact=True).click()
    page.locator("#search-text").fill("add rule")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specify a source")


@pytest.mark.parametrize("width", [1440, 320])
def test_nothing_is_cut_off_and_axe_finds_nothing_with_help_and_palette_open(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width, height=800)

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []

    page.goto(f"/{ACCOUNT}/{REGION.replace('us-east-2', 'eu-west-1')}/rules/")
    check()
    _info(page)
    check()
    page.keyboard.press("Escape")
    page.locator("[data-palette]").click()
    page.locator("#palette-text").fill("rule")
    page.locator("#palette [role=option]").first.wait_for()
    check()
    page.keyboard.press("Escape")
    page.goto("/search/?q=quay")
    check()
    page.goto("/help/keys/")
    check()
