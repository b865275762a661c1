"""How far work in many Regions is, as a script asks for it, and what it is told at the end."""

from datetime import timedelta
from urllib.parse import urljoin

import boto3
import pytest
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from tests.wizard.views.test_operations import tick, to_the_review
from wizard.models import Operation, OperationState

CREATE_RULE = "CreatePullThroughCacheRule"
BY_SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> Person:
    return sign_in()


def to_the_plan(person: Person, *regions: str) -> str:
    """Show the plan; return the address that tells how far Create is."""
    to_the_review(person)
    tick(person, *(regions or ("eu-west-1",)))
    person.press("Show plan")
    return str(person.find("#step")["data-progress"])


def send(person: Person) -> tuple[int, str]:
    """Send the form of the review as the script does; return status and where it leads."""
    form = person.find("#step")
    fields = {str(each["name"]): str(each["value"]) for each in form.select("[type=hidden]")}
    regions = [str(each["value"]) for each in form.select("[name=regions][checked]")]
    data = {**fields, "regions": regions}
    url = urljoin(person.url, str(form["action"]))
    headers = {**BY_SCRIPT, "referer": person.url}
    answer = person.client.post(url, data, headers=headers)
    assert not answer.has_header("Location")
    return answer.status_code, answer.headers.get("HX-Redirect", "")


def rows(person: Person, url: str) -> dict[str, str]:
    """The states of the Regions in the fragment, by name."""
    answer = person.client.get(url, headers=BY_SCRIPT)
    fragment = parsed(answer.content)
    cells = [row.select("th, td") for row in fragment.select("tbody tr")]
    return {each[0].get_text(" ", strip=True): each[2].get_text(" ", strip=True) for each in cells}


def test_a_script_is_told_where_the_result_is(ada: Person, aws: FakeAws) -> None:
    to_the_plan(ada)
    status, url = send(ada)
    assert (status, url) == (204, f"/{ACCOUNT}/operations/{Operation.objects.all()[0].batch_id}/")
    ada.open(url)
    assert ada.heading == "Rule created in 2 Regions: quay"


def test_a_script_is_led_back_to_the_review_with_the_reason(ada: Person, aws: FakeAws) -> None:
    to_the_plan(ada)
    tick(ada, "us-west-2")
    review = ada.url.partition("#")[0]
    status, url = send(ada)
    assert (status, urljoin(review, url).partition("#")[0]) == (204, review)
    assert not Operation.objects.exists()


def test_before_the_first_change_each_region_waits(ada: Person, aws: FakeAws) -> None:
    progress = to_the_plan(ada)
    aws.clear_calls()
    assert rows(ada, progress) == {
        "Europe (Ireland) (eu-west-1)": "Waiting",
        "US East (Ohio) (us-east-2)": "Waiting",
    }
    assert "DescribePullThroughCacheRules" not in aws.calls()


def test_the_regions_are_told_as_the_journal_has_them(ada: Person, aws: FakeAws) -> None:
    progress = to_the_plan(ada)
    send(ada)
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    expected = {
        "Europe (Ireland) (eu-west-1)": "In progress",
        "US East (Ohio) (us-east-2)": "Succeeded",
    }
    assert rows(ada, progress) == expected
    batch = Operation.objects.all()[0].batch_id
    assert rows(ada, f"/{ACCOUNT}/operations/{batch}/progress/") == expected
    Operation.objects.filter(region="eu-west-1").update(lease_until=None)
    assert rows(ada, progress)["Europe (Ireland) (eu-west-1)"] == "Interrupted"


def test_failures_of_an_earlier_attempt_are_not_told_as_those_of_this_one(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation=CREATE_RULE, times=2)
    progress = to_the_plan(ada)
    send(ada)
    assert set(Operation.objects.values_list("state", flat=True)) == {OperationState.FAILED}
    assert set(rows(ada, progress).values()) == {"Waiting"}


def test_whoever_opens_the_address_is_led_to_what_there_is(ada: Person, aws: FakeAws) -> None:
    progress = to_the_plan(ada)
    ada.open(progress)
    assert ada.heading == "Review and create"
    send(ada)
    ada.open(progress)
    assert ada.heading == "Rule created in 2 Regions: quay"
    ada.open(f"{ada.url}progress/")
    assert ada.heading == "Rule created in 2 Regions: quay"


def test_a_stranger_is_told_nothing(ada: Person, aws: FakeAws) -> None:
    progress = to_the_plan(ada)
    other = sign_in("grace")
    assert other.client.get(progress, headers=BY_SCRIPT).status_code == 403


def test_one_region_is_sent_by_the_browser(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    assert not ada.find("#step").has_attr("data-progress")
    assert REGION in ada.url


def test_regions_that_were_not_planned_are_told_and_lead_to_their_plan(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1", "us-west-2")
    ada.press("Create")
    flash = ada.find(".flash-info").get_text()
    assert "Check the plan for 2 more Regions, then choose Create." in flash
    assert ada.url.endswith("#further-heading")
    assert not Operation.objects.exists()


def test_the_plan_says_how_many_calls_are_made(ada: Person, aws: FakeAws) -> None:
    to_the_plan(ada, "eu-west-1", "us-west-2")
    assert "3 AWS calls in 3 Regions." in ada.text


def test_regions_are_offered_by_geography_with_what_is_known_of_them(
    ada: Person, aws: FakeAws
) -> None:
    for region, url in (("eu-west-1", "quay.io"), ("eu-central-1", "registry.k8s.io")):
        client = boto3.client("ecr", region_name=region)
        client.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl=url)
        ada.open_rules(region)
    to_the_review(ada)
    (europe,) = [
        each for each in ada.page.select(".region-picker fieldset") if "Europe" in each.get_text()
    ]
    options = [" ".join(each.get_text(" ").split()) for each in europe.select(".option")]
    assert "Europe (Ireland) (eu-west-1) Rule exists" in options
    assert "Europe (Frankfurt) (eu-central-1) Prefix in use" in options
    assert "Europe (Paris) (eu-west-3)" in options
