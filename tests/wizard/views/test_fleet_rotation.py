"""Rotating a credential over accounts, as a person starts and follows it."""

import csv
import io
import json
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in
from tests.fleet_rotation import (
    HOST,
    HUB,
    PUT,
    add_rule,
    add_secret,
    furnish,
    read,
    value,
    versions,
)
from tests.person import REGION, Person, sign_in
from tests.worker import work
from wizard.domain import Place, Role
from wizard.models import (
    AuditEvent,
    FleetOperation,
    FleetPart,
    Grant,
    LastKnownRule,
    RotatedSecret,
    SealedValue,
)

pytestmark = pytest.mark.django_db(transaction=True)

PLAN = "/fleet/rotate/"
LIST = "/fleet/operations/"
ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT)
TOKEN = "canary-of-the-fleet"


@pytest.fixture
def fleet(aws: FakeAws, person: Person) -> FakeAws:
    """Two accounts by a role, each with a secret and a rule; the console has read both."""
    person.open_rules()
    furnish(aws, *ACCOUNTS)
    assert LastKnownRule.objects.exclude(credential_arn="").count() == 2
    return aws


def begin(person: Person, query: str = "", token: str = TOKEN) -> FleetOperation:
    person.open(f"{PLAN}{query}")
    person.fill("Username", "demo")
    person.fill("New access token", token)
    person.press("Rotate credential")
    operation = FleetOperation.objects.first()
    assert operation is not None, person.text
    assert person.url.startswith(f"{LIST}{operation.pk}/"), person.text
    return operation


def states(operation: FleetOperation) -> dict[str, str]:
    return dict(operation.parts.values_list("account_id", "state"))


def download(person: Person, url: str) -> str:
    content: bytes = person.client.get(url).getvalue()
    return content.decode()


def test_the_secrets_of_the_filtered_rules_get_the_credential_as_one_operation(
    fleet: FakeAws, person: Person
) -> None:
    person.open(f"{PLAN}?prefix=docker-hub")
    assert person.heading == "Rotate a credential in several accounts"
    assert "Secrets that get the credential (2)" in person.text
    assert f"Upstream registry: Docker Hub ({HOST}). Accounts: 2." in person.text
    operation = begin(person, "?prefix=docker-hub", "demo-access-token")
    assert SealedValue.objects.count() == 1
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert not SealedValue.objects.exists()
    for account_id in ACCOUNTS:
        assert value(fleet, account_id) == "demo-access-token"
        assert versions(fleet, account_id) == 2
    person.open(person.url)
    assert person.heading == "Rotation of credentials in several accounts"
    assert "2 of 2 accounts" in person.text
    assert "1 of 1" in person.text
    lines = list(csv.DictReader(io.StringIO(download(person, f"{person.url}?format=csv"))))
    found = [
        (line["account_id"], line["ecr_repository_prefix"], line["secret_name"], line["status"])
        for line in lines
    ]
    assert found == [(each, "docker-hub", "docker-hub", "valid") for each in ACCOUNTS]
    person.open(str(person.page.select("#results tbody a")[0]["href"]))
    assert "Docker Hub" in person.heading
    person.press("Put the old version back")
    assert sorted(value(fleet, each) for each in ACCOUNTS) == ["demo-access-token", "old"]


def test_one_credential_is_for_one_upstream_and_shared_secrets_are_told(
    fleet: FakeAws, person: Person
) -> None:
    """A further rule of the same upstream shares one secret, a rule of another the other."""
    first, second = LastKnownRule.objects.order_by("account_id")
    add_rule(fleet, first.account_id, "further", first.credential_arn)
    add_rule(fleet, second.account_id, "ghcr", second.credential_arn, "ghcr.io")
    own = add_secret(fleet, second.account_id, "ecr-pullthroughcache/second")
    add_rule(fleet, second.account_id, "own", own)
    read(*ACCOUNTS)
    person.open(PLAN)
    assert "Choose an upstream registry (2)" in person.text
    assert not person.page.select("main .button-primary")
    person.press(f"Docker Hub ({HOST})")
    assert "Secrets that get the credential (2)" in person.text
    rows = [row.get_text(" ") for row in person.page.select("tbody tr")]
    assert "Left out" in rows[0]
    assert "Rules of GitHub Container Registry (ghcr.io) use it too." in rows[0]
    assert second.account_id in rows[0]
    person.open(f"{PLAN}?prefix=docker-hub")
    assert "1 rule that isn't chosen uses it too" in person.text
    person.open(f"{PLAN}?upstream={HOST}&secret=second")
    assert "Secrets that get the credential (1)" in person.text
    operation = begin(person, f"?upstream={HOST}&secret=second")
    work()
    assert states(operation).keys() == {second.account_id}
    assert value(fleet, second.account_id, "ecr-pullthroughcache/second") == TOKEN
    assert {value(fleet, each) for each in ACCOUNTS} == {"old"}


