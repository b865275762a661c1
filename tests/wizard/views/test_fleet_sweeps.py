"""The page of sweeps: progress, reasons, and sweeps that people order."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain.errors import Throttled, error_record
from wizard.models import Account, AuditEvent, Grant, Sweep
from wizard.services import sweeps
from wizard.services.sweeps.rows import REST

PAGE = "/fleet/sweeps/"
NOW = "/fleet/sweeps/now/"
OTHER, THIRD = "210987654321", "333344445555"


@pytest.fixture
def later(db: None) -> None:
    """Two accounts that are due later, and one that AWS throttles."""
    due_at = timezone.now() + timedelta(hours=1)
    Account.objects.create(pk=OTHER, alias="payments", role_arn=f"arn:aws:iam::{OTHER}:role/Ptc")
    Sweep.objects.create(pk=ACCOUNT, due_at=due_at, finished_at=due_at - timedelta(hours=2))
    Sweep.objects.create(pk=OTHER, due_at=due_at)
    Sweep.objects.create(
        pk=THIRD,
        due_at=due_at,
        finished_at=timezone.now() - timedelta(minutes=5),
        failures=1,
        error_record=error_record(Throttled("Rate exceeded", request_id="abc-1")),
        failed_regions={"eu-west-1": error_record(Throttled("Rate exceeded"))},
    )


@pytest.fixture
def person(aws: FakeAws, db: None, settings: Settings) -> Person:
    settings.SWEEP_MINUTES = 15
    return sign_in()


def page(person: Person, query: str = "") -> BeautifulSoup:
    answer = person.client.get(PAGE + query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def send(person: Person, fields: dict[str, Any]) -> Any:
    """Send the form, and return the page that follows."""
    person.open(PAGE)
    token = {"csrfmiddlewaretoken": person.csrf_token}
    return person.client.post(NOW, fields | token, follow=True)


def accounts(found: BeautifulSoup) -> list[str]:
    return [head.get_text(" ", strip=True) for head in found.select("tbody th")]


def ordered() -> set[str]:
    return set(Sweep.objects.exclude(ordered_at=None).values_list("pk", flat=True))


@pytest.mark.usefixtures("later")
def test_the_page_tells_progress_states_and_reasons(person: Person) -> None:
    found = page(person)
    assert accounts(found) == [ACCOUNT, f"payments {OTHER}", THIRD]
    text = found.get_text(" ", strip=True)
    assert "AWS is throttling the console" in text
    assert "abc-1" in text
    assert accounts(page(person, "?state=failed")) == [THIRD]
    assert accounts(page(person, "?reason=Throttled")) == [THIRD]
    assert accounts(page(person, "?reason=UnexpectedAwsError")) == []
    assert accounts(page(person, "?q='")) == []
    assert accounts(page(person, "?state=never&q=pay")) == [f"payments {OTHER}"]
    assert accounts(page(person, "?sort=-account")) == [THIRD, f"payments {OTHER}", ACCOUNT]


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "query",
    [
        "?state=x",
        "?reason=x",
        "?reason=%00",
        "?reason=" + "x" * 2000,
        "?reason=Throttled&reason=Throttled",
        "?reason=throttled",
        "?page=0",
        "?sort=__class__",
        "?q=%00",
    ],
)
def test_a_filter_that_cannot_be_applied_shows_no_sweep(person: Person, query: str) -> None:
    person.open(f"/fleet/sweeps/{query}")
    assert person.status == 422
    assert "The filter can't be applied" in person.text
    assert not person.page.select("tbody tr")


@pytest.mark.usefixtures("later")
def test_chosen_accounts_are_read_first(person: Person) -> None:
    answer = send(person, {"scope": "chosen", "account": [OTHER, THIRD]})
    assert "The rules of 2 accounts will be read now." in answer.content.decode()
    assert ordered() == {OTHER, THIRD}
    assert set(sweeps.ring_due()) == {OTHER, THIRD}
    event = AuditEvent.objects.get(action="SweepAccounts")
    assert event.after == {"number": 2, "accounts": [OTHER, THIRD]}
    again = send(person, {"scope": "chosen", "account": [OTHER]})
    assert "These accounts are due already." in again.content.decode()
    assert AuditEvent.objects.filter(action="SweepAccounts").count() == 1


@pytest.mark.usefixtures("later")
def test_all_accounts_are_read_and_one_that_was_just_read_after_a_rest(person: Person) -> None:
    just = timezone.now() - timedelta(seconds=1)
    Sweep.objects.filter(pk=ACCOUNT).update(finished_at=just)
    send(person, {"scope": "all"})
    assert ordered() == {ACCOUNT, OTHER, THIRD}
    assert Sweep.objects.get(pk=ACCOUNT).due_at == just + REST


@pytest.mark.usefixtures("later")
def test_nothing_is_ordered_without_a_choice_or_while_sweeps_are_off(
    person: Person, settings: Settings
) -> None:
    answer = send(person, {"scope": "chosen"})
    assert "Choose at least one account." in answer.content.decode()
    settings.SWEEP_MINUTES = 0
    answer = send(person, {"scope": "all"})
    assert "Sweeps are off." in answer.content.decode()
    assert ordered() == set()


@pytest.mark.usefixtures("later")
def test_a_person_sees_and_orders_what_their_permissions_allow(person: Person) -> None:
    Grant.objects.all().delete()
    ada = User.objects.get()
    Grant.objects.create(user=ada, role="operator", account_id=OTHER, region=REGION)
    Grant.objects.create(user=ada, role="viewer", account_id=THIRD)
    found = page(person)
    assert accounts(found) == [f"payments {OTHER}", THIRD]
    boxes = found.select("input[name=account]")
    assert [box["value"] for box in boxes] == [OTHER]
    for refused in (THIRD, ACCOUNT, "999999999999"):
        assert send(person, {"account": [OTHER, refused]}).status_code == 403
    assert ordered() == set()
    send(person, {"scope": "all"})
    assert ordered() == {OTHER}
