"""Hundreds of unfinished operations: the list shows them in pages."""

import uuid

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.models import Operation, OperationState

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


def test_each_section_has_pages_of_its_own(unfinished: Person) -> None:
    unfinished.open(URL)
    assert len(rows_below(unfinished, "orphans-heading")) == 50
    assert len(rows_below(unfinished, "cut-off-heading")) == 50
    assert "Page 1 of 3" in unfinished.text
    seen = set(rows_below(unfinished, "orphans-heading"))
    for _page in range(2):
        link = unfinished.find('nav[aria-label="Secrets without a rule"] a[rel="next"]')
        unfinished.open(str(link["href"]))
        seen |= set(rows_below(unfinished, "orphans-heading"))
    assert len(seen) == 120
    assert len(rows_below(unfinished, "cut-off-heading")) == 50
    assert "Page 3 of 3" in unfinished.text


@pytest.mark.parametrize("query", ["orphans=999", "orphans=x", "orphans=-1", "state=interrupted"])
def test_the_page_stays_bounded_whatever_is_asked_for(unfinished: Person, query: str) -> None:
    unfinished.open(f"{URL}?{query}")
    assert unfinished.status == 200
    assert len(unfinished.page.select("tbody tr")) <= 4 * 50
