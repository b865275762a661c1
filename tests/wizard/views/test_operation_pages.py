"""Hundreds of unfinished operations: the list shows them in pages."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.wizard.conftest import TARGET
from wizard.domain import AwsAction
from wizard.domain.errors import AccessDenied, RegionUnreachable, error_record
from wizard.models import Operation, OperationState, OperationStep
from wizard.services import operations

URL = f"/{ACCOUNT}/operations/"


@pytest.fixture
def unfinished(aws: FakeAws, person: Person) -> Person:
    """120 secrets without a rule, and 60 operations that were interrupted."""
    actor = User.objects.get()
    states = [OperationState.FAILED] * 120 + [OperationState.RUNNING] * 60
    Operation.objects.bulk_create(
        Operation(
            draft_id=uuid.uuid4().hex,
            actor=actor,
            account_id=ACCOUNT,
            region=REGION,
            ecr_repository_prefix=f"{state}-{number}",
            upstream_registry_url="quay.io",
            planned_rule={},
            secret_name="ecr-pullthroughcache/hub",
            made_secret_arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hub-{number}",
            state=state,
        )
        for number, state in enumerate(states)
    )
    return person


def rows_below(person: Person, heading_id: str) -> list[str]:
    table = person.find(f'table[aria-labelledby="{heading_id}"]')
    return [row.th.get_text(strip=True) for row in table.select("tbody tr") if row.th]


def current_page(person: Person) -> str:
    link = person.find('nav[aria-label="Secrets without a rule"] [aria-current="page"]')
    return link.get_text(" ", strip=True)


def test_each_section_has_pages_of_its_own(unfinished: Person) -> None:
    unfinished.open(URL)
    assert len(rows_below(unfinished, "orphans-heading")) == 50
    assert len(rows_below(unfinished, "cut-off-heading")) == 50
    assert current_page(unfinished) == "Page 1"
    seen = set(rows_below(unfinished, "orphans-heading"))
    for _page in range(2):
        link = unfinished.find('nav[aria-label="Secrets without a rule"] a[rel="next"]')
        unfinished.open(str(link["href"]))
        seen |= set(rows_below(unfinished, "orphans-heading"))
    assert len(seen) == 120
    assert len(rows_below(unfinished, "cut-off-heading")) == 50
    assert current_page(unfinished) == "Page 3"


@pytest.mark.parametrize("query", ["orphans=999", "orphans=x", "orphans=-1", "state=interrupted"])
def test_the_page_stays_bounded_whatever_is_asked_for(unfinished: Person, query: str) -> None:
    unfinished.open(f"{URL}?{query}")
    assert unfinished.status == 200
    assert len(unfinished.page.select("tbody tr")) <= 4 * 50


def test_of_thousands_the_oldest_are_read_and_the_page_says_so(
    aws: FakeAws, person: Person
) -> None:
    """Failures that made no secret, which are most of them, are not read at all."""
    actor = User.objects.get()

    def failed(number: int, arn: str) -> Operation:
        return Operation(
            draft_id=uuid.uuid4().hex,
            actor=actor,
            account_id=ACCOUNT,
            region=REGION,
            ecr_repository_prefix=f"rule-{number}",
            upstream_registry_url="quay.io",
            planned_rule={},
            secret_name="ecr-pullthroughcache/hub",
            made_secret_arn=arn,
            state=OperationState.FAILED,
        )

    refused = Operation.objects.bulk_create(failed(number, "") for number in range(1500))
    OperationStep.objects.bulk_create(
        OperationStep(
            operation=each,
            action=AwsAction.CREATE_SECRET,
            identifier="hub",
            state=OperationState.FAILED,
            error_record=error_record(AccessDenied("no", code="AccessDeniedException")),
        )
        for each in refused
    )
    with CaptureQueriesContext(connection) as few:
        assert operations.orphans(account_id=ACCOUNT, regions=[REGION]) == []
    assert len(few) == 1
    Operation.objects.bulk_create(failed(number, f"arn:{number}") for number in range(700))
    lost = OperationStep.objects.get(operation=refused[0])
    lost.error_record = error_record(RegionUnreachable("lost", was_lost=True))
    lost.save()
    found = operations.orphans(account_id=ACCOUNT, regions=[REGION])
    assert len(found) == operations.MOST_LISTED
    assert found[0] == refused[0]
    assert operations.has_unsettled(target=TARGET)
    person.open(URL)
    assert "The oldest 500 are listed. To see more changes, compare these with AWS." in person.text
    pages = person.find('nav[aria-label="Secrets without a rule"] li:last-child')
    assert pages.get_text(" ", strip=True) == "Page 10"
