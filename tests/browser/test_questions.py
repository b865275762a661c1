"""Confirmation before leaving a draft or deleting a rule: a dialog, or a page without scripts."""

import boto3
import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage
from tests.browser.walk import (
    RULES,
    begin,
    begin_destination,
    heading_is,
    open_delete,
    press_next,
    validate,
)
from tests.person import REGION

WARNING = (
    "Are you sure that you want to leave the current page? The changes that you made"
    " won't be saved."
)
CONFIRM = 'To confirm this deletion, type "confirm".'


def prefixes() -> list[str]:
    rules = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    return sorted(rule["ecrRepositoryPrefix"] for rule in rules["pullThroughCacheRules"])


def side_link(page: Page) -> Locator:
    navigation = page.get_by_role("navigation", name="Service")
    return navigation.get_by_role("link", name="Pull through cache")


def test_a_link_out_of_the_wizard_asks_and_escape_returns_to_it(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Quay")
    side_link(page).click()
    dialog = page.get_by_role("dialog", name="Leave page")
    expect(dialog).to_contain_text(WARNING)
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(side_link(page)).to_be_focused()
    heading_is(page, "Specify a source")
    expect(page.get_by_label("Quay", exact=True)).to_be_checked()


@pytest.mark.parametrize("way", ["Cancel", "Close"])
def test_the_dialog_is_closed_by_its_buttons_too(open_page: OpenPage, way: str) -> None:
    page = open_page()
    begin(page, "Quay")
    opener = page.get_by_role("button", name="Cancel")
    opener.click()
    dialog = page.get_by_role("dialog", name="Leave page")
    dialog.locator("[data-close]").filter(has_text=way).click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    heading_is(page, "Specify a source")


def test_a_draft_is_left_for_where_one_wanted_to_go(open_page: OpenPage) -> None:
    page = open_page()
    begin_destination(page)
    page.get_by_text("US East (Ohio)").first.click()
    page.get_by_role("link", name="Europe (Ireland)").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**{RULES.replace(REGION, 'eu-west-1')}")
    page.goto(RULES)
    expect(page.locator("#drafts")).to_have_count(0)


def test_a_wizard_without_an_answer_is_left_without_a_question(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Add rule").click()
    side_link(page).click()
    page.wait_for_url(f"**{RULES}")


def test_the_draft_s_own_pages_do_not_ask(open_page: OpenPage) -> None:
    page = open_page()
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    page.get_by_role("button", name="Previous").click()
    heading_is(page, "Specify a source")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_back_and_reload_after_a_refused_step_send_nothing_again(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("Not/Allowed")
    page.get_by_role("button", name="Next").click()
    page.locator(".error-summary").wait_for()
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    page.get_by_role("button", name="Next").click()
    heading_is(page, "Review and create")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.go_back()
    heading_is(page, "Specify a destination")
    page.reload()
    heading_is(page, "Specify a destination")
    assert "POST" not in sent


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_enter_in_a_field_is_next(open_page: OpenPage, javascript: bool) -> None:
    """The step list and Previous are buttons of the same form."""
    page = open_page(javascript=javascript)
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    page.get_by_label("Amazon ECR repository prefix").press("Enter")
    heading_is(page, "Review and create")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_keep_as_draft_keeps_what_was_typed_last(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("Half/Typed")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Keep as draft").click()
    page.wait_for_url(f"**{RULES}")
    page.get_by_text("1 draft", exact=True).click()
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_label("Amazon ECR repository prefix")).to_have_value("Half/Typed")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_draft_is_kept_and_continued(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    begin_destination(page)
    page.get_by_role("button", name="Cancel").click()
    if not javascript:
        heading_is(page, "Leave page")
        expect(page.get_by_role("main")).to_contain_text(WARNING)
    page.get_by_role("button", name="Keep as draft").click()
    page.wait_for_url(f"**{RULES}")
    drafts = page.locator("#drafts")
    drafts.get_by_text("1 draft", exact=True).click()
    expect(drafts).to_contain_text("Quay")
    drafts.get_by_role("link", name="Continue").click()
    heading_is(page, "Specify a destination")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_cancel_leaves_the_wizard_and_the_draft_is_gone(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    begin_destination(page)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**{RULES}")
    expect(page.locator("#drafts")).to_have_count(0)


def test_an_open_draft_is_discarded_from_the_list(open_page: OpenPage) -> None:
    page = open_page()
    begin_destination(page)
    page.goto(RULES)
    page.get_by_text("1 draft", exact=True).click()
    page.get_by_role("link", name="Discard").click()
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**{RULES}")
    expect(page.locator("#drafts")).to_have_count(0)


def test_the_browser_asks_before_a_tab_with_something_unsaved_is_closed(
    open_page: OpenPage,
) -> None:
    page = open_page()
    asked: list[str] = []

    def listen(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", listen)
    begin(page, "Quay")
    press_next(page, "Specify a destination")
    assert asked == []
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_settings_ask_before_they_throw_away_what_is_typed(open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []

    def listen(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", listen)
    begin(page, "Quay")
    press_next(page, "Specify a destination")
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    page.locator("summary").filter(has_text="Settings").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_label("Amazon ECR repository prefix")).to_have_value("mirror")
    assert asked == ["beforeunload"]
    # The form whose answer never came is ready again.
    expect(page.locator("form[data-sent]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("form[data-sent]")).to_have_count(0)
    press_next(page, "Review and create")


def test_a_rule_is_deleted_once_its_dialog_is_confirmed(open_page: OpenPage) -> None:
    page = open_page()
    open_delete(page, "quay")
    dialog = page.get_by_role("dialog", name="Delete rule")
    expect(dialog).to_contain_text(
        "Permanently delete rule quay in US East (Ohio) (us-east-2), account 1234-5678-9012?"
    )
    field, button = dialog.get_by_label(CONFIRM), dialog.get_by_role("button", name="Delete")
    expect(field).to_be_focused()
    expect(button).to_be_disabled()
    page.keyboard.type("confir")
    expect(button).to_be_disabled()
    page.keyboard.type("M")
    expect(button).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"Deleted rule quay ({REGION}).")
    expect(page.get_by_role("rowheader", name="quay")).to_have_count(0)
    assert prefixes() == ["github", "kubernetes"]


def test_escape_closes_the_deletion_and_returns_to_its_link(open_page: OpenPage) -> None:
    page = open_page()
    open_delete(page, "quay")
    expect(page.get_by_label(CONFIRM)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".actions-menu > summary")).to_be_focused()
    assert "quay" in prefixes()


def test_the_dialog_and_the_wizard_warn_of_missing_permissions_and_stop_nobody(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    for operation in ("CreatePullThroughCacheRule", "DeletePullThroughCacheRule"):
        aws.refuse(operation=operation)
    begin(page, "Quay")
    warning = page.locator(".permission-check .alert")
    expect(warning).to_contain_text("ecr:CreatePullThroughCacheRule: Not allowed by any policy")
    press_next(page, "Specify a destination")
    page.goto(RULES)
    open_delete(page, "quay")
    dialog = page.get_by_role("dialog", name="Delete rule")
    expect(dialog).to_contain_text("ecr:DeletePullThroughCacheRule: Not allowed by any policy")
    aws.clear_faults()
    dialog.get_by_label(CONFIRM).fill("confirm")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("rowheader", name="quay")).to_have_count(0)


def test_a_wrong_word_is_refused_within_the_dialog(open_page: OpenPage) -> None:
    page = open_page()
    open_delete(page, "quay")
    dialog = page.get_by_role("dialog", name="Delete rule")
    dialog.get_by_label(CONFIRM).fill("yes")
    button = dialog.get_by_role("button", name="Delete")
    button.evaluate("button => { button.disabled = false; }")
    button.click()
    expect(dialog).to_contain_text('Type "confirm" to delete the rule.')
    expect(dialog.get_by_label(CONFIRM)).to_be_focused()
    dialog.get_by_label(CONFIRM).fill("confirm")
    button.click()
    expect(page.get_by_role("status")).to_contain_text(f"Deleted rule quay ({REGION}).")


def test_a_deletion_that_aws_refuses_says_so_within_the_dialog(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    aws.refuse(operation="DeletePullThroughCacheRule", times=1)
    open_delete(page, "quay")
    dialog = page.get_by_role("dialog", name="Delete rule")
    dialog.get_by_label(CONFIRM).fill("confirm")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("ecr:DeletePullThroughCacheRule")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text(f"Deleted rule quay ({REGION}).")


def test_a_rule_is_deleted_without_javascript(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto(f"{RULES}quay/delete/")
    heading_is(page, "Delete rule")
    page.get_by_label(CONFIRM).fill("yes")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text('Type "confirm" to delete the rule.')
    page.get_by_label(CONFIRM).fill("confirm")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text(f"Deleted rule quay ({REGION}).")
    assert prefixes() == ["github", "kubernetes"]


def test_delete_is_still_there_after_validate(open_page: OpenPage) -> None:
    page = open_page()
    validate(page, "quay")
    expect(page.get_by_role("row").filter(has_text="quay.io")).to_contain_text("Valid")
    open_delete(page, "quay")
    expect(page.get_by_role("dialog", name="Delete rule")).to_be_visible()


def test_other_actions_do_not_wait_for_a_validation(open_page: OpenPage) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/quay/validate/", lambda route: held.append(route))
    with page.expect_request("**/quay/validate/") as sent:
        validate(page, "quay")
    button = page.get_by_role("button", name="Validate selected rules")
    expect(button).to_have_attribute("aria-disabled", "true")
    # A second press sends nothing.
    button.dispatch_event("click")
    open_delete(page, "quay")
    dialog = page.get_by_role("dialog", name="Delete rule")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    assert [route.request for route in held] == [sent.value]
    held[0].continue_()
    expect(page.get_by_role("row").filter(has_text="quay.io")).to_contain_text("Valid")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    expect(button).to_be_enabled()
