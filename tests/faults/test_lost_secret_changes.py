"""Changes on the Secrets page whose answers are lost: read back, and sent once for each intent."""

import json
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_secret
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Credential, Role, Target
from wizard.domain.changes import permitted
from wizard.domain.errors import RegionUnreachable, is_answer_lost
from wizard.models import AuditEvent
from wizard.services import secret_writes

NAME = "ecr-pullthroughcache/hub"
CONFIRM = 'To confirm this deletion, type "confirm".'
FLOWS = ["CreateSecret", "PutSecretValue", "DeleteSecret", "RestoreSecret"]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def target(region: str) -> Target:
    return Target(account_id=ACCOUNT, region=region)


def client() -> Any:
    return boto3.client("secretsmanager", region_name=REGION)


def begin(person: Person, operation: str) -> None:
    """Go to the page of the change, where AWS has what it changes."""
    base = f"/{ACCOUNT}/{REGION}"
    if operation == "CreateSecret":
        person.open(f"{base}/new-secret/")
        return
    make_secret(NAME)
    if operation == "RestoreSecret":
        client().delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
        person.open(f"{base}/secrets/")
    else:
        page = "value" if operation == "PutSecretValue" else "delete"
        person.open(f"{base}/secrets/hub/{page}/")


def send(person: Person, operation: str, token: str = "first-token") -> None:
    if operation == "RestoreSecret":
        person.press(f"Restore {NAME}")
    elif operation == "DeleteSecret":
        person.fill(CONFIRM, "confirm")
        person.press("Delete")
    else:
        if operation == "CreateSecret":
            person.fill("Secret name", "hub")
        person.fill("Username", "me")
        person.fill("Access token", token)
        person.press("Create secret" if operation == "CreateSecret" else "Replace value")


def outcomes(operation: str) -> list[str]:
    found = AuditEvent.objects.filter(action=operation, phase="result").order_by("sequence")
    return list(found.values_list("outcome", flat=True))


def value() -> str:
    kept: dict[str, str] = json.loads(client().get_secret_value(SecretId=NAME)["SecretString"])
    return kept["accessToken"]


def versions() -> set[str]:
    return set(client().describe_secret(SecretId=NAME)["VersionIdsToStages"])


@pytest.mark.promise("F12")
@pytest.mark.parametrize("operation", FLOWS)
def test_a_change_whose_answers_were_all_lost_is_read_back(
    aws: FakeAws, person: Person, operation: str
) -> None:
    begin(person, operation)
    aws.lose_answer(operation=operation, times=9)
    send(person, operation)
    assert person.status == 200, person.text
    assert outcomes(operation) == ["succeeded"]


@pytest.mark.promise("F12")
@pytest.mark.parametrize("operation", FLOWS)
def test_a_change_that_never_arrived_has_failed(
    aws: FakeAws, person: Person, operation: str
) -> None:
    begin(person, operation)
    aws.unreachable(operation=operation)
    send(person, operation)
    assert person.status == 504
    assert outcomes(operation) == ["failed"]


@pytest.mark.promise("F12")
def test_a_secret_that_cannot_be_read_back_is_unknown_and_a_second_try_is_the_same_request(
    aws: FakeAws, person: Person
) -> None:
    begin(person, "CreateSecret")
    aws.lose_answer(operation="CreateSecret", times=9)
    aws.refuse(operation="DescribeSecret")
    send(person, "CreateSecret")
    assert person.status == 504
    assert outcomes("CreateSecret") == ["unknown"]
    aws.clear_faults()
    send(person, "CreateSecret")
    assert person.status == 200, person.text
    assert outcomes("CreateSecret") == ["unknown", "succeeded"]
    assert len(versions()) == 1
    administrator = sign_in("alan", Role.ADMINISTRATOR)
    administrator.open("/audit/?outcome=unknown")
    assert "The console didn't receive the answer from AWS" in administrator.text


@pytest.mark.promise("F12")
def test_a_second_try_with_another_token_stores_that_one(aws: FakeAws, person: Person) -> None:
    begin(person, "CreateSecret")
    aws.lose_answer(operation="CreateSecret", times=9)
    aws.refuse(operation="DescribeSecret")
    send(person, "CreateSecret")
    aws.clear_faults()
    send(person, "CreateSecret", "second-token")
    assert person.status == 200, person.text
    assert value() == "second-token"


@pytest.mark.promise("F12")
def test_a_secret_of_somebody_else_is_not_taken_for_the_lost_one(
    aws: FakeAws, person: Person
) -> None:
    make_secret(NAME)
    kept = value()
    begin(person, "CreateSecret")
    send(person, "CreateSecret")
    assert person.status == 409
    assert value() == kept
    assert outcomes("CreateSecret") == ["failed"]


def put(token: str, access_token: str) -> str:
    credential = Credential(username="me", access_token=access_token)
    return secret_writes.put(target(REGION), NAME, credential, token=token)


@pytest.mark.promise("F12")
def test_a_value_is_stored_once_for_each_intent(aws: FakeAws) -> None:
    make_secret(NAME)
    before, token = versions(), str(uuid.uuid4())
    with permitted("a test"):
        assert put(token, "first-token") == put(token, "first-token") == token
        assert len(versions() - before) == 1
        assert put(token, "second-token") != token
    assert value() == "second-token"


@pytest.mark.promise("F12")
@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("PutSecretValue", lambda: put(str(uuid.uuid4()), "token")),
        ("DeleteSecret", lambda: secret_writes.schedule_deletion(target(REGION), NAME, days=7)),
        ("RestoreSecret", lambda: secret_writes.restore(target(REGION), NAME)),
    ],
)
def test_what_became_of_a_change_is_not_claimed_if_nothing_can_be_read(
    aws: FakeAws, operation: str, change: Callable[[], object]
) -> None:
    make_secret(NAME)
    aws.lose_answer(operation=operation, times=9)
    aws.refuse(operation="DescribeSecret")
    with permitted("a test"), pytest.raises(RegionUnreachable) as raised:
        change()
    assert is_answer_lost(raised.value)
