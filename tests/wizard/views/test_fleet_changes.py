"""Rules of many accounts that are changed or replaced, as a person plans and starts it."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, connect
from tests.person import REGION, Person, sign_in
from tests.wizard.views.test_fleet_operations import LIST, calls, download, states
from tests.worker import work
from wizard.domain import Place, Role, Target
from wizard.models import FleetOperation
from wizard.services import fleet_operations, usable_accounts
from wizard.services.rules import read_rules

PAGE = "/fleet/replace/"
UPDATE = "UpdatePullThroughCacheRule"
DELETE = "DeletePullThroughCacheRule"
BOTH = [OTHER_ACCOUNT, THIRD_ACCOUNT]
VALUE = '{"username": "ada", "accessToken": "right"}'


@pytest.fixture
def fleet(aws: FakeAws, person: Person) -> FakeAws:
    """Two accounts with a rule of Docker Hub and one of Quay, which the console has read."""
    for account_id in BOTH:
        connect(aws, account_id, {REGION: {"quay": "quay.io"}}, regions=[REGION])
        secrets = client_in(aws, "secretsmanager", account_id)
        arn = secrets.create_secret(Name="ecr-pullthroughcache/old", SecretString=VALUE)["ARN"]
        client_in(aws, "ecr", account_id).create_pull_through_cache_rule(
            ecrRepositoryPrefix="hub",
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
        usable_accounts.check_account(account_id)
        read_rules(target=Target(account_id=account_id, region=REGION))
    return aws


def rule(aws: FakeAws, account_id: str, prefix: str) -> dict[str, Any]:
    found = client_in(aws, "ecr", account_id).describe_pull_through_cache_rules(
        ecrRepositoryPrefixes=[prefix]
    )
    made: dict[str, Any] = found["pullThroughCacheRules"][0]
    return made


def plan(person: Person, query: str = "", **fields: str) -> None:
    person.open(f"{PAGE}{query}")
    for label, value in fields.items():
        person.fill(label.replace("_", " "), value)
    person.press("Show plan")


def begin(person: Person) -> FleetOperation:
    person.press("Change rules")
    assert person.url.startswith(LIST), person.text
    return FleetOperation.objects.latest("created_at")


def statuses(person: Person) -> dict[tuple[str, str], str]:
    lines = csv.DictReader(io.StringIO(download(person, f"{person.url}?format=csv")))
    return {(line["account_id"], line["ecr_repository_prefix"]): line["status"] for line in lines}


def test_a_secret_of_another_name_is_an_update_and_a_missing_one_is_told(
    fleet: FakeAws, person: Person
) -> None:
    secrets = client_in(fleet, "secretsmanager", OTHER_ACCOUNT)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/new", SecretString=VALUE)["ARN"]
    plan(person, Secret_name="new")
    assert "Change: 2" in person.text
    assert "Nothing to change: 2" in person.text
    assert not person.page.select('[name="confirmation"]')
    operation = begin(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done", THIRD_ACCOUNT: "failed"}
    assert rule(fleet, OTHER_ACCOUNT, "hub")["credentialArn"] == arn
    assert calls(fleet, UPDATE) == 1
    assert calls(fleet, DELETE) == 0
    person.open(person.url)
    found = statuses(person)
    assert found == {(OTHER_ACCOUNT, "hub"): "changed", (THIRD_ACCOUNT, "hub"): "error"}
    secrets = client_in(fleet, "secretsmanager", THIRD_ACCOUNT)
    secrets.create_secret(Name="ecr-pullthroughcache/new", SecretString=VALUE)
    person.press("Retry what failed")
    work()
    again = FleetOperation.objects.latest("created_at")
    assert states(again) == {THIRD_ACCOUNT: "done"}
    assert calls(fleet, UPDATE) == 2


def test_another_upstream_prefix_replaces_the_rules_after_a_typed_confirmation(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, "?prefix=quay", Upstream_repository_prefix="org")
    assert "Delete and create again: 2" in person.text
    person.press("Change rules")
    assert 'Type "confirm" to replace the rules.' in person.text
    assert not FleetOperation.objects.exists()
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    operation = begin(person)
    work()
    assert states(operation) == dict.fromkeys(BOTH, "done")
    for account_id in BOTH:
        assert rule(fleet, account_id, "quay")["upstreamRepositoryPrefix"] == "org"
    assert calls(fleet, DELETE) == 2
    person.open(person.url)
    assert set(statuses(person).values()) == {"replaced"}
    # Once more, there is nothing to do: the rules are read before they are touched.
    plan(person, "?prefix=quay", Upstream_repository_prefix="org")
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    again = begin(person)
    work()
    assert states(again) == dict.fromkeys(BOTH, "done")
    assert calls(fleet, DELETE) == 2


def test_a_refused_replacement_puts_the_old_rule_back(fleet: FakeAws, person: Person) -> None:
    plan(person, "?prefix=quay", Upstream_repository_prefix="org")
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    operation = begin(person)
    fleet.refuse(operation="CreatePullThroughCacheRule", times=1)
    work()
    assert sorted(states(operation).values()) == ["done", "failed"]
    found = {rule(fleet, each, "quay").get("upstreamRepositoryPrefix") for each in BOTH}
    assert len(found) == 2
    assert "org" in found


@pytest.mark.promise("C1")
def test_a_retry_that_deletes_rules_asks_for_the_confirmation_again(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, "?prefix=quay", Upstream_repository_prefix="org")
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    operation = begin(person)
    fleet.refuse(operation="CreatePullThroughCacheRule", times=1)
    work()
    deleted = calls(fleet, DELETE)
    # The button of other operations, sent by hand, leads to the page that asks.
    sent = {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(f"{LIST}{operation.pk}/retry/", sent)
    assert answer["Location"] == f"{PAGE}?retry={operation.pk}"
    person.open(f"{LIST}{operation.pk}/")
    person.follow("Retry what failed")
    assert "Delete and create again: 1" in person.text
    person.press("Change rules")
    assert 'Type "confirm" to replace the rules.' in person.text
    assert FleetOperation.objects.count() == 1
    assert (
        fleet_operations.retry(operation=operation, operation_id=uuid4(), actor=operation.actor)
        is None
    )
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    again = begin(person)
    work()
    assert [*states(again).values()] == ["done"]
    assert calls(fleet, DELETE) == deleted + 1
    for account_id in BOTH:
        assert rule(fleet, account_id, "quay")["upstreamRepositoryPrefix"] == "org"
    person.open(f"{PAGE}?retry={again.pk}")
    assert "Nothing failed" in person.text


def test_what_is_retried_with_a_confirmation_has_to_be_such_an_operation(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, "?prefix=quay", Upstream_repository_prefix="org")
    person.fill('To confirm this replacement, type "confirm".', "confirm")
    replaced = begin(person)
    plan(person, Secret_name="new")
    updated = begin(person)
    for text in ("", "x", str(uuid4()), str(updated.pk)):
        assert person.client.get(PAGE, {"retry": text}).status_code == 404, text
    stranger = sign_in("otto", Role.OPERATOR, Place(account_id="999988887777", region=REGION))
    assert stranger.client.get(PAGE, {"retry": str(replaced.pk)}).status_code == 404


def test_only_rules_where_the_person_is_an_operator_are_changed(
    fleet: FakeAws, person: Person
) -> None:
    oda = sign_in("oda", Role.OPERATOR, Place(account_id=OTHER_ACCOUNT, region=REGION))
    plan(oda, Secret_name="new")
    assert "Change: 1" in oda.text
    assert THIRD_ACCOUNT not in oda.text


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        ("Secret name", "", "Enter at least one change."),
        ("Upstream repository prefix", "Ab", "lowercase"),
        ("Secret name", "a b", "name"),
        ("IAM role", "arn:aws:iam::111122223333:role/one", "Write {account_id} in place"),
    ],
)
def test_a_change_that_aws_would_refuse_is_told(
    fleet: FakeAws, person: Person, label: str, value: str, words: str
) -> None:
    plan(person, **{label.replace(" ", "_"): value})
    assert person.is_refused
    assert words in person.text


def test_the_selection_of_a_list_is_kept(fleet: FakeAws, person: Person) -> None:
    person.open("/fleet/")
    name = f"{OTHER_ACCOUNT}/{REGION}/hub"
    data = {"rule": name, "filter": "", "csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post(PAGE, data, follow=True))
    person.fill("Secret name", "new")
    person.press("Show plan")
    assert "Change: 1" in person.text
    operation = begin(person)
    assert states(operation) == {OTHER_ACCOUNT: "waiting"}
