"""Pull-time update exclusions under faults: lost answers, odd lists."""

import json
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import pull_times as backend
from wizard.models import AuditEvent

URL = f"/{ACCOUNT}/{REGION}/pull-time-update-exclusions/"
SCANNER = f"arn:aws:iam::{ACCOUNT}:role/security/scanner"
CHANGES = ("RegisterPullTimeUpdateExclusion", "DeregisterPullTimeUpdateExclusion")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def exclude(*arns: str) -> None:
    client = boto3.client("ecr", region_name=REGION)
    for arn in arns:
        client.register_pull_time_update_exclusion(principalArn=arn)


def excluded() -> list[str]:
    answer = boto3.client("ecr", region_name=REGION).list_pull_time_update_exclusions()
    return answer["pullTimeUpdateExclusions"]


def add(person: Person, arn: str) -> None:
    person.open(f"{URL}register/")
    person.fill("Principal ARN", arn)
    person.press("Add exclusion")


def outcomes() -> list[tuple[str, str, str]]:
    found = AuditEvent.objects.filter(phase="result").order_by("sequence")
    return [(each.action, each.subject, each.outcome) for each in found]


def change(person: Person, action: str) -> None:
    if action == CHANGES[0]:
        add(person, SCANNER)
    else:
        exclude(SCANNER)
        person.open(URL)
        person.press(f"Delete {SCANNER}")


@pytest.mark.promise("F12")
@pytest.mark.parametrize("action", CHANGES)
def test_a_change_whose_answers_were_all_lost_is_read_back(
    aws: FakeAws, person: Person, action: str
) -> None:
    aws.lose_answer(operation=action, times=9)
    change(person, action)
    assert person.status == 200
    assert outcomes() == [(action, SCANNER, "succeeded")]
    assert excluded() == ([SCANNER] if action == CHANGES[0] else [])


@pytest.mark.promise("F12")
@pytest.mark.parametrize("action", CHANGES)
def test_a_change_that_a_second_attempt_finds_made_has_succeeded(
    aws: FakeAws, person: Person, action: str
) -> None:
    aws.lose_answer(operation=action, times=1)
    change(person, action)
    assert "already excluded" not in person.text
    assert "no longer excluded" not in person.text
    assert outcomes() == [(action, SCANNER, "succeeded")]


@pytest.mark.promise("F12")
@pytest.mark.parametrize("action", CHANGES)
def test_a_change_that_never_arrived_has_failed(aws: FakeAws, person: Person, action: str) -> None:
    if action == CHANGES[1]:
        exclude(SCANNER)
        person.open(URL)
    aws.unreachable(operation=action)
    if action == CHANGES[0]:
        add(person, SCANNER)
    else:
        person.press(f"Delete {SCANNER}")
    assert person.status == 504
    assert outcomes() == [(action, SCANNER, "failed")]


@pytest.mark.promise("F15")
@pytest.mark.kind_aws("answers that AWS never gives")
@pytest.mark.parametrize("answer", [{}, {"pullTimeUpdateExclusions": [None, {}]}])
def test_an_odd_list_is_an_error_and_not_an_empty_one(
    aws: FakeAws, person: Person, answer: dict[str, object]
) -> None:
    aws.garble_answer(json.dumps(answer), operation="ListPullTimeUpdateExclusions")
    person.open(URL)
    assert person.status == 502
    assert "MalformedAnswer" in person.text


@pytest.mark.promise("F16")
@pytest.mark.kind_aws("answers that AWS never gives")
def test_a_list_without_an_end_is_an_error(aws: FakeAws, person: Person) -> None:
    exclude(SCANNER)
    aws.endless_pages(operation="ListPullTimeUpdateExclusions")
    person.open(URL)
    assert person.status == 502
    assert f"The list does not end after {backend.MAX_PAGES} pages." in person.text
