"""Imports that are sent again, and texts that are written to break their readers."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from tests.wizard.views.test_imports import HUB, paste, plan_of, rule, rules_json, secret
from tests.worker import work
from wizard.backend.clients import ATTEMPTS
from wizard.domain import AwsAction, NewRule, Role, Target
from wizard.domain.errors import NotPermitted
from wizard.models import Grant, Operation, OperationState, OperationStep
from wizard.services import fanout, places
from wizard.services.operations import begin_import, complete_import

PAGE = f"/{ACCOUNT}/{REGION}/import/"
COMMAND = (
    "aws ecr create-pull-through-cache-rule --ecr-repository-prefix quay"
    " --upstream-registry-url quay.io --region eu-west-1"
)


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def apply_again(person: Person, page: BeautifulSoup, *rules: str) -> None:
    """Go back to the plan, choose these rules, and send the form again."""
    person._page, person.url = page, PAGE
    for box in person.page.select('.import-table input[name="rule"]'):
        box.attrs.pop("checked", None)
    for each in rules:
        person.find(f'.import-table input[value="{each}"]')["checked"] = ""
    person.press("Create selected rules")


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_four_times_at_once_inserts_an_import_once(
    aws: FakeAws, transactional_db: None
) -> None:
    actor, import_id = User.objects.create_superuser("ada"), uuid.uuid4()
    rules = [
        (
            Target(account_id=ACCOUNT, region=region),
            NewRule(ecr_repository_prefix=prefix, upstream_registry_url="quay.io"),
        )
        for region in (REGION, "eu-west-1")
        for prefix in ("a1", "b1")
    ]

    def begin(_number: int) -> None:
        try:
            begin_import(import_id=import_id, rules=rules, actor=actor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))
    assert Operation.objects.count() == 4
    batches = Operation.objects.order_by().values_list("ecr_repository_prefix", "batch_id")
    assert len(set(batches)) == 2


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_again_after_its_rules_exist_leads_to_its_import(
    aws: FakeAws, person: Person
) -> None:
    paste(person, rules_json(rule("a1"), rule("b1", region="eu-west-1")))
    page = person.page
    person.press("Create selected rules")
    imported = person.url
    work()
    apply_again(person, page, f"{REGION}/a1", "eu-west-1/b1")
    assert person.url == imported
    assert person.heading == "Imported 2 rules"
    assert "Nothing was created" not in person.text


@pytest.mark.promise("W1")
def test_further_rules_of_the_same_plan_are_added_to_its_import(
    aws: FakeAws, person: Person
) -> None:
    paste(person, rules_json(rule("a1"), rule("b1"), rule("a1", region="eu-west-1")))
    page = person.page
    apply_again(person, page, f"{REGION}/a1")
    imported = person.url
    work()
    apply_again(person, page, f"{REGION}/a1", f"{REGION}/b1", "eu-west-1/a1")
    assert person.url == imported
    work()
    person.open(imported)
    assert person.heading == "Imported 3 rules"
    assert Operation.objects.count() == 3


# What ends up in a page or in the database although no text contains it.
ESCAPED = {
    "half of a pair in JSON": json.dumps([rule("a\ud800")]),
    "half of a pair in a Region": json.dumps([rule("a1", region="\udfff")]),
    "half of a pair in an account": json.dumps([rule("a1", account_id="\ud83d")]),
    "NUL in a secret": json.dumps([rule("a1", credential_arn="arn:aws:\0")]),
    "half of a pair in the metadata of a template": json.dumps(
        {
            "Metadata": {"PTCConsole": {"AccountId": "\ud800", "Region": REGION}},
            "Resources": {
                "A": {
                    "Type": "AWS::ECR::PullThroughCacheRule",
                    "Properties": {"EcrRepositoryPrefix": "a1", "UpstreamRegistryUrl": "quay.io"},
                }
            },
        }
    ),
    "half of a pair in Terraform": (
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  ecr_repository_prefix = "a\\ud800"\n'
        '  upstream_registry_url = "quay.io"\n}'
    ),
    "NUL in Terraform": (
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  ecr_repository_prefix = "a1"\n'
        '  upstream_registry_url = "quay.io\\u0000"\n}'
    ),
}


@pytest.mark.promise("I6")
@pytest.mark.parametrize("text", ESCAPED.values(), ids=ESCAPED)
@pytest.mark.parametrize("to", ["plan", "wizard"])
def test_what_an_escape_writes_is_refused_with_its_place(
    aws: FakeAws, person: Person, text: str, to: str
) -> None:
    person.client.raise_request_exception = False
    paste(person, text, to=to)
    assert person.is_refused
    assert "has a character that can't be stored" in person.find("#id_content_error").get_text()


@pytest.mark.promise("I6")
@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u3000", "\u2028", "\x85", "\u202f"])
def test_a_blank_of_a_web_page_is_a_blank(aws: FakeAws, person: Person, blank: str) -> None:
    for text in (COMMAND.replace(" ", blank), f"{COMMAND}{blank}", f"{blank}{COMMAND}"):
        paste(person, text)
        assert plan_of(person) == {"quay": ("Create", "-")}
        assert "Europe (Ireland)" in person.text


@pytest.mark.promise("I6")
@pytest.mark.parametrize(
    "word",
    ["\u2013region eu-west-1", "\u2014region=eu-west-1", "-region x", "\u200b--region x", "x"],
)
def test_a_word_that_belongs_to_no_option_is_not_overlooked(
    aws: FakeAws, person: Person, word: str
) -> None:
    """A text editor has made a dash of two hyphens. The rule would be one of another Region."""
    paste(person, COMMAND.replace("--region eu-west-1", word))
    assert person.is_refused
    assert "belongs to no option" in person.find("#id_content_error").get_text()


def test_what_surrounds_a_command_in_a_script_is_no_part_of_it(
    aws: FakeAws, person: Person
) -> None:
    for rest in (" 2>/dev/null || true", " >out.json 2>&1", " | jq .", "; exit 1", " # a comment"):
        paste(person, COMMAND + rest)
        assert plan_of(person) == {"quay": ("Create", "-")}


def test_all_rules_that_an_account_can_have_fit_into_the_form_of_the_plan(
    aws: FakeAws, person: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """34 Regions with 50 rules each, all of them with a secret."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    text = rules_json(
        *(
            rule(f"team/service-{number:02}", HUB, credential_arn=arn, region=region.code)
            for region in places.list_regions()
            for arn in [secret("a-secret-with-a-name-of-usual-length", region.code)]
            for number in range(50)
        )
    )
    paste(person, text)
    fields = person.page.select(".stack form input[name]")
    sent = urlencode([(str(each["name"]), str(each["value"])) for each in fields])
    assert sent.count("rule=") == 50 * len(places.list_regions())
    assert len(sent) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert len(fields) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