def test_a_secret_that_another_upstream_uses_since_it_was_read_is_left_alone(
    fleet: FakeAws, person: Person
) -> None:
    operation = begin(person)
    first, second = LastKnownRule.objects.order_by("account_id")
    add_rule(fleet, first.account_id, "ghcr", first.credential_arn, "ghcr.io")
    client_in(fleet, "ecr", second.account_id).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="docker-hub"
    )
    work()
    kinds = [
        type(error).__name__
        for each in operation.parts.all()
        for error in each.rule_errors.values()
    ]
    assert kinds == ["SecretOfSeveralUpstreams", "SecretNoLongerUsed"]
    assert {value(fleet, each) for each in ACCOUNTS} == {"old"}
    person.open(person.url)
    assert "Rules of another upstream registry use the secret too" in person.text


def test_what_a_replica_s_rules_use_is_one_secret(fleet: FakeAws, person: Person) -> None:
    other = "eu-west-1"
    manager = client_in(fleet, "secretsmanager", OTHER_ACCOUNT)
    manager.replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": other}])
    arn = client_in(fleet, "secretsmanager", OTHER_ACCOUNT, other).describe_secret(SecretId=HUB)[
        "ARN"
    ]
    add_rule(fleet, OTHER_ACCOUNT, "docker-hub", arn, region=other)
    read(OTHER_ACCOUNT, regions=(REGION, other))
    person.open(f"{PLAN}?account={OTHER_ACCOUNT}&region={other}")
    assert "1 rule that isn't chosen uses it too" in person.text
    operation = begin(person, f"?account={OTHER_ACCOUNT}", "demo-access-token")
    assert "Secrets that get the credential (1)" not in person.text
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done"}
    assert versions(fleet, OTHER_ACCOUNT) == 2
    (secret,) = RotatedSecret.objects.all()
    assert {rule.region for rule in secret.rules} == {REGION, other}
    limited = sign_in("one", Role.OPERATOR, Place(account_id=OTHER_ACCOUNT, region=other))
    limited.open(PLAN)
    assert "You are not an operator in its Region or in the Region of a replica." in limited.text
    assert not limited.page.select("main .button-primary")


def test_a_plan_has_only_what_the_person_may_change(fleet: FakeAws, person: Person) -> None:
    one = sign_in("one", Role.OPERATOR, Place(account_id=OTHER_ACCOUNT, region=REGION))
    Grant.objects.create(
        user=User.objects.get(username="one"), role=Role.VIEWER, account_id=THIRD_ACCOUNT
    )
    one.open(PLAN)
    assert "Secrets that get the credential (1)" in one.text
    assert "1 rule isn't in the plan, because you aren't an operator" in one.text
    assert states(begin(one)) == {OTHER_ACCOUNT: "waiting"}
    work()
    assert value(fleet, THIRD_ACCOUNT) == "old"


def test_a_refused_form_starts_nothing_and_shows_no_token(fleet: FakeAws, person: Person) -> None:
    person.open(PLAN)
    person.fill("New access token", TOKEN)
    person.press("Rotate credential")
    assert person.error_at("Username") == "Enter the username."
    assert TOKEN not in str(person.page)
    assert not FleetOperation.objects.exists()
    for query in ("?region=mars", "?prefix=none", "?retry=x", f"?retry={uuid.uuid4()}"):
        data = {"username": "me", "access_token": TOKEN, "csrfmiddlewaretoken": person.csrf_token}
        answer = person.client.post(f"{PLAN}{query}", data)
        assert answer.status_code in (404, 422), query
        assert TOKEN not in answer.content.decode()
    assert not FleetOperation.objects.exists()


def test_a_form_that_is_sent_twice_starts_one_operation(fleet: FakeAws, person: Person) -> None:
    person.open(PLAN)
    data: dict[str, Any] = {
        "operation_id": str(uuid.uuid4()),
        "username": "me",
        "access_token": TOKEN,
        "csrfmiddlewaretoken": person.csrf_token,
    }
    first, second = (person.client.post(PLAN, data) for _number in range(2))
    assert first.status_code == second.status_code == 303
    assert first["Location"] == second["Location"] == f"{LIST}{data['operation_id']}/"
    work()
    # The plan has changed since, and the form is sent once more.
    LastKnownRule.objects.all().delete()
    assert person.client.post(PLAN, data)["Location"] == first["Location"]
    assert FleetOperation.objects.count() == 1
    assert {versions(fleet, each) for each in ACCOUNTS} == {2}


def test_a_retry_asks_for_the_credential_and_changes_what_failed_and_nothing_else(
    fleet: FakeAws, person: Person
) -> None:
    fleet.refuse(operation=PUT)
    operation = begin(person, token="demo-access-token")
    work()
    assert sorted(states(operation).values()) == ["failed", "failed"]
    person.open(person.url)
    assert "AWS is refusing" in person.text or "No access" in person.text
    fleet.clear_faults()
    person.follow("Retry what failed")
    assert "Secrets that get the credential (2)" in person.text
    fleet.refuse(operation=PUT, times=1)
    person.fill("Username", "demo")
    person.fill("New access token", "demo-access-token")
    person.press("Rotate credential")
    again = FleetOperation.objects.exclude(pk=operation.pk).get()
    work()
    assert sorted(states(again).values()) == ["done", "failed"]
    person.open(f"{LIST}{again.pk}/")
    person.follow("Retry what failed")
    assert "Secrets that get the credential (1)" in person.text
    begin(person, f"?retry={again.pk}", "demo-access-token")
    work()
    assert {versions(fleet, each) for each in ACCOUNTS} == {2}
    assert {value(fleet, each) for each in ACCOUNTS} == {"demo-access-token"}
    person.open(person.url)
    assert "Succeeded: 1" in person.text


