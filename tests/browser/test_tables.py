"""Tables with the script: the selection, buttons that need one, validation in place, the filter."""

import boto3
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_keyboard import tab_to
from tests.browser.walk import RULES
from tests.person import REGION

VALIDATE = "Validate selected rules"


@pytest.fixture
def many(account: None) -> None:
    """Fifteen rules: two pages of ten."""
    client = boto3.client("ecr", region_name=REGION)
    for number in range(12):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"team-{number:02}", upstreamRegistryUrl="quay.io"
        )


def small_pages(page: Page) -> None:
    page.get_by_role("link", name="Preferences").click()
    page.get_by_label("Page size").select_option("10")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


def test_the_selection_is_counted_and_survives_sorting_and_paging(
    many: None, open_page: OpenPage
) -> None:
    page = open_page()
    small_pages(page)
    counter = page.locator("#list-counter")
    page.get_by_role("checkbox", name="Select all rules on this page").check()
    expect(counter).to_have_text("(10/15)")
    page.get_by_role("link", name="Prefix", exact=True).click()
    expect(counter).to_have_text("(10/15)")
    page.get_by_role("link", name="Page 2").click()
    expect(counter).to_have_text("(10/15)")
    page.get_by_role("checkbox", name="Select all rules on this page").uncheck()
    expect(counter).to_have_text("(5/15)")
    page.get_by_role("link", name="Select all 15 rules").click()
    expect(counter).to_have_text("(15/15)")


def test_buttons_that_need_a_selection_are_unavailable_without_one(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("button", name=VALIDATE)).to_be_disabled()
    page.locator(".actions-menu > summary").click()
    edit = page.get_by_role("button", name="Edit")
    expect(edit).to_have_attribute("aria-disabled", "true")
    expect(edit).to_contain_text("Select one rule.")
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Select quay").check()
    expect(page.get_by_role("button", name=VALIDATE)).to_be_enabled()
    page.locator(".actions-menu > summary").click()
    edit.click()
    page.wait_for_url(f"**{RULES}quay/edit/")


def test_validating_is_a_status_and_moves_no_column(open_page: OpenPage) -> None:
    page = open_page()
    heads = page.locator("thead th")
    before = [each.bounding_box() for each in heads.all()]
    waiting: list[Route] = []
    page.route("**/validate/", lambda route: waiting.append(route))
    page.get_by_role("checkbox", name="Select quay").check()
    page.get_by_role("button", name=VALIDATE).click()
    row = page.get_by_role("row").filter(has_text="quay.io")
    expect(row).to_contain_text("Validating")
    assert [each.bounding_box() for each in heads.all()] == before
    waiting[0].continue_()
    expect(row).to_contain_text("Valid")


def test_the_list_is_filtered_while_one_types_and_kept_on_the_way_back(
    many: None, open_page: OpenPage
) -> None:
    page = open_page()
    page.get_by_label("Find rules", exact=True).press_sequentially("team-1")
    expect(page.get_by_role("rowheader")).to_have_text(["team-10", "team-11"])
    expect(page.get_by_label("Find rules", exact=True)).to_be_focused()
    assert "q=team-1" in page.url
    page.get_by_role("link", name="team-11").click()
    page.get_by_role("navigation", name="Breadcrumbs").get_by_role(
        "link", name="Pull through cache"
    ).click()
    expect(page.get_by_role("rowheader")).to_have_text(["team-10", "team-11"])


def test_rules_are_validated_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    for prefix in ("kubernetes", "quay"):
        tab_to(page, page.get_by_role("checkbox", name=f"Select {prefix}"))
        page.keyboard.press("Space")
    expect(page.locator("#list-counter")).to_have_text("(2/3)")
    button = page.get_by_role("button", name=VALIDATE)
    button.focus()
    page.keyboard.press("Enter")
    for host in ("quay.io", "registry.k8s.io"):
        expect(page.get_by_role("row").filter(has_text=host)).to_contain_text("Just now")