@pytest.mark.promise("B12")
def test_a_region_that_does_not_answer_holds_the_worker_for_one_rule_of_an_import(
    aws: FakeAws, person: Person
) -> None:
    elsewhere = [rule(f"r{number}", region="eu-west-1") for number in range(4)]
    paste(person, rules_json(*elsewhere, rule("a1"), rule("b1")))
    person.press("Create selected rules")
    imported = person.url
    aws.clear_calls()
    aws.unreachable(region="eu-west-1")
    work()
    steps = OperationStep.objects.filter(operation__region="eu-west-1")
    told = [str(each.error) for each in steps]
    assert len(told) == 4
    assert sum("Not tried" in words for words in told) == 3
    assert [each.is_unknown for each in steps].count(False) == 3
    assert set(prefixes(REGION)) == {"a1", "b1"}
    person.open(imported)
    assert person.heading == "Imported 2 of 6 rules"
    aws.clear_faults()
    person.press("Retry failed")
    work()
    assert set(Operation.objects.values_list("state", flat=True)) == {OperationState.SUCCEEDED}
    assert len(prefixes("eu-west-1")) == 4


def cut_off(*keys: str) -> None:
    """As if the worker had been killed during the call that creates each of these rules."""
    long_ago = timezone.now() - timedelta(hours=1)
    for key in keys:
        region, prefix = key.split("/")
        operation = Operation.objects.get(region=region, ecr_repository_prefix=prefix)
        operation.state, operation.lease_until = OperationState.RUNNING, long_ago
        operation.next_try_at = None
        operation.save()
        operation.steps.create(action=AwsAction.CREATE_RULE, identifier=prefix)
    Operation.objects.filter(state=OperationState.WAITING).update(lease_until=long_ago)


def flashed(person: Person) -> str:
    return " ".join(person.page.get_text(" ").split())


