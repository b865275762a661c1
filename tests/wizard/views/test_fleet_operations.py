"""Operations over accounts, as a person starts and follows them."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, connect
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard.domain import Place, Role, Rule, Target
from wizard.models import (
    Account,
    FleetOperation,
    FleetPart,
    Grant,
    ItemState,
    PartState,
    ValidationResult,
)
from wizard.services import bulk_validation, fleet_operations, last_known
from wizard.services.bulk_validation import RuleSelection

PLAN = "/fleet/validate/"
LIST = "/fleet/operations/"
VALIDATE = "ValidatePullThroughCacheRule"


def know(account_id: str, *prefixes: str, region: str = REGION) -> None:
    """The console has read these rules."""
    rules = [
        Rule(
            ecr_repository_prefix=prefix,
            upstream_registry_url="quay.io",
            registry_id=account_id,
            upstream_registry="quay",
        )
        for prefix in prefixes
    ]
    last_known.remember_rules(target=Target(account_id=account_id, region=region), rules=rules)


@pytest.fixture
def fleet(aws: FakeAws, person: Person) -> FakeAws:
    """Two accounts by a role, each with a rule in its Region; the console has read both."""
    for account_id in (OTHER_ACCOUNT, THIRD_ACCOUNT):
        connect(aws, account_id, {REGION: {"quay": "quay.io"}}, alias=f"team-{account_id[:4]}")
        know(account_id, "quay")
    return aws


def post(person: Person, url: str, **data: Any) -> Any:
    person.open(LIST)
    data["csrfmiddlewaretoken"] = person.csrf_token
    return person.client.post(url, data)


def begin(person: Person, query: str = "") -> FleetOperation:
    answer = post(person, f"{PLAN}{query}", operation_id=str(uuid.uuid4()))
    assert answer.status_code == 303, answer.content.decode()
    operation = FleetOperation.objects.first()
    assert operation is not None
    assert answer["Location"] == f"{LIST}{operation.pk}/"
    person.open(answer["Location"])
    return operation


def states(operation: FleetOperation) -> dict[str, str]:
    return dict(operation.parts.values_list("account_id", "state"))


def download(person: Person, url: str) -> str:
    content: bytes = person.client.get(url).getvalue()
    return content.decode()


def calls(aws: FakeAws, name: str = VALIDATE) -> int:
    return aws.calls().get(name, 0)


def test_the_filtered_rules_of_all_accounts_are_validated_as_one_operation(
    fleet: FakeAws, person: Person
) -> None:
    know(OTHER_ACCOUNT, "docker", region="eu-west-1")
    person.open("/fleet/?prefix=quay")
    person.open(str(person.find('main .menu-item[href*="validate"]')["href"]))
    assert person.heading == "Validate rules in several accounts"
    assert "Accounts (2)" in person.text
    assert "Rules: 2. Regions: 1." in person.text
    operation = begin(person, "?prefix=quay")
    assert "0 of 2 accounts" in person.text
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done", THIRD_ACCOUNT: "done"}
    person.open(person.url)
    assert "2 of 2 accounts" in person.text
    assert "Succeeded: 2" in person.text
    results = ValidationResult.objects.values_list("account_id", "is_valid")
    assert set(results) == {(OTHER_ACCOUNT, True), (THIRD_ACCOUNT, True)}
    assert calls(fleet) == 2
    person.open(LIST)
    assert "Validation in several accounts" in person.text
    assert "Finished" in person.find("#list-results").get_text()


def test_an_account_whose_role_is_refused_stops_no_other_and_retry_does_only_the_rest(
    fleet: FakeAws, person: Person
) -> None:
    Account.objects.filter(pk=OTHER_ACCOUNT).update(
        role_arn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/missing"
    )
    operation = begin(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed", THIRD_ACCOUNT: "done"}
    person.open(person.url)
    rows = [row.get_text(" ") for row in person.page.select("#results tbody tr")]
    assert OTHER_ACCOUNT in rows[0]
    assert "Failed: 1" in person.text
    assert "Finished with failures" in person.text
    assert "The console can't assume the role" in rows[0]
    lines = list(csv.DictReader(io.StringIO(download(person, f"{person.url}?format=csv"))))
    found = {line["account_id"]: line["status"] for line in lines}
    assert found == {OTHER_ACCOUNT: "error", THIRD_ACCOUNT: "valid"}
    made = calls(fleet)
    Account.objects.filter(pk=OTHER_ACCOUNT).update(
        role_arn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/PtcConsole"
    )
    answer = post(person, f"{LIST}{operation.pk}/retry/", operation_id=str(uuid.uuid4()))
    again = FleetOperation.objects.exclude(pk=operation.pk).get()
    assert answer["Location"] == f"{LIST}{again.pk}/"
    work()
    assert states(again) == {OTHER_ACCOUNT: "done"}
    assert calls(fleet) == made + 1


def test_a_plan_has_only_what_the_person_may_validate(fleet: FakeAws, person: Person) -> None:
    know("555566667777", "quay")
    viewer_there = sign_in(
        "vi",
        Role.OPERATOR,
        Place(account_id=OTHER_ACCOUNT, region=REGION),
        Place(account_id=THIRD_ACCOUNT, region="eu-west-1"),
    )
    Grant.objects.create(
        user=User.objects.get(username="vi"), role=Role.VIEWER, account_id=THIRD_ACCOUNT
    )
    viewer_there.open(PLAN)
    assert "Accounts (1)" in viewer_there.text
    assert "1 rule isn't in the plan, because you aren't an operator" in viewer_there.text
    person.open_rules()  # asks whose the console's own credentials are
    person.open(PLAN)
    assert "Accounts (2)" in person.text
    assert "1 account isn't in the plan, because it is disabled or was removed." in person.text
    Account.objects.filter(pk=THIRD_ACCOUNT).update(is_enabled=False)
    person.open(PLAN)
    assert "Accounts (1)" in person.text


@pytest.mark.parametrize(
    "query", ["?region=mars", "?account=1", "?page=0", "?q=a&q=b", "?sort=__class__", "?url=%00"]
)
def test_a_filter_that_cannot_be_applied_starts_nothing(
    fleet: FakeAws, person: Person, query: str
) -> None:
    person.open(f"{PLAN}{query}")
    assert person.status == 422
    assert "The filter can't be applied" in person.text
    answer = post(person, f"{PLAN}{query}", operation_id=str(uuid.uuid4()))
    assert answer.status_code == 422
    assert not FleetOperation.objects.exists()


def test_the_page_follows_the_validations_that_are_under_way(
    fleet: FakeAws, person: Person
) -> None:
    operation = begin(person)
    part = operation.parts.get(account_id=OTHER_ACCOUNT)
    chosen = [
        RuleSelection(region=REGION, ecr_repository_prefix=prefix) for prefix in ("quay", "gone")
    ]
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=OTHER_ACCOUNT, selections=chosen, actor=operation.actor
    )
    bulk.items.filter(ecr_repository_prefix="gone").update(state=ItemState.ERROR)
    FleetPart.objects.filter(pk=part.pk).update(bulk=bulk, state=PartState.RUNNING)
    person.open(f"{LIST}{operation.pk}/")
    assert person.status == 200
    (row,) = (each for each in person.page.select("tbody tr") if "team-2109" in each.get_text())
    cells = {str(each["data-label"]): each.get_text(strip=True) for each in row.select("td")}
    assert (cells["Succeeded"], cells["Failed"]) == ("0 of 2", "1")


def test_a_plan_without_rules_has_no_button(fleet: FakeAws, person: Person) -> None:
    person.open(f"{PLAN}?prefix=none")
    assert "The filter finds no rule that you can validate." in person.text
    assert not person.page.select("main .button-primary")
    assert post(person, f"{PLAN}?prefix=none").status_code == 422


def test_people_see_the_accounts_of_an_operation_that_are_theirs(
    fleet: FakeAws, person: Person
) -> None:
    know(THIRD_ACCOUNT, "quay", region="eu-west-1")
    operation = begin(person)
    url = f"{LIST}{operation.pk}/"
    work()
    one = sign_in("one", Role.VIEWER, Place(account_id=OTHER_ACCOUNT, region=REGION))
    one.open(url)
    assert "1 of 1 accounts" in one.text
    assert THIRD_ACCOUNT not in str(one.page)
    assert THIRD_ACCOUNT not in download(one, f"{url}?format=json")
    assert "Retry what failed" not in one.text
    # Its numbers would be those of another Region as well.
    part_of_it = sign_in("part", Role.VIEWER, Place(account_id=THIRD_ACCOUNT, region=REGION))
    part_of_it.open(url)
    assert part_of_it.status == 404
    part_of_it.open(LIST)
    assert "No operations" in part_of_it.text
    assert post(part_of_it, f"{url}cancel/").status_code == 403


def test_only_who_started_it_and_administrators_cancel(fleet: FakeAws, person: Person) -> None:
    operation = begin(person)
    url = f"{LIST}{operation.pk}/"
    other = sign_in("otto", Role.OPERATOR)
    assert post(other, f"{url}cancel/").status_code == 403
    assert states(operation) == {OTHER_ACCOUNT: "waiting", THIRD_ACCOUNT: "waiting"}
    person.open(url)
    person.press("Cancel operation")
    assert states(operation) == {OTHER_ACCOUNT: "cancelled", THIRD_ACCOUNT: "cancelled"}
    assert "Cancelled: 2" in person.text
    work()
    assert calls(fleet) == 0
    person.press("Retry what failed")
    assert "0 of 2 accounts" in person.text


def test_htmx_is_told_when_an_operation_has_ended(fleet: FakeAws, person: Person) -> None:
    url = f"{LIST}{begin(person).pk}/"
    headers = {"HX-Request": "true"}
    assert person.client.get(url, headers=headers).status_code == 200
    work()
    answer = person.client.get(url, headers=headers)
    assert answer.status_code == 286
    assert b"<html" not in answer.content


def test_a_large_plan_is_told_before_anything_starts(
    fleet: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_operations.planning, "MOST_RULES", 1)
    person.open(PLAN)
    assert "The plan is too large." in person.text
    assert post(person, PLAN).status_code == 422
    assert not FleetOperation.objects.exists()


def test_the_own_account_needs_no_row(aws: FakeAws, person: Person) -> None:
    know(ACCOUNT, "quay")
    begin(person)
    work()
    # The rule was deleted since it was read.
    assert list(FleetPart.objects.values_list("account_id", "state", "failed")) == [
        (ACCOUNT, PartState.FAILED, 1)
    ]
