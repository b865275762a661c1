"""The rules of all accounts: what is listed, filtered, told and downloaded, and for whom."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fleet import account_id, furnish_fleet
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend.clients import APP_ID
from wizard.domain import Place, Role
from wizard.models import Account, LastKnownRule, RegionReading
from wizard.services.fleet.rules import ORDERS

URL = "/fleet/"
ONE, TWO = account_id(0), account_id(1)


@pytest.fixture
def fleet(db: None) -> None:
    """Thirty accounts with two Regions of five rules each."""
    furnish_fleet(accounts=30, regions=2, rules=5)


@pytest.fixture
def person(db: None) -> Person:
    return sign_in()


def found(person: Person, query: dict[str, str]) -> int:
    """How many rules match."""
    person.open(f"{URL}?{urlencode(query)}")
    assert person.status == 200, person.page.get_text()
    return int(person.find("#list-counter").get_text().strip("()").replace(",", ""))


def prefixes(person: Person) -> list[str]:
    return [each.get_text(strip=True) for each in person.page.select("tbody th")]


def test_the_rules_of_all_accounts_are_listed_without_a_call_to_aws(
    aws: FakeAws, person: Person, fleet: None
) -> None:
    aws.clear_calls()
    assert found(person, {}) == 300
    assert list(aws.calls_of_app(APP_ID)) == []
    row = person.page.select("tbody tr")[0].get_text(" ", strip=True)
    assert f"team-0 {ONE}" in row
    assert "Owner 0" in row
    assert "2 days ago" in row
    link = str(person.page.select("tbody th a")[0]["href"])
    assert link == f"/{ONE}/us-east-1/rules/docker-hub/details/"


MATCHES: Final[Sequence[tuple[dict[str, str], int]]] = (
    ({"account": ONE}, 10),
    ({"account": "999999999999"}, 0),
    ({"owner": "Owner 1"}, 90),
    # Three accounts have no row.
    ({"owner": "-"}, 30),
    ({"owner": "Nobody"}, 0),
    ({"region": "us-east-2"}, 150),
    ({"registry": "quay"}, 60),
    ({"registry": "other"}, 0),
    ({"url": "ghcr.io"}, 60),
    ({"prefix": "kubernetes"}, 60),
    ({"status": "failed"}, 42),
    ({"reason": "login-refused"}, 21),
    ({"age": "1d"}, 20),
    ({"age": "7d"}, 0),
    ({"q": "team-1"}, 100),
    ({"q": "TEAM-7"}, 10),
    ({"q": ONE}, 10),
    ({"q": "1000-0000-0000"}, 10),
    ({"q": "ohio quay"}, 30),
    ({"q": "Docker Hub"}, 60),
    ({"q": "%"}, 0),
    ({"q": "_"}, 0),
    ({"q": "' OR 1=1 --"}, 0),
    ({"owner": "Owner 1", "status": "failed", "region": "us-east-1"}, 7),
)


def test_a_filter_shows_the_rules_that_match(person: Person, fleet: None) -> None:
    assert [(query, found(person, query)) for query, _number in MATCHES] == list(MATCHES)
    assert found(person, {"q": "nothing"}) == 0
    assert "No matches" in person.page.get_text()


WRONG: Final = (
    ("account=12", "Account"),
    ("account=arn:aws:iam::123456789012:root", "Account"),
    (
        "account=%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A7%D9%A8%D9%A9%D9%A0%D9%A1%D9%A2",
        "Account",
    ),
    ("region=mars-1", "Region"),
    ("status=bad", "Status"),
    ("status=valid&status=failed", "Status"),
    ("registry=nothing", "Upstream registry"),
    ("reason=bad", "Reason"),
    ("age=3h", "Last read"),
    ("page=0", "Page"),
    ("page=-1", "Page"),
    ("page=one", "Page"),
    ("page=99999999999999999999", "Page"),
    ("sort=__class__", "Sort by"),
    ("sort=--status", "Sort by"),
    ("sort=owner", "Sort by"),
    ("q=a%00b", "Search"),
    (f"q={'a+' * 9}", "Search"),
    (f"q={'a' * 10_000}", "Search"),
    (f"prefix={'a' * 31}", "Prefix"),
    (f"url={'a' * 256}", "Upstream URL"),
    (f"owner={'a' * 129}", "Owner"),
)


def test_a_filter_that_cannot_be_applied_is_told_and_shows_no_rule(
    person: Person, fleet: None
) -> None:
    for query, label in (*WRONG, ("status=bad&format=csv", "Status")):
        person.open(f"{URL}?{query}")
        assert person.status == 422
        assert person.find(".alert-error li").get_text().startswith(f"{label}: ")
        assert prefixes(person) == []


def test_a_page_after_the_last_one_is_the_last_one(person: Person, fleet: None) -> None:
    person.open(f"{URL}?page=1000")
    assert person.status == 200
    assert person.find(".pages [aria-current]").get_text(strip=True).endswith("6")


def test_filters_survive_pages_and_the_order(person: Person, fleet: None) -> None:
    person.open(f"{URL}?url=quay.io&status=valid&sort=-region")
    first = [row.get_text(" ") for row in person.page.select("tbody tr")]
    assert all("us-east-2" in row for row in first[:20])
    head = person.find("th.column-region a")
    assert str(head["href"]) == "?url=quay.io&status=valid&sort=region"
    applied = person.find(".applied-filters li")
    assert "Upstream URL = quay.io" in applied.get_text(" ", strip=True)
    person.press("Apply")
    assert "url=quay.io" in person.url
    person.open(str(person.find(".applied-filters a")["href"]))
    assert "url=" not in person.url
    assert "status=valid" in person.url


def test_each_order_has_a_reverse(person: Person, fleet: None) -> None:
    for sort in ORDERS:
        person.open(f"{URL}?sort={sort}")
        first = str(person.page.select("tbody th a")[0]["href"])
        person.open(f"{URL}?sort=-{sort}&page=6")
        assert str(person.page.select("tbody th a")[-1]["href"]) == first, sort


# --- Files ----------------------------------------------------------------------------------------


def downloaded(person: Person, query: str) -> Any:
    return person.client.get(f"{URL}?{query}").getvalue().decode()


def test_a_file_has_all_rules_that_match_in_order(person: Person, fleet: None) -> None:
    rows = json.loads(downloaded(person, "format=json&status=failed&page=2"))
    assert len(rows) == 42
    places = [(each["account_id"], each["region"], each["ecr_repository_prefix"]) for each in rows]
    assert places == sorted(places)
    assert {each["reason"] for each in rows} == {"login-refused", "secret-missing"}
    assert rows[0]["alias"] == "team-0"
    lines = list(csv.DictReader(io.StringIO(downloaded(person, "format=csv&status=failed"))))
    assert lines == rows
    assert json.loads(downloaded(person, "format=json&account=999999999999")) == []


@pytest.mark.promise("S8")
def test_a_formula_in_an_alias_is_a_text_in_the_file(person: Person, fleet: None) -> None:
    Account.objects.filter(account_id=ONE).update(alias="=cmd|' /C calc'!A0", owner="@owner")
    line = next(csv.DictReader(io.StringIO(downloaded(person, f"format=csv&account={ONE}"))))
    assert line["alias"] == "'=cmd|' /C calc'!A0"
    assert line["owner"] == "'@owner"


def test_a_file_of_many_rules_is_read_in_chunks_and_has_each_rule_once(person: Person) -> None:
    furnish_fleet(accounts=110, regions=2, rules=20)
    rows = json.loads(downloaded(person, "format=json"))
    assert len(rows) == 4400
    assert len({tuple(each.values())[:5] for each in rows}) == 4400


# --- Who sees what --------------------------------------------------------------------------------


@pytest.mark.promise("Z2")
def test_a_person_sees_the_rules_of_their_own_places_only(fleet: None) -> None:
    one = sign_in("one", Role.VIEWER, Place(account_id=ONE, region="us-east-1"))
    assert found(one, {}) == 5
    assert TWO not in one.page.get_text()
    assert "Owner 1" not in one.page.get_text()
    assert found(one, {"q": "team-1"}) == 0
    assert {each["account_id"] for each in json.loads(downloaded(one, "format=json"))} == {ONE}
    account = sign_in("account", Role.OPERATOR, Place(account_id=ONE, region=""))
    assert found(account, {}) == 10
    other = sign_in("other", Role.VIEWER, Place(account_id="999999999999", region=""))
    assert found(other, {}) == 0


# --- How the rows come to be ----------------------------------------------------------------------


def test_a_reading_and_a_validation_are_in_the_list(aws: FakeAws, person: Person) -> None:
    client = boto3.client("ecr", region_name=REGION)
    client.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    person.open_rules()
    assert found(person, {"account": ACCOUNT, "status": "not-validated"}) == 1
    person.validate("quay")
    assert found(person, {"account": ACCOUNT, "status": "valid"}) == 1
    # A rule that is created again is another one, and nobody has validated it.
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    person.open_rules()
    assert found(person, {}) == 0
    client.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    person.open_rules()
    assert found(person, {"status": "not-validated"}) == 1


def test_a_rule_that_was_validated_before_it_was_listed_has_its_status(
    aws: FakeAws, person: Person
) -> None:
    client = boto3.client("ecr", region_name=REGION)
    client.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    person.validate("quay")
    LastKnownRule.objects.all().delete()
    person.open_rules()
    assert found(person, {"status": "valid"}) == 1


def test_a_failed_reading_is_noted_until_one_succeeds(aws: FakeAws, person: Person) -> None:
    person.open_rules()
    aws.fail(operation="DescribePullThroughCacheRules", code="AccessDeniedException")
    person.open_rules()
    reading = RegionReading.objects.get(region=REGION)
    assert reading.read_at is not None
    assert reading.error is not None
    assert reading.error.code == "AccessDeniedException"
