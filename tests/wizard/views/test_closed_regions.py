"""Regions that a policy or the account itself closes: noted, folded, asked rarely, opened again."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role
from wizard.models import BulkValidation, ClosedRegion, ClosingReason
from wizard.services import fanout, places
from wizard.services.closed_regions import ASK_AFTER

URL = f"/{ACCOUNT}/rules/"
PAGE = f"/{ACCOUNT}/regions/"
OPT_IN, OTHER, DENIED = "af-south-1", "eu-west-1", ("sa-east-1", "us-west-2")
OTHERS = ("us-east-1", "us-west-1", "eu-west-2")
DESCRIBE = "DescribePullThroughCacheRules"
MANAGER = "999999999999"


@pytest.fixture(autouse=True)
def _few_regions(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all of them takes the simulated AWS a second.

    However slow the machine is, a page waits for all: a late call would be counted as the next
    page's.
    """
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    settings.REGIONS_IN_USE = [
        REGION,
        OPT_IN,
        OTHER,
        *DENIED,
        "us-east-1",
        "us-west-1",
        "eu-west-2",
    ]


@pytest.fixture
def member(aws: FakeAws) -> FakeAws:
    """The account is a member of an organization, whose policies bind it."""
    aws.add_to_organization(ACCOUNT, manager=MANAGER)
    return aws


def make_rule(region: str, prefix: str = "quay") -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )


def closed() -> dict[str, str]:
    return dict(ClosedRegion.objects.values_list("region", "reason"))


def sections(person: Person) -> set[str]:
    return {
        str(each["id"]).removeprefix("region-") for each in person.page.select("section.region")
    }


def fold(person: Person) -> str:
    found = person.page.select(".closed-regions")
    return " ".join(" ".join(each.get_text(" ").split()) for each in found)


def open_twice(person: Person, aws: FakeAws) -> None:
    """The first page notes what is closed; the second one is counted."""
    person.open(URL)
    aws.clear_calls()
    person.open(URL)


def test_closed_regions_are_one_line_and_are_not_asked_offered_or_counted(
    member: FakeAws, person: Person
) -> None:
    make_rule(REGION)
    make_rule(DENIED[0])
    person.open(URL)
    member.close_regions(ACCOUNT, *DENIED)
    member.switch_off_region(OPT_IN)
    open_twice(person, member)
    policy, off = ClosingReason.POLICY.value, ClosingReason.NOT_ENABLED.value
    assert closed() == {**dict.fromkeys(DENIED, policy), OPT_IN: off}
    assert member.calls()[DESCRIBE] == 5
    assert not sections(person) & {OPT_IN, *DENIED}
    assert "1 rule in the 5 Regions that answered" in person.text
    assert "All Regions responded." in person.text
    assert fold(person).startswith(
        "A service control policy denies 2 Regions. 1 Region isn't enabled. Show closed Regions (3)"
    )
    menu = {each.get_text(strip=True) for each in person.page.select(".region-group .small")}
    added = {each.get_text() for each in person.page.select(".add-rule-regions .small")}
    assert len(menu) == len(added) == 5
    assert DENIED[0] not in person.client.get(f"{URL}?format=json").getvalue().decode()
    person.open(f"{URL}?group=matrix")
    assert DENIED[0] not in person.text
    token = {"csrfmiddlewaretoken": person.csrf_token}
    person.client.post(f"/{ACCOUNT}/validations/", {"all": "1", **token})
    assert BulkValidation.objects.get().items.count() == 5


def test_closed_regions_are_shown_on_demand_with_their_reason(
    member: FakeAws, person: Person
) -> None:
    make_rule(DENIED[0])
    person.open(URL)
    member.close_regions(ACCOUNT, *DENIED)
    open_twice(person, member)
    person.follow("Show closed Regions (2)")
    assert set(DENIED) < sections(person)
    offered = {str(each["value"]) for each in person.page.select("#filter-region option")}
    assert set(DENIED) < offered
    assert person.find('form.filter input[name="closed"]')
    text = " ".join(person.find(f"#region-{DENIED[0]}").get_text(" ").split())
    assert "No access: A service control policy denies the call" in text
    assert "Last known on" in text
    assert member.calls()[DESCRIBE] == 6 + 8
    lines = person.client.get(f"{URL}?closed=1&format=csv").getvalue().decode()
    assert DENIED[1] in lines
    person.follow("Hide closed Regions")
    assert not set(DENIED) & sections(person)


@pytest.mark.kind_aws("a policy in AWS's words")
def test_only_a_denied_list_of_rules_closes_a_region(member: FakeAws, person: Person) -> None:
    member.close_regions(ACCOUNT, OTHER, actions="ecr:CreatePullThroughCacheRule")
    member.refuse(operation=DESCRIBE, region="us-west-1")
    member.unreachable(operation=DESCRIBE, region="us-west-2")
    member.throttle(operation=DESCRIBE, region="sa-east-1")
    member.expire_credentials(operation=DESCRIBE, region=OPT_IN)
    open_twice(person, member)
    assert closed() == {}
    assert "No access in 1 Region" in person.text
    assert fold(person) == ""


