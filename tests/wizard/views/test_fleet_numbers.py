"""The pages that count over all accounts: accounts, groups, matrix, Regions, and the trend."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from tests.fleet import REGIONS, account_id, furnish_fleet
from tests.person import Person, sign_in
from tests.worker import work
from wizard import tasks
from wizard.backend.client_cache import renewable_session
from wizard.domain import Place, Role
from wizard.domain.errors import AccessDenied, error_record
from wizard.engine.looking import queue_due_work
from wizard.models import (
    CountedDay,
    FleetCount,
    LastKnownRule,
    RegionReading,
    RuleStatus,
    ValidationResult,
)
from wizard.services.fleet.counting import count_today
from wizard.services.rule_numbers import mend_numbers

ZERO, ONE, TWO = account_id(0), account_id(1), account_id(2)
PAGES: Final = ("accounts", "groups", "matrix", "regions", "trend")


@pytest.fixture
def person(db: None) -> Person:
    return sign_in()


@pytest.fixture
def fleet(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve accounts with two Regions of five rules each; one lacks Docker Hub, one was not read.

    A Region of another one could not be read the last time.
    """
    # Otherwise the console's own account is listed too, if this process knows it by now.
    monkeypatch.setattr(renewable_session(), "account_id", "")
    settings.REGIONS_IN_USE = REGIONS[:2]
    furnish_fleet(accounts=12, regions=2, rules=5)
    LastKnownRule.objects.filter(account_id=ONE, registry_key="docker-hub").delete()
    LastKnownRule.objects.filter(account_id=TWO).delete()
    RegionReading.objects.filter(account_id=TWO).update(read_at=None)
    RegionReading.objects.filter(account_id=ZERO, region="us-east-1").update(
        failed_at=timezone.now(),
        error_record=error_record(
            AccessDenied("<b>no</b>", code="AccessDeniedException", request_id="request-1")
        ),
    )
    mend_numbers()


# Those with a value: not the check box.
CELLS = "th, td:not(:has(> [type='checkbox']))"


def rows(person: Person, address: str) -> list[list[str]]:
    person.open(f"/fleet/{address}")
    assert person.status == 200
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select(CELLS)]
        for row in person.page.select("tbody tr")
    ]


def downloaded(person: Person, address: str) -> Any:
    answer = person.client.get(f"/fleet/{address}")
    return json.loads(answer.getvalue())


def test_accounts_have_their_numbers_and_what_they_lack(person: Person, fleet: None) -> None:
    listed = {row[0]: row for row in rows(person, "accounts/")}
    assert len(listed) == 12
    assert listed[f"team-1 {ONE}"][2] == "8"
    assert listed[f"team-2 {TWO}"][2:] == ["0", "0", "0", "0", "0 read", "Not read yet"]
    assert "1 not readable" in listed[f"team-0 {ZERO}"][6]
    assert account_id(9) in listed
    lacking = [row[0] for row in rows(person, "accounts/?lacks=docker-hub")]
    assert lacking == [f"team-1 {ONE}", f"team-2 {TWO}"]
    assert "Accounts without a rule of Docker Hub" in person.page.get_text()
    assert [row[0] for row in rows(person, "accounts/?state=never")] == [f"team-2 {TWO}"]
    assert [row[0] for row in rows(person, "accounts/?state=failed")] == [f"team-0 {ZERO}"]
    assert len(rows(person, "accounts/?state=1d")) == 2
    assert len(rows(person, "accounts/?owner=-")) == 1
    assert rows(person, "accounts/?q=TEAM-1")[0][0] == f"team-1 {ONE}"
    assert rows(person, "accounts/?q=--") == []
    lines = downloaded(person, "accounts/?format=json&lacks=docker-hub")
    assert [line["account_id"] for line in lines] == [ONE, TWO]


def test_groups_have_their_numbers_and_lead_to_their_rules(person: Person, fleet: None) -> None:
    total = LastKnownRule.objects.count()
    for by in ("owner", "registry", "url", "prefix", "region", "status"):
        found = rows(person, f"groups/?by={by}")
        assert sum(int(row[1]) for row in found) == total, by
        link, number = person.page.select("tbody th a")[0]["href"], found[0][1]
        person.open(str(link))
        assert person.find("#list-counter").get_text() == f"({number})", by
    reasons = rows(person, "groups/?by=reason")
    failed = LastKnownRule.objects.filter(status=RuleStatus.FAILED).count()
    assert sum(int(row[3]) for row in reasons) == failed
    assert "The secret doesn't exist" in {row[0] for row in reasons}
    filtered = rows(person, f"groups/?by=region&account={ONE}")
    assert [row[1] for row in filtered] == ["4", "4"]
    assert "Account = " in person.page.get_text(" ", strip=True)
    assert downloaded(person, "groups/?by=owner&format=json")[0]["group_by"] == "owner"


