"""Rows that are chosen in the lists of the fleet, and what is started with them."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import connect
from tests.faults.addresses import begin, make_rule
from tests.fleet import account_id, furnish_fleet
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role
from wizard.models import FleetOperation, Grant, LastKnownRule, Sweep
from wizard.views.fleet.selection import MOST_CHOSEN, MOST_IN_ADDRESS

LIST = "/fleet/"
PLAN = "/fleet/validate/"
ACTION = "/fleet/action/"
ONE, TWO, THREE = (account_id(number) for number in range(3))


@pytest.fixture
def fleet(aws: FakeAws, db: None) -> None:
    """Six accounts with two Regions of three rules each."""
    furnish_fleet(accounts=6, regions=2, rules=3)


@pytest.fixture
def person(db: None) -> Person:
    return sign_in()


def send(person: Person, url: str, **data: Any) -> Any:
    """Send what a list sends: `filter` is its query string."""
    person.open(LIST)
    sent = {"next": LIST, "filter": "", "csrfmiddlewaretoken": person.csrf_token} | data
    return person.client.post(url, sent)


def start(person: Person) -> FleetOperation:
    person.press("Validate rules")
    operation = FleetOperation.objects.get()
    assert str(operation.pk) in person.url
    return operation


def rules_of(operation: FleetOperation) -> dict[str, list[str]]:
    return {part.account_id: sorted(part.rules) for part in operation.parts.all()}


def test_checked_rules_become_a_plan_and_it_starts_with_them_alone(
    fleet: None, person: Person
) -> None:
    person.open(f"{LIST}?q=quay")
    boxes = person.page.select('tbody input[name="rule"]')
    assert len(boxes) == 12
    person.tick(*(str(box["value"]) for box in boxes[:3]))
    person.press("Validate selected rules")
    assert person.heading == "Validate rules in several accounts"
    assert "Rules: 3. Regions: 2." in person.text
    assert rules_of(start(person)) == {
        ONE: ["us-east-1/quay", "us-east-2/quay"],
        TWO: ["us-east-1/quay"],
    }


def test_all_that_match_are_an_address_and_no_fields(fleet: None, person: Person) -> None:
    query = urlencode({"q": "quay", "region": "us-east-2", "sort": "-read", "page": "1"})
    person.open(f"{LIST}?{query}&select=all")
    assert "All 6 rules are selected, on every page." in person.text
    assert "(6 selected)" in person.find("#list-counter").get_text()
    person.press("Validate selected rules")
    assert urlsplit(person.url).path == PLAN
    assert parse_qs(urlsplit(person.url).query) == {"q": ["quay"], "region": ["us-east-2"]}
    assert not person.page.select('main form input[name="rule"]')
    assert rules_of(start(person)) == {
        account_id(number): ["us-east-2/quay"] for number in range(6)
    }


def test_without_the_script_the_address_keeps_the_selection(fleet: None, person: Person) -> None:
    person.open(f"{LIST}?prefix=quay")
    person.tick(f"{ONE}/us-east-2/quay")
    person.press("Keep the selection while I sort or change the page")
    person.open(f"{person.url}&sort=-account")
    assert "(1 selected)" in person.find("#list-counter").get_text()
    (checked,) = person.page.select('tbody input[name="rule"][checked]')
    assert checked["value"] == f"{ONE}/us-east-2/quay"
    person.open(f"{LIST}?prefix=docker-hub&rule={ONE}/us-east-2/quay")
    assert "(1 selected)" in person.find("#list-counter").get_text()
    person.press("Validate selected rules")
    assert rules_of(start(person)) == {ONE: ["us-east-2/quay"]}


def test_one_checked_rule_is_opened(fleet: None, person: Person) -> None:
    name = f"{TWO}/us-east-1/quay"
    answer = send(person, ACTION, to="view", rule=[name])
    assert answer["Location"] == f"/{TWO}/us-east-1/rules/quay/details/"
    for wrong in ([name, f"{ONE}/us-east-1/quay"], [f"{TWO}/us-east-1/none"]):
        assert send(person, ACTION, to="view", rule=wrong)["Location"] == LIST
        person.open(LIST)
        assert "Select one rule for this action." in person.page.get_text()


NOT_THERE = (
    "999999999999/us-east-1/quay",
    f"{ONE}/mars/quay",
    f"{ONE}/us-east-1/none",
    f"{ONE}/us-east-1",
    "quay",
    "",
    f"{ONE}/us-east-1/quay/",
    f"{ONE}/us-east-1/qu\0ay",
    f" {ONE}/us-east-1/quay",
    f"{ONE}/us-east-1/{'a' * 5000}",
    "' OR 1=1 --//",
)


def test_rows_that_are_not_there_are_told_and_start_nothing(fleet: None, person: Person) -> None:
    LastKnownRule.objects.filter(account_id=TWO).update(gone_since="2026-01-01T00:00:00Z")
    wrong = [name for name in NOT_THERE if "\0" not in name]
    answer = send(person, PLAN, rule=[f"{ONE}/us-east-1/quay", f"{TWO}/us-east-1/quay", *wrong])
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"{len(wrong) + 1} selected rules aren't in the plan" in text
    assert "Rules: 1. Regions: 1." in text
    nothing = send(person, PLAN, rule=wrong)
    assert "You can't validate any of the selected rules." in nothing.content.decode()
    again = {"operation_id": str(uuid.uuid4()), "csrfmiddlewaretoken": person.csrf_token}
    assert person.client.post(PLAN, again | {"rule": wrong}).status_code == 422
    assert not FleetOperation.objects.exists()


def test_rows_of_others_are_not_found_and_those_to_look_at_not_worked_on(fleet: None) -> None:
    one = sign_in("one", Role.OPERATOR, Place(account_id=ONE, region="us-east-1"))
    names = [f"{each}/us-east-1/quay" for each in (ONE, TWO)]
    answer = send(one, PLAN, rule=names)
    assert "Rules: 1. Regions: 1." in answer.content.decode()
    assert "1 selected rule isn't in the plan, because it wasn't found." in answer.content.decode()
    sent = {"operation_id": str(uuid.uuid4()), "csrfmiddlewaretoken": one.csrf_token}
    assert one.client.post(PLAN, sent | {"rule": names}).status_code == 303
    assert rules_of(FleetOperation.objects.get()) == {ONE: ["us-east-1/quay"]}
    accounts = one.client.post(PLAN, {"account": [ONE, TWO, "x"], "filter": "of=accounts"} | sent)
    assert accounts.status_code == 200
    assert "Rules: 3. Regions: 1." in accounts.content.decode()


def test_people_who_only_look_have_no_check_boxes(fleet: None) -> None:
    viewer = sign_in("vi", Role.VIEWER)
    viewer.open(LIST)
    assert not viewer.page.select('main input[type="checkbox"]')
    assert "Validate" not in viewer.find("#fleet-files").get_text()
    mixed = sign_in("mi", Role.VIEWER)
    user = User.objects.get(username="mi")
    Grant.objects.create(user=user, role=Role.OPERATOR, account_id=ONE)
    mixed.open(f"{LIST}?prefix=quay")
    boxes = mixed.page.select('tbody input[name="rule"]')
    assert {str(each["value"])[:12] for each in boxes} == {ONE}


@pytest.mark.parametrize("url", [PLAN, ACTION])
def test_nothing_and_too_much_lead_back_to_the_list(fleet: None, person: Person, url: str) -> None:
    back = f"{LIST}?prefix=quay"
    assert send(person, url, next=back)["Location"] == back
    person.open(LIST)
    assert "Select at least one rule." in person.page.get_text()
    most = MOST_CHOSEN if url == PLAN else MOST_IN_ADDRESS
    many = [f"{ONE}/us-east-1/team-{number}" for number in range(most + 1)]
    to = {} if url == PLAN else {"to": "keep"}
    assert send(person, url, next=back, rule=many, **to)["Location"] == back
    person.open(LIST)
    assert f"Select at most {most} rows" in person.page.get_text()
    answer = send(person, url, next="https://example.com/", rule=[])
    assert answer["Location"] == LIST


def test_a_wrong_filter_of_a_selection_is_told_at_the_plan(fleet: None, person: Person) -> None:
    answer = send(person, PLAN, scope="all", filter="region=mars&page=3&rule=x")
    assert answer["Location"] == f"{PLAN}?region=mars"
    person.open(answer["Location"])
    assert person.status == 422
    assert "The filter can't be applied" in person.text


def test_the_rules_of_accounts_are_chosen_by_the_filter_of_the_accounts(
    fleet: None, person: Person
) -> None:
    person.open(f"{PLAN}?of=accounts&q=team-1")
    assert "Rules: 6. Regions: 2." in person.text
    person.open(f"{PLAN}?of=accounts&owner=Owner+1")
    assert "Accounts (2)" in person.text
    person.open(f"{PLAN}?of=accounts&state=mars")
    assert person.status == 422


# --- Accounts -------------------------------------------------------------------------------------


def test_all_rules_of_chosen_accounts_are_validated(fleet: None, person: Person) -> None:
    person.open("/fleet/accounts/")
    for number in (0, 2):
        box = person.find(f'tbody input[name="account"][value="{account_id(number)}"]')
        box["checked"] = ""
    person.press("Validate all rules")
    assert "Rules: 12. Regions: 2." in person.text
    assert set(rules_of(start(person))) == {ONE, THREE}


def test_all_accounts_that_match_are_the_filter_of_their_list(fleet: None, person: Person) -> None:
    person.open("/fleet/accounts/?owner=Owner+1&sort=-rules&select=all")
    assert "All 2 accounts are selected, on every page." in person.text
    person.press("Validate all rules")
    assert parse_qs(urlsplit(person.url).query) == {"owner": ["Owner 1"], "of": ["accounts"]}
    assert set(rules_of(start(person))) == {TWO, account_id(4)}


def test_chosen_accounts_and_rules_lead_to_the_page_that_creates(
    fleet: None, person: Person
) -> None:
    def created(**data: Any) -> dict[str, list[str]]:
        address = urlsplit(send(person, ACTION, **data)["Location"])
        assert address.path == "/fleet/create/", address
        return parse_qs(address.query)

    accounts = {"filter": "of=accounts", "to": "create"}
    assert created(account=[ONE, THREE, "999999999999", "x"], **accounts) == {
        "account": [ONE, THREE]
    }
    filtered = {"filter": "of=accounts&owner=Owner+1&page=7", "scope": "all", "to": "create"}
    assert created(**filtered) == {"account": [TWO, account_id(4)]}
    names = [f"{ONE}/us-east-1/quay", f"{TWO}/us-east-2/github"]
    assert created(rule=[*names, "x/y/z"], to="copy") == {"from": names}
    assert len(created(scope="all", filter="prefix=quay", to="copy")["from"]) == 12
    wrong = {"filter": "of=accounts&owner=a&owner=b", "scope": "all", "to": "create"}
    assert send(person, ACTION, **wrong)["Location"] == LIST
    many = send(person, ACTION, scope="all", to="copy", filter="", next="/fleet/?q=a")
    assert many.status_code == 303


def test_the_accounts_of_others_are_not_chosen(fleet: None) -> None:
    one = sign_in("one", Role.OPERATOR, Place(account_id=ONE, region="us-east-1"))
    one.open("/fleet/accounts/")
    boxes = one.page.select('tbody input[name="account"]')
    assert [each["value"] for each in boxes] == [ONE]
    data = {"filter": "of=accounts", "to": "create", "account": [ONE, TWO]}
    assert send(one, ACTION, **data)["Location"] == f"/fleet/create/?account={ONE}"


def test_chosen_accounts_are_read_now_by_those_who_work_there(
    fleet: None, person: Person, settings: Settings
) -> None:
    settings.SWEEP_MINUTES = 15
    later = timezone.now() + timedelta(minutes=9)
    Sweep.objects.bulk_create(Sweep(pk=each, due_at=later) for each in (ONE, TWO, THREE))
    data = {"filter": "of=accounts", "to": "sweep", "next": "/fleet/accounts/?q=team"}
    answer = send(person, ACTION, account=[ONE, TWO], **data)
    assert answer["Location"] == "/fleet/accounts/?q=team"
    ordered = Sweep.objects.exclude(ordered_at=None)
    assert set(ordered.values_list("pk", flat=True)) == {ONE, TWO}
    viewer = sign_in("vic", Role.VIEWER)
    Grant.objects.create(user=User.objects.get(username="vic"), role=Role.OPERATOR, account_id=ONE)
    assert send(viewer, ACTION, account=[THREE], **data).status_code == 403
    assert ordered.count() == 2


def test_a_missing_prefix_of_the_matrix_leads_to_its_creation(fleet: None, person: Person) -> None:
    LastKnownRule.objects.filter(account_id=TWO, ecr_repository_prefix="quay").delete()
    person.open("/fleet/matrix/")
    link = person.find('.fleet-matrix a[href^="/fleet/create/"]')
    assert link["href"] == f"/fleet/create/?account={TWO}&prefix=quay"
    viewer = sign_in("vi", Role.VIEWER)
    viewer.open("/fleet/matrix/")
    assert not viewer.page.select('a[href^="/fleet/create/"]')


# --- The rules of one Region ----------------------------------------------------------------------


def test_rules_of_a_region_are_copied_to_accounts_if_there_are_others(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    rules = f"/{ACCOUNT}/{REGION}/rules/"
    for page in (rules, f"{rules}quay/details/"):
        person.open(page)
        assert "Copy to accounts" not in person.text, page
    connect(aws)
    person.open(f"{rules}quay/details/")
    assert "from=" in str(person.find('main a[href^="/fleet/create/"]')["href"])
    person.follow("Copy to accounts")
    assert person.heading == "Copy rules to several accounts"
    person.open(rules)
    person.tick(f"{REGION}/quay")
    person.press("Copy to accounts")
    assert person.heading == "Copy rules to several accounts"
    assert parse_qs(urlsplit(person.url).query) == {"from": [f"{ACCOUNT}/{REGION}/quay"]}


def test_a_rule_that_was_just_created_is_copied_to_accounts(aws: FakeAws, person: Person) -> None:
    connect(aws)
    path = begin(person, "Quay")
    person.press("Next")
    person.open(f"{path}review/")
    person.press("Create")
    assert person.heading == "Rule created: quay"
    person.press("Copy to accounts")
    assert person.heading == "Copy rules to several accounts"
    assert "no longer exists" not in person.text
