"""Work in many Regions in Chromium: results are shown as they come, and every way out is truthful.

A held Region is one that AWS does not answer until it is released.
"""

import re

import boto3
from playwright.sync_api import Locator, Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage
from tests.browser.walk import begin_destination, heading_is, press_next
from tests.person import ACCOUNT
from wizard.models import Grant, Operation, OperationState

CREATE_RULE = "CreatePullThroughCacheRule"
HELD, OTHER = "eu-west-1", "us-west-2"
BATCH = re.compile(rf"/{ACCOUNT}/operations/[0-9a-f-]{{36}}/$")


def to_the_plan(page: Page) -> None:
    """The review of the rule `mirror` with a plan for two more Regions."""
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    press_next(page, "Review and create")
    page.locator("details.region-choice > summary").click()
    for code in (HELD, OTHER):
        page.locator(f'input[name="regions"][value="{code}"]').check()
    page.get_by_role("button", name="Show plan").click()
    expect(page.get_by_role("button", name="Create in 3 Regions")).to_be_visible()


def create(page: Page) -> None:
    page.get_by_role("button", name="Create in 3 Regions").click()


def says(page: Page, text: str) -> None:
    expect(page.locator("label[for=batch-progress]")).to_have_text(text)


def row(page: Page, code: str) -> Locator:
    return page.locator(".result-table:visible tbody tr").filter(has_text=f"({code})")


def has_rule(region: str) -> bool:
    answer = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return "mirror" in [each["ecrRepositoryPrefix"] for each in answer["pullThroughCacheRules"]]


def test_the_results_are_shown_as_they_come_and_then_their_page(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    to_the_plan(page)
    aws.hold(operation=CREATE_RULE, region=HELD)
    create(page)
    heading_is(page, "Creating the rule in 3 Regions: mirror")
    says(page, "2 of 3 Regions")
    expect(page.locator(".live-progress h1")).to_be_focused()
    expect(row(page, HELD)).to_contain_text("In progress")
    expect(row(page, OTHER)).to_contain_text("Succeeded")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    aws.release()
    heading_is(page, "Rule created in 3 Regions: mirror")
    expect(page).to_have_url(BATCH)
    expect(page.get_by_role("button", name="Validate in these Regions")).to_be_visible()
    assert has_rule(HELD)


def test_while_the_regions_are_checked_once_more_all_of_them_wait(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    to_the_plan(page)
    aws.hold(operation="DescribePullThroughCacheRules", region=HELD)
    create(page)
    heading_is(page, "Creating the rule in 3 Regions: mirror")
    says(page, "0 of 3 Regions")
    expect(row(page, HELD)).to_contain_text("Waiting")
    assert not Operation.objects.exists()
    aws.release()
    heading_is(page, "Rule created in 3 Regions: mirror")


def test_reload_and_back_show_the_work_and_send_nothing_again(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    to_the_plan(page)
    aws.hold(operation=CREATE_RULE, region=HELD)
    aws.clear_calls()
    create(page)
    says(page, "2 of 3 Regions")
    page.reload()
    expect(page).to_have_url(BATCH)
    expect(row(page, HELD)).to_contain_text("In progress")
    page.go_back()
    expect(page).to_have_url(BATCH)
    expect(row(page, HELD)).to_contain_text("In progress")
    aws.release()
    heading_is(page, "Rule created in 3 Regions: mirror")
    assert aws.calls()[CREATE_RULE] == 3


def test_a_tab_that_is_closed_ends_nothing(open_page: OpenPage, aws: FakeAws) -> None:
    page = open_page()
    to_the_plan(page)
    aws.hold(operation=CREATE_RULE, region=HELD)
    create(page)
    says(page, "2 of 3 Regions")
    url = page.url
    page.close()
    aws.release()
    other = open_page()
    other.goto(url)
    heading_is(other, "Rule created in 3 Regions: mirror")
    assert has_rule(HELD)


def test_a_form_that_is_sent_twice_is_worked_on_once(open_page: OpenPage, aws: FakeAws) -> None:
    page = open_page()
    to_the_plan(page)
    aws.hold(operation=CREATE_RULE, region=HELD)
    aws.clear_calls()
    page.get_by_role("button", name="Create in 3 Regions").dblclick()
    page.evaluate("document.getElementById('step').requestSubmit()")
    says(page, "2 of 3 Regions")
    aws.release()
    heading_is(page, "Rule created in 3 Regions: mirror")
    assert aws.calls()[CREATE_RULE] == 3


def test_a_retry_in_many_regions_is_shown_in_the_same_way(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    to_the_plan(page)
    aws.refuse(operation=CREATE_RULE, region=HELD, times=1)
    aws.refuse(operation=CREATE_RULE, region=OTHER, times=1)
    create(page)
    heading_is(page, "Rule created in 1 of 3 Regions: mirror")
    aws.hold(operation=CREATE_RULE, region=HELD)
    page.get_by_role("button", name="Retry failed").click()
    says(page, "2 of 3 Regions")
    expect(page.locator(".live-progress h1")).to_be_focused()
    expect(row(page, HELD)).to_contain_text("In progress")
    aws.release()
    heading_is(page, "Rule created in 3 Regions: mirror")


def test_a_form_that_is_refused_comes_back_with_the_reason(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    to_the_plan(page)
    page.wait_for_load_state("networkidle")  # the plan checks permissions, as long as there are any
    Grant.objects.all().delete()
    create(page)
    expect(page.locator(".flashes").get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Create in 3 Regions")).to_be_enabled()
    heading_is(page, "Review and create")
    assert not Operation.objects.exists()


def test_without_javascript_the_answer_is_the_page_of_the_results(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page(javascript=False)
    begin_destination(page)
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    press_next(page, "Review and create")
    page.locator("details.region-choice > summary").click()
    page.locator(f'input[name="regions"][value="{OTHER}"]').check()
    page.get_by_role("button", name="Show plan").click()
    page.get_by_role("button", name="Create in 2 Regions").click()
    heading_is(page, "Rule created in 2 Regions: mirror")
    assert set(Operation.objects.values_list("state", flat=True)) == {OperationState.SUCCEEDED}


def test_regions_are_found_and_selected_by_geography(open_page: OpenPage, aws: FakeAws) -> None:
    page = open_page()
    begin_destination(page)
    press_next(page, "Review and create")
    page.locator("details.region-choice > summary").click()
    picker = page.locator(".region-picker")
    picker.get_by_role("button", name="Select all Europe", exact=True).click()
    expect(picker.get_by_text("8 selected")).to_be_visible()
    picker.get_by_role("button", name="Clear").click()
    picker.get_by_role("searchbox", name="Find Regions").fill("frank")
    expect(picker.get_by_role("checkbox")).to_have_count(1)
    picker.get_by_role("button", name="Select all", exact=True).click()
    expect(picker.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="Additional Regions - optional")).to_be_focused()
    expect(page.locator(".flashes")).to_contain_text("Check the plan for 1 more Region")


def test_back_past_a_place_of_the_form_shows_the_result(open_page: OpenPage, aws: FakeAws) -> None:
    page = open_page()
    to_the_plan(page)
    page.evaluate("location.hash = 'main'")
    create(page)
    heading_is(page, "Rule created in 3 Regions: mirror")
    page.go_back()
    expect(page).to_have_url(re.compile(rf"/{ACCOUNT}/operations/"))
    heading_is(page, "Rule created in 3 Regions: mirror")