def test_the_matrix_tells_missing_from_unknown_and_has_pages_both_ways(
    person: Person, fleet: None
) -> None:
    listed = {row[0]: row[1:] for row in rows(person, "matrix/")}
    columns = [each.get_text() for each in person.page.select("thead th")][1:]
    assert columns == ["docker-hub", "ecr-public", "github", "kubernetes", "quay"]
    assert listed[f"team-1 {ONE}"][0] == f"Missing Create docker-hub, {ONE}"
    assert listed[f"team-2 {TWO}"] == ["Unknown"] * 5
    assert "2 of 2 Regions" in listed[f"team-0 {ZERO}"][0]
    link = person.page.select(f"tbody td a[href*='{ZERO}']")[0]["href"]
    person.open(str(link))
    assert person.find("#list-counter").get_text() == "(2)"
    assert rows(person, "matrix/?across=registry&region=us-east-1&q=team-1")[0][1] == "Missing"
    LastKnownRule.objects.bulk_create(
        LastKnownRule(
            account_id=ZERO,
            region="us-east-1",
            ecr_repository_prefix=f"zz-{number:02}",
            first_seen=timezone.now(),
            last_seen=timezone.now(),
        )
        for number in range(7)
    )
    assert rows(person, "matrix/?columns=2")[0][1] == "Not validated 1 of 2 Regions"
    cells = downloaded(person, "matrix/?format=json")
    assert len(cells) == 12 * 12
    assert cells[0]["account_id"] == ZERO


def test_a_region_that_could_not_be_read_tells_why(person: Person, fleet: None) -> None:
    assert len(rows(person, "regions/")) == 24
    failed = rows(person, "regions/?state=failed")
    assert len(failed) == 1
    assert "<b>no</b>" in failed[0][3]
    assert "request-1" in failed[0][3]
    assert [row[0] for row in rows(person, "regions/?state=never")] == [f"team-2 {TWO}"] * 2
    assert len(rows(person, "regions/?age=1d")) == 4
    assert len(rows(person, "regions/?state=read&owner=Owner+1")) == 8
    line = downloaded(person, "regions/?state=failed&format=json")[0]
    assert line["error_code"] == "AccessDeniedException"
    assert line["request_id"] == "request-1"


def test_wrong_filters_are_told_on_each_page(person: Person, fleet: None) -> None:
    for name, query in (
        ("accounts", "lacks=nothing"),
        ("accounts", "state=bad&sort=__class__"),
        ("accounts", "q=a%00"),
        ("groups", "by=password"),
        ("groups", "status=bad"),
        ("matrix", "across=region"),
        ("matrix", "columns=0"),
        ("matrix", "account=1"),
        ("regions", "state=valid"),
        ("regions", "sort=error_record"),
        ("trend", "days=1"),
        ("trend", "days=90&days=30"),
        ("trend", "registry=nothing"),
    ):
        person.open(f"/fleet/{name}/?{query}")
        assert person.status == 422, (name, query)
        assert person.page.select(".alert-error li")
        assert person.page.select("tbody tr") == []


@pytest.mark.promise("Z2")
def test_numbers_are_those_of_the_persons_own_places(fleet: None) -> None:
    count_today()
    viewer = sign_in("viewer", Role.VIEWER, Place(account_id=ZERO, region="us-east-1"))
    assert [row[:3] for row in rows(viewer, "accounts/")] == [[f"team-0 {ZERO}", "Owner 0", "5"]]
    assert [row[1] for row in rows(viewer, "groups/?by=url")] == ["1"] * 5
    assert len(rows(viewer, "matrix/")) == 1
    assert [row[2] for row in rows(viewer, "regions/")] == ["us-east-1"]
    assert rows(viewer, "trend/")[0][1] == "5"
    for name in PAGES:
        person_text = viewer.client.get(f"/fleet/{name}/").getvalue().decode()
        assert ONE not in person_text
        assert "Owner 1" not in person_text
        assert ONE not in viewer.client.get(f"/fleet/{name}/?format=csv").getvalue().decode()


