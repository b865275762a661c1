"""Tables with the script: the selection, buttons that need one, validation in place, the filter."""

import re
from collections import Counter

import boto3
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_keyboard import tab_to
from tests.browser.walk import RULES, validate
from tests.person import ACCOUNT, REGION, someone
from tests.trail import change
from wizard.domain import Role

VALIDATE = "Validate selected rules"
OVERFLOW = """() => {
  const box = document.querySelector(".table-scroll");
  return box.scrollWidth - box.clientWidth;
}"""


@pytest.fixture
def many(account: None) -> None:
    """Fifteen rules: two pages of ten."""
    client = boto3.client("ecr", region_name=REGION)
    for number in range(12):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"team-{number:02}", upstreamRegistryUrl="quay.io"
        )


@pytest.fixture
def trail(open_page: OpenPage) -> Page:
    """The audit trail, with three changes."""
    someone("ada", Role.ADMINISTRATOR)
    for subject in ("docker-hub", "docker-mirror", "quay"):
        change(subject)
    page = open_page()
    page.goto("/audit/")
    return page


def subjects(page: Page) -> Locator:
    return page.locator("td[data-label='Subject']")


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


def test_numbers_of_the_script_are_grouped_as_in_the_language_of_the_page(
    open_page: OpenPage,
) -> None:
    page = open_page()
    counter = page.locator("#list-counter")
    for language, written in (("Deutsch", "(1/1.700)"), ("English", "(1/1,700)")):
        page.locator("summary", has_text=re.compile("Settings|Einstellungen")).click()
        page.get_by_role("button", name=language).click()
        expect(page.locator("html")).to_have_attribute(
            "lang", {"Deutsch": "de"}.get(language, "en")
        )
        counter.evaluate("(element) => { element.dataset.total = '1700'; }")
        first = page.locator('tbody input[name="rule"]').first
        # The choice was kept when the language changed.
        first.uncheck()
        first.check()
        expect(counter).to_have_text(written)


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


def test_the_head_stays_in_view_and_the_page_fits(many: None, open_page: OpenPage) -> None:
    page = open_page()
    page.set_viewport_size({"width": 1440, "height": 420})
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY > 200")
    bars = page.locator(".bars").bounding_box()
    head = page.locator("thead th").nth(1).bounding_box()
    assert bars is not None
    assert head is not None
    assert abs(head["y"] - bars["y"] - bars["height"]) <= 1
    # Beside the navigation of a small screen, and beside the help panel, no column is cut off.
    page.set_viewport_size({"width": 1024, "height": 700})
    assert page.evaluate(OVERFLOW) <= 0
    page.set_viewport_size({"width": 1440, "height": 700})
    page.locator(".help-toggle").click()
    expect(page.locator("#help-panel")).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0


def test_long_names_and_reasons_take_two_lines_and_a_small_screen_has_the_table(
    open_page: OpenPage,
) -> None:
    long = "platform-team/quay-mirror-abcd"
    assert len(long) == 30
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=long, upstreamRegistryUrl="quay.io"
    )
    page = open_page()
    validate(page, "github")
    failed = page.get_by_role("row").filter(has_text="ghcr.io")
    expect(failed).to_contain_text("Failed")
    for row in (failed, page.get_by_role("row").filter(has_text=long)):
        box = row.bounding_box()
        assert box is not None
        # Two lines of text with the padding of a row.
        assert box["height"] <= 64
    head = page.locator("thead th").nth(1)
    for width, is_table in ((1024, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 800})
        assert head.is_visible() is is_table, width
        buttons = page.locator(".table-heading .button-row .button:visible").all()
        boxes = [each.bounding_box() for each in buttons]
        assert len(boxes) == 5
        # No button stands alone on a line of its own, least of all the primary one.
        lines = Counter(round(box["y"] / 10) for box in boxes if box)
        assert min(lines.values()) > 1 or not is_table, lines


def test_the_box_that_selects_all_has_a_visible_label_above_cards(open_page: OpenPage) -> None:
    page = open_page(width=390, height=844)
    label = page.get_by_text("Select all rules on this page")
    expect(label).to_be_in_viewport()
    label.click()
    expect(page.get_by_role("checkbox", name="Select quay")).to_be_checked()


def test_all_regions_are_counted_selected_and_filtered_while_one_types(
    many: None, open_page: OpenPage, patience: None
) -> None:
    page = open_page()
    page.goto(f"/{ACCOUNT}/rules/")
    counter = page.locator("#list-counter")
    expect(counter).to_have_text("(15)")
    page.get_by_role("checkbox", name="Select team-03, us-east-2").check()
    expect(counter).to_have_text("(1/15)")
    page.get_by_label("Find rules", exact=True).press_sequentially("team-0")
    expect(page.get_by_role("rowheader")).to_have_count(10)
    expect(page.get_by_label("Find rules", exact=True)).to_be_focused()
    expect(page.get_by_role("checkbox", name="Select team-03, us-east-2")).to_be_checked()
    expect(counter).to_have_text("(1/15)")
    assert "q=team-0" in page.url
    page.get_by_role("link", name="Select all 10 rules").click()
    expect(counter).to_have_text("(10/15)")


def test_the_trail_is_filtered_while_one_types_and_kept_on_the_way_back(trail: Page) -> None:
    expect(trail.get_by_role("button", name="Apply")).to_be_hidden()
    field = trail.get_by_label("Subject contains")
    field.press_sequentially("docker-")
    expect(subjects(trail)).to_have_text(["docker-mirror", "docker-hub"])
    expect(field).to_be_focused()
    trail.get_by_label("Action").select_option(label="DeletePullThroughCacheRule")
    expect(subjects(trail)).to_have_count(2)
    download = trail.get_by_role("link", name="Download CSV")
    expect(download).to_have_attribute("href", re.compile("subject=docker-"))
    trail.get_by_role("link", name="Operations").first.click()
    trail.go_back()
    expect(subjects(trail)).to_have_text(["docker-mirror", "docker-hub"])
    expect(trail.get_by_label("Subject contains")).to_have_value("docker-")
    trail.get_by_role("link", name="Clear filter").click()
    expect(subjects(trail)).to_have_count(3)


def test_an_error_of_the_filter_is_told_at_its_field_and_goes_when_it_is_corrected(
    trail: Page,
) -> None:
    field = trail.get_by_label("Account", exact=True)
    field.fill("12")
    field.press("Tab")
    expect(trail.get_by_text("An account ID has 12 digits.").first).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("12")
    expect(subjects(trail)).to_have_count(0)
    field.fill(ACCOUNT)
    field.press("Tab")
    expect(subjects(trail)).to_have_count(3)
    expect(trail.locator(".field-error")).to_have_count(0)
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_name_of_thirty_characters_has_at_most_two_lines(open_page: OpenPage) -> None:
    prefix = "team-platform-docker-hub-eu-01"
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )
    page = open_page()
    page.reload()
    for address in (RULES, f"/{ACCOUNT}/{REGION}/health/"):
        page.goto(address)
        for width in (1440, 1024):
            page.set_viewport_size({"width": width, "height": 900})
            link = page.get_by_role("link", name=prefix, exact=True)
            assert link.evaluate("each => each.getClientRects().length") <= 2, (address, width)
            assert page.evaluate(OVERFLOW) <= 0, (address, width)