def test_credentials_that_no_region_accepts_close_nothing(aws: FakeAws, person: Person) -> None:
    aws.fail(operation=DESCRIBE, code="UnrecognizedClientException", message="invalid token")
    open_twice(person, aws)
    assert closed() == {}


def test_what_is_denied_in_every_region_is_not_folded(member: FakeAws, person: Person) -> None:
    member.restrict(ACCOUNT, {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"})
    open_twice(person, member)
    assert len(sections(person)) == 8
    assert "No access in 8 Regions" in person.text
    assert fold(person) == ""


def test_a_closed_region_is_asked_again_after_hours_and_is_open_when_it_answers(
    member: FakeAws, person: Person
) -> None:
    make_rule(DENIED[0])
    member.close_regions(ACCOUNT, *DENIED)
    open_twice(person, member)
    since = ClosedRegion.objects.get(region=DENIED[1]).since
    ClosedRegion.objects.update(checked_at=timezone.now() - ASK_AFTER)
    # One of them is still closed: it is asked and stays folded, and is not due for some hours.
    member.close_regions(ACCOUNT, DENIED[1])
    member.clear_calls()
    person.open(URL)
    assert member.calls()[DESCRIBE] == 8
    assert DENIED[0] in sections(person)
    assert DENIED[1] not in sections(person)
    assert "Show closed Regions (1)" in fold(person)
    row = ClosedRegion.objects.get()
    assert (row.region, row.since) == (DENIED[1], since)
    assert timezone.now() - row.checked_at < timedelta(hours=1)
    open_twice(person, member)
    assert member.calls()[DESCRIBE] == 7


def test_an_outage_of_a_closed_region_does_not_let_every_page_wait_for_it(
    member: FakeAws, person: Person
) -> None:
    member.close_regions(ACCOUNT, OTHER)
    person.open(URL)
    ClosedRegion.objects.update(checked_at=timezone.now() - ASK_AFTER)
    member.unreachable(operation=DESCRIBE, region=OTHER)
    open_twice(person, member)
    assert closed() == {OTHER: ClosingReason.POLICY.value}
    assert member.calls()[DESCRIBE] == 7


def test_the_page_of_a_closed_region_says_so_until_it_is_open(
    member: FakeAws, person: Person
) -> None:
    member.close_regions(ACCOUNT, OTHER)
    person.open(URL)
    person.open_rules(OTHER)
    assert "Europe (Ireland) (eu-west-1) is closed to this account" in str(person.page)
    assert "A service control policy denies the call" in person.text
    member.close_regions(ACCOUNT)
    person.open_rules(OTHER)
    assert "is closed to this account" not in str(person.page)
    assert closed() == {}


def test_closed_regions_are_told_and_checked_on_the_page_of_regions(
    member: FakeAws, person: Person
) -> None:
    member.close_regions(ACCOUNT, *DENIED)
    member.switch_off_region(OPT_IN)
    person.open(URL)
    person.open(PAGE)
    assert "Closed Regions (3)" in person.text
    assert "explicit deny in a service control policy" in person.text
    person.press("Check again")
    assert "All closed Regions are still closed." in str(person.page)
    member.close_regions(ACCOUNT, DENIED[1])
    person.press("Check again")
    assert "1 Region is open again: South America (Sao Paulo) (sa-east-1)." in str(person.page)
    assert closed().keys() == {DENIED[1], OPT_IN}


def test_who_may_look_at_other_regions_only_sees_none_of_them(
    member: FakeAws, person: Person
) -> None:
    member.close_regions(ACCOUNT, *DENIED)
    person.open(URL)
    neighbour = sign_in("nora", Role.VIEWER, Place(account_id=ACCOUNT, region=OTHER))
    neighbour.open(URL)
    assert (sections(neighbour), fold(neighbour)) == ({OTHER}, "")
    neighbour.open(PAGE)
    assert "Closed Regions" not in neighbour.text
    of_closed = sign_in("carl", Role.VIEWER, Place(account_id=ACCOUNT, region=DENIED[0]))
    of_closed.open("/")
    assert "is closed to this account" in str(of_closed.page)


def test_a_region_is_closed_to_one_account_only(member: FakeAws, person: Person) -> None:
    member.close_regions(ACCOUNT, *DENIED)
    person.open(URL)
    other = "210987654321"
    assert places.account_regions(ACCOUNT).closed == {*DENIED}
    assert places.account_regions(other).closed == frozenset()
    ClosedRegion.objects.update(account_id=other)
    open_twice(person, member)
    assert closed_of(other) == closed_of(ACCOUNT) == {*DENIED}


def closed_of(account_id: str) -> set[str]:
    rows = ClosedRegion.objects.filter(account_id=account_id)
    return set(rows.values_list("region", flat=True))