@pytest.mark.promise("S8")
def test_numbers_are_files_without_formulas(person: Person, fleet: None) -> None:
    LastKnownRule.objects.filter(account_id=ZERO).update(upstream_registry_url="=1+1")
    answer = person.client.get("/fleet/groups/?by=url&format=csv").getvalue().decode()
    assert "'=1+1" in {line["group"] for line in csv.DictReader(io.StringIO(answer))}


# --- The trend ------------------------------------------------------------------------------------


def counted_on(day: date) -> None:
    """Pretend that what was counted last was counted on that day."""
    FleetCount.objects.filter(since=timezone.localdate()).update(since=day)
    FleetCount.objects.filter(until=timezone.localdate()).update(until=day)
    CountedDay.objects.filter(day=timezone.localdate()).update(day=day)


def test_the_trend_has_the_numbers_of_each_day(person: Person, fleet: None) -> None:
    today = timezone.localdate()
    total = LastKnownRule.objects.count()
    assert count_today()
    assert not count_today()
    counted_on(today - timedelta(days=3))
    LastKnownRule.objects.filter(account_id=ONE).update(
        status=RuleStatus.FAILED, failure_key="other"
    )
    assert count_today()
    counted_on(today - timedelta(days=1))
    LastKnownRule.objects.filter(account_id=ONE).update(gone_since=timezone.now())
    assert count_today()
    listed = rows(person, "trend/")
    assert [row[1] for row in listed] == [str(total - 8), str(total), "Not counted", str(total)]
    assert int(listed[1][3]) == int(listed[0][3]) + 8
    assert person.page.select("svg.trend-picture [style], svg.trend-picture script") == []
    assert len(person.page.select("svg.trend-picture g")) == 3
    assert [row[1] for row in rows(person, f"trend/?account={ONE}")] == [
        "0",
        "8",
        "Not counted",
        "8",
    ]
    assert rows(person, "trend/?registry=quay&owner=Owner+1&region=us-east-1")[1][1] == "4"
    lines = downloaded(person, "trend/?format=json&days=30")
    assert [line["rules"] for line in lines] == [str(total), "", str(total), str(total - 8)]


def test_counts_of_a_day_are_renewed_and_old_ones_go(person: Person, fleet: None) -> None:
    count_today()
    written = FleetCount.objects.count()
    CountedDay.objects.update(counted_at=timezone.now() - timedelta(hours=2))
    LastKnownRule.objects.filter(account_id=ONE).update(status=RuleStatus.VALID)
    assert count_today()
    assert FleetCount.objects.count() == written
    old = timezone.localdate() - timedelta(days=800)
    CountedDay.objects.create(day=old, counted_at=timezone.now())
    FleetCount.objects.create(account_id=ONE, region="x", since=old, until=old + timedelta(days=1))
    CountedDay.objects.update(counted_at=timezone.now() - timedelta(hours=2))
    assert count_today()
    assert not CountedDay.objects.filter(day=old).exists()
    assert not FleetCount.objects.filter(since=old).exists()
    assert rows(person, "trend/")[0][1] == str(LastKnownRule.objects.count())


def test_the_worker_counts_in_the_queue_of_the_sweeps_and_once_an_hour(fleet: None) -> None:
    """Counting takes too long for the thread that looks what is due."""
    queue_due_work()
    queue_due_work()
    assert DBTaskResult.objects.get().queue_name == tasks.SWEEPS
    assert not CountedDay.objects.exists()
    work()
    assert CountedDay.objects.get().day == timezone.localdate()
    assert FleetCount.objects.exists()
    DBTaskResult.objects.all().delete()
    queue_due_work()
    assert not DBTaskResult.objects.exists()


def test_nothing_is_counted_where_no_rule_was_ever_read(db: None) -> None:
    queue_due_work()
    assert not DBTaskResult.objects.exists()
    assert not count_today()


def test_a_status_that_was_missed_is_given_with_the_next_count(person: Person, fleet: None) -> None:
    rule = LastKnownRule.objects.filter(status=RuleStatus.NOT_VALIDATED)[0]
    ValidationResult.objects.create(
        account_id=rule.account_id,
        region=rule.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        rule_created_at=rule.created_at,
        is_valid=False,
        failure="The secret specified in the rule was not found.",
        actor=User.objects.get(),
    )
    count_today()
    rule.refresh_from_db()
    assert (rule.status, rule.failure_key) == (RuleStatus.FAILED, "secret-missing")


def test_the_pages_of_a_new_console_say_what_is_missing(person: Person) -> None:
    for name in PAGES:
        person.open(f"/fleet/{name}/")
        assert person.status == 200
        assert person.page.select(".table-empty-title"), name