@pytest.mark.promise("F7")
def test_an_import_that_was_cut_off_is_completed_with_one_button(
    aws: FakeAws, person: Person
) -> None:
    """One call was made, one was not, and one rule had not had its turn."""
    keys = [f"{REGION}/a1", f"{REGION}/b1", "eu-west-1/c1"]
    paste(person, rules_json(rule("a1"), rule("b1"), rule("c1", region="eu-west-1")))
    person.press("Create selected rules")
    imported = person.url
    cut_off(*keys[:2])
    make_rule("a1", "quay.io")
    person.open(imported)
    assert "The creation of 3 rules was interrupted." in person.text
    person.press("Complete all")
    made = Operation.objects.get(ecr_repository_prefix="a1")
    person.open(f"/{ACCOUNT}/operations/{made.batch_id}/")
    person.follow("View the import")
    assert person.url == imported
    assert (made.state, made.steps.get().state) == (OperationState.SUCCEEDED,) * 2
    lost = Operation.objects.get(ecr_repository_prefix="b1")
    assert (lost.state, lost.steps.get().state) == (OperationState.WAITING, OperationState.FAILED)
    work()
    person.open(imported)
    assert person.heading == "Imported 3 rules"
    assert "Complete all" not in person.text
    assert set(prefixes(REGION)) == {"a1", "b1"}


@pytest.mark.promise("F7")
def test_what_aws_does_not_tell_of_an_import_stays_interrupted(
    aws: FakeAws, person: Person
) -> None:
    elsewhere = [rule(f"c{number}", region="eu-west-1") for number in range(3)]
    paste(person, rules_json(rule("a1"), *elsewhere))
    person.press("Create selected rules")
    imported = person.url
    cut_off(f"{REGION}/a1", *(f"eu-west-1/c{number}" for number in range(3)))
    aws.unreachable(region="eu-west-1")
    person.open(imported)
    aws.clear_calls()
    person.press("Complete all")
    assert "could not be read, so their rules stay interrupted: eu-west-1." in flashed(person)
    assert aws.calls()["DescribePullThroughCacheRules"] <= 1 + ATTEMPTS
    there = Operation.objects.filter(region="eu-west-1")
    assert all(each.is_interrupted for each in there)
    assert {each.steps.get().state for each in there} == {OperationState.RUNNING}
    work()
    assert prefixes(REGION) == ["a1"]
    # The worker could not look either, and looks again when its lease has expired.
    assert {each.is_interrupted for each in there.all()} == {False}
    there.update(lease_until=timezone.now() - timedelta(seconds=1))
    aws.clear_faults()
    person.open(imported)
    person.press("Complete all")
    work()
    person.open(imported)
    assert person.heading == "Imported 4 rules"


@pytest.mark.promise("F7")
def test_a_cut_off_import_is_completed_in_the_persons_regions_only(
    aws: FakeAws, person: Person
) -> None:
    paste(person, rules_json(rule("a1"), rule("b1", region="eu-west-1")))
    person.press("Create selected rules")
    imported = person.url
    cut_off(f"{REGION}/a1", "eu-west-1/b1")
    bob = sign_in("bob", Role.VIEWER)
    Grant.objects.create(
        user=User.objects.get(username="bob"),
        role=Role.OPERATOR,
        account_id=ACCOUNT,
        region=REGION,
    )
    bob.open(imported)
    assert "The creation of 1 rule was interrupted." in bob.text
    bob.press("Complete all")
    assert Operation.objects.get(region="eu-west-1").state == OperationState.RUNNING
    assert Operation.objects.get(region=REGION).state == OperationState.WAITING


@pytest.mark.promise("Z2")
def test_nobody_completes_an_import_in_regions_of_others(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1"), rule("b1", region="eu-west-1")))
    person.press("Create selected rules")
    cut_off(f"{REGION}/a1", "eu-west-1/b1")
    found = list(Operation.objects.prefetch_related("steps"))
    with pytest.raises(NotPermitted):
        complete_import(interrupted=found, actor=someone("bob", Role.VIEWER))
    assert set(Operation.objects.values_list("state", flat=True)) == {OperationState.RUNNING}


def test_a_region_that_fails_after_the_plan_is_named(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1"), rule("b1", region="eu-west-1")))
    page = person.page
    aws.unreachable(region="eu-west-1")
    apply_again(person, page, "eu-west-1/b1")
    words = "1 rule was left out, because its Region could not be read: eu-west-1."
    assert words in flashed(person)
    assert "select at least one rule" not in flashed(person)
    apply_again(person, page, f"{REGION}/a1", "eu-west-1/b1")
    assert words in flashed(person)
    assert "the plan has changed" not in flashed(person)
    assert [each.region for each in Operation.objects.all()] == [REGION]