def test_a_wrong_token_is_told_and_a_retry_stores_another(fleet: FakeAws, person: Person) -> None:
    operation = begin(person)
    work()
    assert set(states(operation).values()) == {"failed"}
    found = json.loads(download(person, f"{person.url}?format=json"))
    assert TOKEN not in str(found)
    assert "failed" in str(found)
    begin(person, f"?retry={operation.pk}", "demo-access-token")
    work()
    assert {value(fleet, each) for each in ACCOUNTS} == {"demo-access-token"}
    assert {versions(fleet, each) for each in ACCOUNTS} == {3}
    assert list(FleetPart.objects.filter(operation=operation).values_list("failed")) == [(1,), (1,)]


def test_nothing_that_is_kept_or_shown_has_the_credential(fleet: FakeAws, person: Person) -> None:
    operation = begin(person)
    texts = [str(list(model._default_manager.values())) for model in apps.get_models()]
    work()
    person.open(person.url)
    texts += [str(list(model._default_manager.values())) for model in apps.get_models()]
    texts += [str(person.page), download(person, f"{person.url}?format=csv")]
    assert AuditEvent.objects.filter(action="StartFleetOperation").count() == 1
    assert not [text for text in texts if TOKEN in text]
    assert operation.pk


def test_rules_that_are_checked_in_the_list_become_a_plan(fleet: FakeAws, person: Person) -> None:
    """The choice stays while an upstream and a name are chosen, and after a refused form."""
    ghcr = add_secret(fleet, OTHER_ACCOUNT, "ecr-pullthroughcache/ghcr")
    second = add_secret(fleet, OTHER_ACCOUNT, "ecr-pullthroughcache/second")
    add_rule(fleet, OTHER_ACCOUNT, "ghcr", ghcr, "ghcr.io")
    add_rule(fleet, OTHER_ACCOUNT, "second", second)
    read(OTHER_ACCOUNT)
    person.open("/fleet/")
    names = [f"{OTHER_ACCOUNT}/{REGION}/{prefix}" for prefix in ("docker-hub", "ghcr", "second")]
    person.tick(*names)
    person.press("Rotate a credential")
    assert "Choose an upstream registry (2)" in person.text
    person.press(f"Docker Hub ({HOST})")
    assert "Secrets that get the credential (2)" in person.text
    person.press("second (1)")
    assert "Secrets that get the credential (1)" in person.text
    person.press("Rotate credential")
    assert person.error_at("Username") == "Enter the username."
    person.fill("Username", "demo")
    person.fill("New access token", "demo-access-token")
    person.press("Rotate credential")
    operation = FleetOperation.objects.get()
    assert states(operation) == {OTHER_ACCOUNT: "waiting"}
    work()
    assert value(fleet, OTHER_ACCOUNT, "ecr-pullthroughcache/second") == "demo-access-token"
    assert {value(fleet, each) for each in ACCOUNTS} == {"old"}


def test_a_credential_is_tested_before_it_is_stored_anywhere(
    fleet: FakeAws, person: Person, settings: Settings
) -> None:
    settings.SIMULATED_UPSTREAMS = fleet.upstreams()
    person.open(PLAN)
    person.fill("Username", "demo")
    person.fill("New access token", "demo-access-token")
    person.press("Test credentials")
    assert "Docker Hub accepted" in person.text or "accepted" in person.text
    assert "demo-access-token" not in str(person.page)
    assert not FleetOperation.objects.exists()
    person.press("Rotate credential")
    work()
    assert {value(fleet, each) for each in ACCOUNTS} == {"demo-access-token"}


def test_a_cancelled_operation_keeps_no_credential_and_can_be_retried(
    fleet: FakeAws, person: Person
) -> None:
    operation = begin(person)
    person.press("Cancel operation")
    assert not SealedValue.objects.exists()
    work()
    assert fleet.calls().get(PUT, 0) == 0
    assert states(operation) == dict.fromkeys(ACCOUNTS, "cancelled")
    # The button of other operations, sent by hand, leads to the page that asks for the credential.
    data = {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(f"{LIST}{operation.pk}/retry/", data)
    assert answer["Location"] == f"{PLAN}?retry={operation.pk}"
    begin(person, f"?retry={operation.pk}", "demo-access-token")
    work()
    assert {value(fleet, each) for each in ACCOUNTS} == {"demo-access-token"}
    FleetOperation.objects.update(verb="validate")
    person.open(f"{PLAN}?retry={operation.pk}")
    assert person.status == 404
