"""The page of a batch: results as a table, and what to do next, without JavaScript."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.views.test_operations import tick, to_the_review
from wizard.domain import Place, Region, Role
from wizard.models import BulkValidationItem, Operation, OperationState
from wizard.views.operations.results import ResultRow, failures_first

CREATE_RULE = "CreatePullThroughCacheRule"


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> Person:
    return sign_in()


def create_in(person: Person, *regions: str) -> None:
    to_the_review(person)
    tick(person, *regions)
    person.press("Show plan")
    person.press(f"Create in {len(regions) + 1} Regions")


def rows(person: Person) -> list[list[str]]:
    """The texts of the cells of the table."""
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")]
        for row in person.page.select(".result-table tbody tr")
    ]


def buttons(person: Person) -> dict[str, bool]:
    """The buttons of the page, with whether they are primary."""
    found = person.page.select("main .button")
    return {
        " ".join(each.get_text(" ").split()): "button-primary" in each["class"] for each in found
    }


def test_the_result_in_many_regions_is_a_table_with_failures_first(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation=CREATE_RULE, region="us-west-2", times=1)
    create_in(ada, "eu-west-1", "us-west-2")
    assert ada.heading == "Rule created in 2 of 3 Regions: quay"
    assert rows(ada) == [
        ["US West (Oregon) (us-west-2)", "quay", "Failed", "-", "No access"],
        ["Europe (Ireland) (eu-west-1)", "quay", "Succeeded", "Rule created", "-"],
        ["US East (Ohio) (us-east-2)", "quay", "Succeeded", "Rule created", "-"],
    ]


def test_a_partial_failure_is_an_alert_that_names_the_regions(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation=CREATE_RULE, region="us-west-2", times=1)
    create_in(ada, "eu-west-1", "us-west-2")
    alert = ada.find("#batch > .alert-error[role=alert]")
    assert "The rule was not created in 1 Region: us-west-2." in alert.get_text()
    details = ada.find("details:has(#region-us-west-2)")
    assert details.has_attr("open")
    assert not ada.find("details:has(#region-eu-west-1)").has_attr("open")


def test_after_a_success_validating_exactly_these_rules_comes_first(
    ada: Person, aws: FakeAws
) -> None:
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="other", upstreamRegistryUrl="quay.io"
    )
    create_in(ada, "eu-west-1")
    assert [each for each, is_primary in buttons(ada).items() if is_primary] == [
        "Validate in these Regions"
    ]
    ada.press("Validate in these Regions")
    validated = set(BulkValidationItem.objects.values_list("region", "ecr_repository_prefix"))
    assert validated == {(REGION, "quay"), ("eu-west-1", "quay")}


def test_after_a_failure_retrying_comes_first_and_the_rest_can_be_validated(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation=CREATE_RULE, region="eu-west-1", times=1)
    create_in(ada, "eu-west-1")
    assert buttons(ada)["Retry failed"]
    assert not buttons(ada)["Validate in these Regions"]
    ada.press("Validate in these Regions")
    assert set(BulkValidationItem.objects.values_list("region", flat=True)) == {REGION}


def test_the_result_in_one_region_names_rule_region_and_account(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    ada.press("Create")
    assert ada.heading == "Rule created: quay"
    assert "US East (Ohio) (us-east-2), account 1234-5678-9012" in ada.text
    assert ada.find("title").get_text().strip() == "Rule created: quay (us-east-2) - PTC Console"
    assert "Rule created: quay" in ada.find(".breadcrumbs [aria-current=page]").get_text()


def test_after_one_rule_validate_is_primary_and_its_answer_is_on_the_rule(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    ada.press("Create")
    assert [each for each, is_primary in buttons(ada).items() if is_primary] == ["Validate"]
    assert {"View rule", "Copy to Regions"} < set(buttons(ada))
    ada.press("Validate")
    assert ada.url == f"/{ACCOUNT}/{REGION}/rules/quay/details/"


def test_the_result_has_the_command_that_pulls_through_the_rule(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    ada.press("Create")
    command = f"docker pull {ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/quay/"
    assert command in ada.find("[data-copy^='docker pull']")["data-copy"]


def test_a_call_that_is_repeated_in_the_background_is_not_told_as_failed(
    ada: Person, aws: FakeAws
) -> None:
    aws.throttle(operation=CREATE_RULE, times=4)
    to_the_review(ada)
    ada.press("Create")
    assert ada.heading == "Creating the rule: quay"
    assert "Waiting to retry" in ada.text
    assert "Failed" not in ada.text
    assert not ada.page.select("main .status-failed")


def test_while_regions_are_worked_on_the_page_says_how_many_have_ended(
    ada: Person, aws: FakeAws
) -> None:
    create_in(ada, "eu-west-1")
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    ada.open(ada.url)
    assert ada.heading == "Creating the rule in 2 Regions: quay"
    assert "1 of 2 Regions" in ada.text
    assert [row[2] for row in rows(ada)] == ["In progress", "Succeeded"]
    assert not ada.page.select(".result-details")


def test_a_viewer_sees_the_table_and_no_button_that_changes_something(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation=CREATE_RULE, region="eu-west-1", times=1)
    create_in(ada, "eu-west-1")
    viewer = sign_in("grace", Role.VIEWER)
    viewer.open(ada.url)
    assert len(rows(viewer)) == 2
    table = {"Apply", "Preferences"}
    assert set(buttons(viewer)) == {"View rules", "Download CSV", "Download JSON"} | table


def test_whoever_works_in_one_region_validates_there_only(ada: Person, aws: FakeAws) -> None:
    create_in(ada, "eu-west-1", "us-west-2")
    other = sign_in("grace", Role.OPERATOR, Place(account_id=ACCOUNT, region="eu-west-1"))
    other.open(ada.url)
    other.press("Validate")
    assert "eu-west-1" in other.url


def test_rows_are_ordered_by_urgency_then_by_region() -> None:
    order = [
        ("failed", "us-west-2"),
        ("warning", "eu-west-1"),
        ("pending", "ap-south-1"),
        ("valid", "ap-south-1"),
        ("valid", "eu-west-1"),
    ]
    found = [
        ResultRow(region=Region(code=code, name=code), name="quay", status=status, word=status)
        for status, code in reversed(order)
    ]
    assert [(row.status, row.region.code) for row in failures_first(found)] == order


def test_a_region_that_needs_nothing_is_a_row_of_the_result(ada: Person, aws: FakeAws) -> None:
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    to_the_review(ada)
    tick(ada, "eu-west-1", "us-west-2")
    ada.press("Show plan")
    aws.clear_calls()
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 2 Regions: quay"
    nothing = "Nothing. An identical rule already exists."
    assert ["Europe (Ireland) (eu-west-1)", "quay", "Already exists", nothing, "-"] in rows(ada)
    assert aws.calls()[CREATE_RULE] == 2
    assert not ada.page.select(".flash")
