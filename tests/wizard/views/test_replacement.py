"""Replacing a rule is a journey of its own: named on each page, refused if empty, confirmed."""

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person

BASE = f"/{ACCOUNT}/{REGION}/rules"
CONFIRM = 'To confirm this replacement, type "confirm".'


def press_replace(person: Person) -> None:
    """Confirm on the review, and replace the rule."""
    person.fill(CONFIRM, "confirm")
    person.press("Replace rule")


def upstreams() -> dict[str, str]:
    """The upstream URL of each rule, by prefix."""
    found = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    return {
        rule["ecrRepositoryPrefix"]: rule["upstreamRegistryUrl"]
        for rule in found["pullThroughCacheRules"]
    }


@pytest.fixture
def quay(aws: FakeAws, person: Person) -> Person:
    """A person at the first step of the replacement of `quay`."""
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open(f"{BASE}/quay/details/")
    person.press("Replace")
    return person


def to_review(person: Person) -> None:
    person.choose("Kubernetes")
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"


def test_each_page_says_what_is_replaced_and_where(quay: Person) -> None:
    banner = "You are replacing rule quay in US East (Ohio) (us-east-2), account 1234-5678-9012."
    for heading in ("Specify a source", "Specify a destination", "Review and create"):
        assert quay.heading == heading
        assert banner in quay.text.replace(" ,", ",").replace(" .", ".")
        assert "Replace rule quay" in quay.find("title").get_text()
        assert quay.find('.breadcrumbs [aria-current="page"]').get_text() == "Replace rule quay"
        assert "Add rule" not in quay.text
        if heading != "Review and create":
            quay.press("Next")


def test_what_breaks_is_told_on_the_first_page(quay: Person) -> None:
    assert "the console deletes the rule and creates a new one" in quay.text


def test_leaving_names_the_replacement(quay: Person) -> None:
    quay.press("Cancel")
    assert "Replace rule quay" in quay.find("title").get_text()


def test_an_equal_rule_is_not_replaced(aws: FakeAws, quay: Person) -> None:
    quay.press("Next")
    quay.press("Next")
    assert "The answers are identical to the rule that you want to replace." in quay.text
    assert not [each for each in quay.page.find_all("button") if "Replace" in each.get_text()]
    assert "What will happen" not in quay.text
    aws.clear_calls()
    create = quay.url.replace("review", "create")
    data = {"csrfmiddlewaretoken": quay.csrf_token, "confirmation": "confirm"}
    answer = quay.client.post(create, data)
    assert answer["Location"] == quay.url
    assert not {"DeletePullThroughCacheRule", "CreatePullThroughCacheRule"} & set(aws.calls())


@pytest.mark.parametrize("typed", ["", "yes", "confirmed", "replace"])
def test_a_replacement_is_confirmed_by_typing(aws: FakeAws, quay: Person, typed: str) -> None:
    to_review(quay)
    aws.clear_calls()
    quay.fill(CONFIRM, typed)
    quay.press("Replace rule")
    assert quay.heading == "Review and create"
    assert quay.is_refused
    assert quay.error_at(CONFIRM) == 'Type "confirm" to replace the rule.'
    assert not {"DeletePullThroughCacheRule", "CreatePullThroughCacheRule"} & set(aws.calls())
    assert upstreams() == {"quay": "quay.io"}
    quay.open(quay.url)
    quay.fill(CONFIRM, " Confirm ")
    quay.press("Replace rule")
    assert upstreams() == {"quay": "registry.k8s.io"}


def test_an_error_of_the_confirmation_ends_with_the_next_answer(quay: Person) -> None:
    to_review(quay)
    quay.press("Replace rule")
    assert quay.is_refused
    quay.follow("Edit Destination")
    quay.fill("Amazon ECR repository prefix", "k8s")
    quay.press("Next")
    assert quay.heading == "Review and create"
    assert not quay.is_refused


def test_a_rule_that_was_lost_is_created_without_a_further_confirmation(
    aws: FakeAws, quay: Person
) -> None:
    """It is deleted already: also an equal rule is something to create then."""
    quay.choose("Kubernetes")
    quay.press("Next")
    quay.fill("Amazon ECR repository prefix", "quay")
    quay.press("Next")
    aws.refuse(operation="CreatePullThroughCacheRule", times=2)
    press_replace(quay)
    assert upstreams() == {}
    assert "was deleted for the replacement" in quay.text
    quay.follow("Edit Source")
    quay.choose("Quay")
    quay.press("Next")
    if quay.heading != "Review and create":
        quay.press("Next")
    quay.press("Create")
    assert upstreams() == {"quay": "quay.io"}
