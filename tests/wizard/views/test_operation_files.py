"""The results of operations and deletions as files."""

import csv
import io
import json
import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.domain import AwsAction
from wizard.domain.errors import AccessDenied, error_record
from wizard.models import Deletion, Operation, OperationState

FORMULA = "=1+1 is not authorized"


def refusal(operation: AwsAction) -> dict[str, object]:
    error = AccessDenied(
        FORMULA, code="AccessDeniedException", operation=operation, region=REGION, request_id="r-1"
    )
    return error_record(error)


@pytest.fixture
def batch(aws: FakeAws, person: Person) -> str:
    """A rule that was created in one Region and refused in another; the address of its page."""
    batch_id, now = uuid.uuid4(), timezone.now()
    for region, state in (
        ("eu-west-1", OperationState.SUCCEEDED),
        (REGION, OperationState.FAILED),
    ):
        operation = Operation.objects.create(
            batch_id=batch_id,
            draft_id="draft",
            actor=User.objects.get(),
            account_id=ACCOUNT,
            region=region,
            ecr_repository_prefix="quay",
            planned_rule={"ecr_repository_prefix": "quay", "upstream_registry_url": "quay.io"},
            state=state,
            finished_at=now,
        )
        failed = state == OperationState.FAILED
        operation.steps.create(
            action=AwsAction.CREATE_RULE,
            identifier="quay",
            state=state,
            error_record=refusal(AwsAction.CREATE_RULE) if failed else None,
        )
    return f"/{ACCOUNT}/operations/{batch_id}/"


@pytest.fixture
def deletion(aws: FakeAws, person: Person) -> str:
    """A deletion of two rules, one of which was refused; the address of its page."""
    made = Deletion.objects.create(account_id=ACCOUNT, actor=User.objects.get())
    now = timezone.now()
    made.rules.create(
        region="eu-west-1", ecr_repository_prefix="quay", state="succeeded", finished_at=now
    )
    made.rules.create(
        region=REGION,
        ecr_repository_prefix="quay",
        state="failed",
        error_record=refusal(AwsAction.DELETE_RULE),
        finished_at=now,
    )
    return f"/{ACCOUNT}/deletions/{made.pk}/"


@pytest.mark.parametrize(
    ("page", "done"),
    [("batch", "CreatePullThroughCacheRule"), ("deletion", "DeletePullThroughCacheRule")],
)
def test_results_are_files_with_account_and_time_in_their_names_and_without_formulas(
    request: pytest.FixtureRequest, person: Person, page: str, done: str
) -> None:
    url = str(request.getfixturevalue(page))
    person.open(url)
    links = [str(link["href"]) for link in person.page.select("main a[download]")]
    assert links == [f"{url}?format=csv", f"{url}?format=json"]
    answer = person.client.get(links[0])
    name = rf"pull-through-cache-operation-results-{ACCOUNT}-\d{{8}}T\d{{6}}Z\.csv"
    assert re.search(name, answer["Content-Disposition"])
    first, second = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (first["region"], first["status"], first["done"]) == (REGION, "failed", "")
    assert first["failure"] == f"'{FORMULA}"
    assert (first["error_code"], first["request_id"]) == ("AccessDeniedException", "r-1")
    assert (second["region"], second["done"]) == ("eu-west-1", done)
    assert second["finished_at"].endswith("+00:00")
    found = json.loads(person.client.get(links[1]).content)
    assert [each["status"] for each in found] == ["failed", "succeeded"]
    assert found[0]["failure"] == FORMULA
