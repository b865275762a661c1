"""What the pages over all accounts leave out unless asked for it, and what was never read."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from tests.fleet import REGIONS, account_id, furnish_fleet
from tests.person import Person, sign_in
from wizard.domain import Place, Role, Target
from wizard.domain.errors import AccessDenied, error_record
from wizard.models import ClosedRegion, ExternalId, RegionReading
from wizard.services import accounts
from wizard.services.accounts import adding
from wizard.services.counted_regions import note_all_regions
from wizard.services.fleet.counting import count_today
from wizard.services.last_known import remember_rules

ZERO, ONE, TWO, NEW = account_id(0), account_id(1), account_id(2), "999988887777"
# The account of the console's own credentials: the process may know it by now.
OWN = "123456789012"
PAGES = ("", "accounts/", "groups/", "matrix/", "regions/", "trend/")


@pytest.fixture
def person(db: None) -> Person:
    return sign_in()


@pytest.fixture
def fleet(person: Person, settings: Settings) -> None:
    """Four accounts with two Regions of two rules each, and three of them are left out in part.

    Account 0 is disabled, a Region of account 1 is closed, and account 2 uses one Region. One more
    account was added and not read yet.
    """
    settings.REGIONS_IN_USE = list(REGIONS[:2])
    furnish_fleet(accounts=4, regions=2, rules=2)
    actor = User.objects.create_superuser("root")
    accounts.set_enabled(ZERO, is_enabled=False, actor=actor)
    ClosedRegion.objects.create(
        account_id=ONE,
        region=REGIONS[0],
        reason="policy",
        since=timezone.now(),
        checked_at=timezone.now(),
        error_record=error_record(AccessDenied("no", code="AccessDeniedException")),
    )
    accounts.edit_account(TWO, alias="two", owner="", regions=[REGIONS[1]], actor=actor)
    new = accounts.NewAccount(account_id=NEW, role_arn=f"arn:aws:iam::{NEW}:role/Console")
    adding.insert_account(new, actor=actor)
    count_today()


def api(person: Person, address: str) -> Any:
    answer = person.client.get(f"/api/fleet/{address}")
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def places(person: Person, address: str) -> set[tuple[str, str]]:
    name = address.partition("/")[0].replace("matrix", "accounts")
    lines = api(person, address)[name]
    found = {(line["account_id"], line.get("region", "")) for line in lines}
    return {each for each in found if each[0] != OWN}


def numbers(person: Person, choice: str) -> list[int]:
    """The number of rules by each page that tells one."""
    query = f"?left_out={choice}" if choice else ""
    more = query.replace("?", "&")
    file = person.client.get(f"/fleet/?format=json{more}").getvalue()
    person.open(f"/fleet/{query}")
    counter = int(person.find("#list-counter").get_text().strip("()"))
    person.open(f"/fleet/?q=a{more}")  # counted, and not added up
    return [
        counter,
        int(person.find("#list-counter").get_text().strip("()")),
        len(json.loads(file)),
        len(api(person, f"rules/{query}")["rules"]),
        sum(each["rules"] for each in api(person, f"accounts/{query}")["accounts"]),
        *(
            sum(each["rules"] for each in api(person, f"groups/?by={by}{more}")["groups"])
            for by in ("owner", "registry", "url", "status", "region")
        ),
        api(person, f"trend/{query}")["days"][-1]["rules"],
    ]


def test_what_is_left_out_is_in_no_list_number_or_file(person: Person, fleet: None) -> None:
    # Of sixteen rules, four are of the disabled account, and two of each other Region.
    assert numbers(person, "") == [8] * 11
    assert numbers(person, "include") == [16] * 11
    assert numbers(person, "only") == [8] * 11
    left = {(ZERO, REGIONS[0]), (ZERO, REGIONS[1]), (ONE, REGIONS[0]), (TWO, REGIONS[0])}
    assert places(person, "rules/").isdisjoint(left)
    assert places(person, "rules/?left_out=only") == left
    assert places(person, "regions/").isdisjoint(left)
    assert places(person, "regions/?left_out=only") == left
    assert {each[0] for each in places(person, "matrix/")} == {ONE, TWO, account_id(3), NEW}
    assert places(person, "matrix/?left_out=only") == {(each, "") for each in (ZERO, ONE, TWO)}
    assert places(person, "matrix/?across=registry") == places(person, "matrix/")


def test_one_line_says_how_much_is_left_out_and_leads_there(person: Person, fleet: None) -> None:
    for name in PAGES:
        person.open(f"/fleet/{name}")
        line = person.find(".left-out")
        text = line.get_text(" ", strip=True)
        assert text.startswith("4 Regions are left out."), name
        assert "The account is disabled: 2" in text
        assert "The Region isn't in use: 1" in text
        assert "The Region is closed to the account: 1" in text
        for link in line.select("a"):
            person.open(f"/fleet/{name}{link['href']}")
            assert person.status == 200
    person.open("/fleet/regions/?left_out=include")
    assert "The account is disabled" in person.find("tbody").get_text()
    for name in PAGES:  # the other filters keep it
        person.open(f"/fleet/{name}?left_out=include")
        assert person.find("input[type=hidden][name=left_out]")["value"] == "include"
    viewer = sign_in("viewer", Role.VIEWER, Place(account_id=TWO, region=REGIONS[0]))
    viewer.open("/fleet/")
    assert "1 Region is left out." in viewer.page.get_text(" ", strip=True)
    viewer.open("/fleet/?left_out=all")
    assert viewer.status == 422


def test_an_account_that_was_never_read_is_there(person: Person, fleet: None) -> None:
    person.open("/fleet/accounts/")
    rows = {each.get_text(" ", strip=True) for each in person.page.select("tbody tr")}
    assert any(NEW in each and "Not read yet" in each for each in rows)
    person.open(f"/fleet/regions/?state=never&account={NEW}")
    rows = {each.get_text(" ", strip=True) for each in person.page.select("tbody tr")}
    assert len(rows) == 2
    assert all(NEW in each and "Not read yet" in each for each in rows)
    person.open("/fleet/matrix/")
    assert "Unknown" in person.find(f"tr:has(a[href*='{NEW}'])").get_text(" ")


def test_what_is_back_is_counted_again_and_a_removed_account_is_not(
    person: Person, fleet: None
) -> None:
    actor = User.objects.get(username="root")
    accounts.set_enabled(ZERO, is_enabled=True, actor=actor)
    ClosedRegion.objects.all().delete()
    accounts.edit_account(TWO, alias="two", owner="", regions=[], actor=actor)
    note_all_regions()
    person.open("/fleet/")
    assert person.page.select(".left-out") == []
    assert person.find("#list-counter").get_text() == "(16)"
    ExternalId.objects.create(account_id=ONE, value="one")
    accounts.remove_account(ONE, actor=actor)
    accounts.remove_account(NEW, actor=actor)
    person.open("/fleet/")
    assert person.find("#list-counter").get_text() == "(12)"
    assert person.page.select(".left-out") == []
    # A sweep that had begun before stores what it has read.
    remember_rules(target=Target(account_id=ONE, region=REGIONS[0]), rules=[])
    person.open("/fleet/")
    assert "The account was removed: 1" in person.find(".left-out").get_text(" ")
    assert not RegionReading.objects.filter(account_id=NEW).exists()
