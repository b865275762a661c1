"""htmx is loaded when a page first needs it; no event is lost until it is there."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

FILE = "**/htmx-2*.js"


def test_a_list_loads_htmx_when_its_filter_has_the_focus(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(page.url, wait_until="networkidle")
    assert page.evaluate("window.htmx") is None
    with page.expect_request(FILE):
        page.get_by_role("searchbox", name="Find rules").focus()


def test_what_is_typed_before_htmx_is_there_filters_the_list(open_page: OpenPage) -> None:
    page = open_page()
    with page.expect_request(FILE):
        page.get_by_role("searchbox", name="Find rules").fill("no-such-rule")
    expect(page.locator("#list-results").get_by_text("No matches")).to_be_visible()
    assert "no-such-rule" in page.url


def test_a_filter_that_is_submitted_works_without_htmx(
    open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page()
    page.route(FILE, lambda route: route.abort())
    field = page.get_by_role("searchbox", name="Find rules")
    field.fill("no-such-rule")
    field.press("Enter")
    expect(page.locator("#list-results").get_by_text("No matches")).to_be_visible()
    assert "no-such-rule" in page.url
    complaints.clear()
