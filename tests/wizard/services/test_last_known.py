"""Stored facts about rules: when first and last seen, deleted, created again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.wizard.conftest import TARGET
from wizard.domain import Rule, Target
from wizard.models import LastKnownRule, RegionReading
from wizard.services.last_known import (
    REFRESH_AFTER,
    forget_rule,
    last_known,
    remember_everywhere,
    remember_rules,
)

BORN = datetime(2026, 1, 1, tzinfo=UTC)
ELSEWHERE = Target(account_id=TARGET.account_id, region="eu-west-1")


def rule(prefix: str) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url="quay.io",
        registry_id=TARGET.account_id,
        created_at=BORN,
    )


def test_rules_are_remembered_as_they_were(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    snapshot = last_known(account_id=TARGET.account_id)[TARGET.region]
    assert snapshot.rules == [rule("a"), rule("b")]
    assert snapshot.read_at is not None


def test_a_region_without_rules_is_known_to_have_none(db: None) -> None:
    remember_rules(target=TARGET, rules=[])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == []
    assert ELSEWHERE.region not in last_known(account_id=TARGET.account_id)


def test_first_seen_stays_and_last_seen_moves(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    before = LastKnownRule.objects.get()
    remember_rules(target=TARGET, rules=[replace(rule("a"), credential_arn="arn:new")])
    after = LastKnownRule.objects.get()
    assert after.first_seen == before.first_seen
    assert after.last_seen > before.last_seen
    assert after.credential_arn == "arn:new"


def test_a_rule_that_is_not_listed_any_more_is_gone_and_may_come_back(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    remember_rules(target=TARGET, rules=[rule("b")])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == [rule("b")]
    assert LastKnownRule.objects.get(ecr_repository_prefix="a").gone_since is not None
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    assert LastKnownRule.objects.get(ecr_repository_prefix="a").gone_since is None


def test_a_rule_made_anew_is_first_seen_anew(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    before = LastKnownRule.objects.get()
    remember_rules(target=TARGET, rules=[replace(rule("a"), created_at=BORN.replace(year=2027))])
    assert LastKnownRule.objects.get().first_seen > before.first_seen


def test_regions_are_remembered_apart(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    remember_rules(target=ELSEWHERE, rules=[])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == [rule("a")]


def test_a_deleted_rule_is_forgotten_at_once(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    forget_rule(target=TARGET, rule=rule("a"))
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == []


# --- What did not change is not written -----------------------------------------------------------


@pytest.fixture
def written(db: None) -> Iterator[Callable[[], list[str]]]:
    """The statements since the last look that change a row."""
    with CaptureQueriesContext(connection) as queries:
        looked_at = 0

        def look() -> list[str]:
            nonlocal looked_at
            found = [query["sql"] for query in queries.captured_queries[looked_at:]]
            looked_at = len(queries.captured_queries)
            return [sql for sql in found if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE"))]

        yield look


def test_a_list_that_did_not_change_is_not_written(written: Callable[[], list[str]]) -> None:
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    remember_rules(target=ELSEWHERE, rules=[])
    assert written()
    remember_everywhere({TARGET: [rule("b"), rule("a")], ELSEWHERE: []})
    assert written() == []


def test_only_the_difference_is_written(written: Callable[[], list[str]]) -> None:
    remember_rules(target=TARGET, rules=[rule("kept"), rule("changed")])
    written()
    new = replace(rule("changed"), credential_arn="arn:new")
    remember_rules(target=TARGET, rules=[rule("kept"), new])
    (insert,) = [sql for sql in written() if "INSERT" in sql and "lastknownrule" in sql]
    assert "changed" in insert
    assert "kept" not in insert


def test_the_times_of_an_unchanged_list_move_on_after_a_while(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    before = timezone.now() - REFRESH_AFTER
    LastKnownRule.objects.update(last_seen=before)
    RegionReading.objects.update(read_at=before)
    remember_rules(target=TARGET, rules=[rule("a")])
    assert LastKnownRule.objects.get().last_seen > before
    read_at = RegionReading.objects.get(region=TARGET.region).read_at
    assert read_at is not None
    assert read_at > before


# --- Concurrent writers ---------------------------------------------------------------------------


def is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_writer_that_waits_holds_no_row_after_the_one_it_waits_for() -> None:
    """Writers that lock the rows in one order cannot deadlock, whatever each has to write."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one write lock")
    remember_rules(target=TARGET, rules=[rule("a"), rule("z")])
    new = [rule("a"), replace(rule("z"), credential_arn="arn:new")]

    def write() -> None:
        remember_rules(target=TARGET, rules=new)
        connection.close()

    rows = LastKnownRule.objects.select_for_update(nowait=True)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            rows.get(ecr_repository_prefix="a")
            writing = pool.submit(write)
            while not is_waiting_for_a_lock():
                assert not writing.done()
            rows.get(ecr_repository_prefix="z")
        writing.result()
    assert LastKnownRule.objects.get(ecr_repository_prefix="z").credential_arn == "arn:new"


def known() -> list[Rule]:
    return last_known(account_id=TARGET.account_id)[TARGET.region].rules


def test_an_older_list_that_is_stored_later_changes_nothing_that_is_newer(db: None) -> None:
    older = timezone.now()
    newer = older + timedelta(seconds=1)
    edited = replace(rule("edited"), credential_arn="arn:new")
    remember_rules(target=TARGET, rules=[rule("deleted"), rule("edited")], asked_at=older)
    remember_rules(target=TARGET, rules=[edited, rule("new")], asked_at=newer)
    remember_rules(target=TARGET, rules=[rule("deleted"), rule("edited")], asked_at=older)
    assert known() == [edited, rule("new")]
    assert RegionReading.objects.get(region=TARGET.region).read_at == newer
    remember_rules(target=TARGET, rules=[], asked_at=newer + timedelta(seconds=1))
    assert known() == []


def test_a_rule_that_was_created_again_is_another_one_than_the_one_that_went(db: None) -> None:
    """The older list was answered after its rule had been created again."""
    older = timezone.now()
    newer = older + timedelta(seconds=1)
    remember_rules(target=TARGET, rules=[rule("quay")], asked_at=older)
    remember_rules(target=TARGET, rules=[], asked_at=newer)
    again = replace(rule("quay"), created_at=newer + timedelta(seconds=1))
    remember_rules(target=TARGET, rules=[rule("quay")], asked_at=older)
    assert known() == []
    remember_rules(target=TARGET, rules=[again], asked_at=older)
    assert known() == [again]
