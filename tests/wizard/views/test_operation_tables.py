"""The tables of operations: one list of operations and deletions, and the results of each."""

import uuid

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.deletions import delete
from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, Person, sign_in
from tests.wizard.views.test_results import CREATE_RULE, create_in, rows
from wizard.domain import Target
from wizard.models import Operation, OperationState
from wizard.services import deletions
from wizard.services.deletions import RuleName

URL = f"/{ACCOUNT}/operations/"
DELETE_RULE = "DeletePullThroughCacheRule"


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> Person:
    return sign_in()


def delete_rules(*prefixes: str, region: str = "eu-west-1") -> None:
    """Delete the rules of several prefixes together."""
    target = Target(account_id=ACCOUNT, region=region)
    for prefix in prefixes:
        make_rule(prefix, region=region)
    names = [RuleName(target=target, ecr_repository_prefix=prefix) for prefix in prefixes]
    found = deletions.find_rules(names=names)
    deletion = deletions.start(
        deletion_id=uuid.uuid4(),
        account_id=ACCOUNT,
        rules=[(name, rule) for name, rule in found.rules if rule is not None],
        actor=User.objects.get(),
    )
    assert deletion is not None
    deletions.delete_all(deletion, list(deletion.rules.all()))


def names(person: Person) -> list[str]:
    """The names in the table of the latest operations."""
    return [
        cell.get_text(strip=True)
        for cell in person.page.select("#list-results > .table-scroll tbody th")
    ]


def test_operations_and_deletions_are_one_list_newest_first(ada: Person) -> None:
    create_in(ada, "eu-west-1")
    delete_rules("hub", "mirror", "team")
    ada.open(URL)
    assert names(ada) == ["hub and 2 more", "quay"]
    assert "(2)" in ada.find("#operations-heading").get_text()
    ada.open(f"{URL}?sort=-prefix")
    assert names(ada) == ["quay", "hub and 2 more"]
    ada.fill("Find operations", "MIRROR")
    ada.press("Apply")
    assert names(ada) == ["hub and 2 more"]
    ada.follow("hub and 2 more")
    assert ada.heading == "3 rules deleted"


def test_the_state_finds_deletions_too(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation=DELETE_RULE, region="us-west-2")
    make_rule("quay", region="us-west-2")
    make_rule("quay", region="eu-west-1")
    delete(User.objects.get(), "eu-west-1", "us-west-2")
    delete_rules("hub")
    for state, expected in (
        ("succeeded", ["hub", "quay"]),
        ("failed", ["quay"]),
        ("interrupted", []),
        ("running", []),
        ("untried", []),
    ):
        ada.open(f"{URL}?state={state}")
        assert names(ada) == expected, state


def test_the_results_of_a_batch_are_searched_and_sorted(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation=CREATE_RULE, region="us-west-2", times=1)
    create_in(ada, "eu-west-1", "us-west-2")
    ada.follow("Region")
    assert ada.url.endswith("?sort=region")
    assert [row[0].split()[-1] for row in rows(ada)] == [
        "(eu-west-1)",
        "(us-east-2)",
        "(us-west-2)",
    ]
    ada.fill("Find results", "no access")
    ada.press("Apply")
    assert [row[2] for row in rows(ada)] == ["Failed"]
    assert "1 match" in ada.text
    assert "(3)" in ada.find("#results-heading").get_text()
    ada.follow("Preferences")
    del ada.find('input[value="outcomes.made"]')["checked"]
    ada.press("Confirm")
    assert "What was done" not in ada.find(".result-table").get_text()


def test_a_search_asks_aws_nothing(ada: Person, aws: FakeAws) -> None:
    """The page compares what was interrupted with AWS, but not once more for each character."""
    create_in(ada, "eu-west-1")
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=None
    )
    aws.clear_calls()
    headers = {"HX-Request": "true", "HX-Target": "list-results"}
    answer = ada.client.get(f"{ada.url}?q=ireland", headers=headers)
    assert "Europe (Ireland)" in answer.text
    assert "DescribePullThroughCacheRules" not in aws.calls()
    ada.open(ada.url)
    assert "DescribePullThroughCacheRules" in aws.calls()


def test_the_rules_of_a_deletion_are_searched(ada: Person, aws: FakeAws) -> None:
    delete_rules("hub", "mirror")
    ada.open(URL)
    ada.follow("hub and 1 more")
    assert [row[1] for row in rows(ada)] == ["hub", "mirror"]
    ada.fill("Find results", "mir")
    ada.press("Apply")
    assert [row[1] for row in rows(ada)] == ["mirror"]
    assert ada.heading == "2 rules deleted"
