"""The numbers kept for each Region equal a count of its rules, whatever happened in which order."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from wizard.domain import Rule, Target
from wizard.domain.errors import DeniedByOrganization
from wizard.models import (
    Account,
    ClosedRegion,
    ExternalId,
    FleetCount,
    LastKnownRule,
    RegionReading,
    RuleStatus,
)
from wizard.services import accounts
from wizard.services.accounts import adding
from wizard.services.closed_regions import note_refusals
from wizard.services.counted_regions import note_all_regions
from wizard.services.fanout import RegionAnswer
from wizard.services.last_known import forget_rule, remember_rules
from wizard.services.rule_numbers import mend_numbers
from wizard.services.validation import Trial, keep_trial

IDS = ("111122223333", "444455556666")
REGIONS = ("us-east-1", "us-east-2", "eu-west-1")
TARGETS = tuple(Target(account_id=each, region=region) for each in IDS for region in REGIONS)
HOSTS = {"hub": "registry-1.docker.io", "quay": "quay.io", "own": "registry.example.com"}
BORN = datetime(2026, 1, 1, tzinfo=UTC)


def rule(prefix: str, target: Target) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=HOSTS[prefix],
        registry_id=target.account_id,
        created_at=BORN,
    )


def counted(*columns: str) -> Counter[tuple[str, ...]]:
    rows = LastKnownRule.objects.filter(gone_since=None)
    return Counter(rows.values_list("account_id", "region", *columns, "status"))


def numbers(rows: "list[RegionReading] | list[FleetCount]") -> Counter[tuple[str, ...]]:
    kept: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        place = [row.account_id, row.region]
        if isinstance(row, FleetCount):
            place.append(row.registry_key)
        for status, number in (
            (RuleStatus.VALID, row.valid),
            (RuleStatus.FAILED, row.failed),
            (RuleStatus.NOT_VALIDATED, row.not_validated),
        ):
            kept[(*place, status.value)] += number
    return +kept


def reason(row: RegionReading) -> str:
    """Why the Region is left out, worked out from what is stored."""
    account = Account.objects.filter(pk=row.account_id).first()
    if account is None:
        return "removed" if ExternalId.objects.filter(pk=row.account_id).exists() else ""
    if not account.is_enabled:
        return "disabled"
    in_use = set(account.regions or REGIONS)
    if row.region not in in_use:
        return "unused"
    closed = ClosedRegion.objects.filter(account_id=row.account_id)
    codes = in_use & set(closed.values_list("region", flat=True))
    return "closed" if row.region in codes and codes != in_use else ""


def check() -> None:
    assert numbers(list(RegionReading.objects.all())) == counted()
    assert numbers(list(FleetCount.objects.filter(until=None))) == counted("registry_key")
    for row in RegionReading.objects.all():
        assert row.left_out == reason(row), (row.target, row.left_out)
    for account in Account.objects.filter(is_enabled=True):
        known = RegionReading.objects.filter(account_id=account.pk)
        assert set(account.regions or REGIONS) <= set(known.values_list("region", flat=True))


def add(account_id: str, actor: User) -> None:
    ExternalId.objects.get_or_create(account_id=account_id, defaults={"value": account_id})
    if not Account.objects.filter(pk=account_id).exists():
        new = accounts.NewAccount(
            account_id=account_id, role_arn=f"arn:aws:iam::{account_id}:role/Console"
        )
        # The test of the role is none of this.
        adding.insert_account(new, actor=actor)


def close(target: Target) -> None:
    denied = DeniedByOrganization("denied", code="AccessDeniedException")
    note_refusals([RegionAnswer(target=target, error=denied)], asked_at=timezone.now())


def validate(target: Target, names: set[str], actor: User, *, is_valid: bool) -> None:
    for name in names:
        trial = Trial(rule=rule(name, target), is_valid=is_valid, failure="HTTP 401", duration_ms=1)
        keep_trial(target=target, trial=trial, actor=actor)


def change(event: str, account_id: str, names: set[str], actor: User) -> None:
    """Change an account, if it is there."""
    if not Account.objects.filter(pk=account_id).exists():
        return
    if event == "remove":
        accounts.remove_account(account_id, actor=actor)
    elif event == "choose":
        regions = list(REGIONS[: len(names)])
        accounts.edit_account(account_id, alias="", owner="", regions=regions, actor=actor)
    else:
        accounts.set_enabled(account_id, is_enabled=event == "enable", actor=actor)


def happen(event: str, target: Target, names: set[str], actor: User) -> None:
    if event == "read":
        remember_rules(target=target, rules=[rule(name, target) for name in sorted(names)])
    elif event == "delete":
        for name in names:
            forget_rule(target=target, rule=rule(name, target))
    elif event in ("valid", "failed"):
        validate(target, names, actor, is_valid=event == "valid")
    elif event == "close":
        close(target)
    elif event == "add":
        add(target.account_id, actor)
    else:
        change(event, target.account_id, names, actor)


EVENTS = st.tuples(
    st.sampled_from(
        (
            *("read", "read", "delete", "valid", "failed", "close"),
            *("add", "enable", "disable", "remove", "choose"),
        )
    ),
    st.sampled_from(TARGETS),
    st.sets(st.sampled_from(sorted(HOSTS))),
)


def test_numbers_equal_a_count_after_any_order_of_events(db: None, settings: Settings) -> None:
    settings.REGIONS_IN_USE = list(REGIONS)
    actor = User.objects.create_superuser("ada")

    @hypothesis_settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
    )
    @given(st.lists(EVENTS, min_size=5, max_size=9))
    def tried(events: list[tuple[str, Target, set[str]]]) -> None:
        point = transaction.savepoint()
        try:
            for account_id in IDS:
                add(account_id, actor)
            note_all_regions()  # also the console's own account, if this process knows it
            for event in events:
                happen(*event, actor)
                check()
            # The check finds nothing to mend.
            assert mend_numbers() == 0
            assert note_all_regions() == 0
        finally:
            transaction.savepoint_rollback(point)

    tried()


def test_a_wrong_number_does_not_stay(db: None, settings: Settings) -> None:
    settings.REGIONS_IN_USE = list(REGIONS)
    remember_rules(target=TARGETS[0], rules=[rule("hub", TARGETS[0]), rule("quay", TARGETS[0])])
    note_all_regions()
    check()
    RegionReading.objects.filter(account_id=IDS[0]).update(valid=7, left_out="closed")
    FleetCount.objects.filter(registry_key="quay").update(failed=3)
    FleetCount.objects.filter(registry_key="docker-hub").delete()
    LastKnownRule.objects.create(
        account_id=IDS[1],
        region=REGIONS[0],
        ecr_repository_prefix="own",
        first_seen=BORN,
        last_seen=BORN,
    )
    assert mend_numbers() == 5
    assert note_all_regions() == 1
    check()


def test_a_count_of_an_earlier_day_ends_when_the_number_changes(db: None) -> None:
    target, today = TARGETS[0], timezone.localdate()
    remember_rules(target=target, rules=[rule("hub", target)])
    FleetCount.objects.update(since=BORN.date())
    forget_rule(target=target, rule=rule("hub", target))
    ended = FleetCount.objects.get()
    assert (ended.since, ended.until) == (BORN.date(), today)
    born_again = replace(rule("hub", target), created_at=BORN.replace(year=2027))
    remember_rules(target=target, rules=[born_again, rule("quay", target)])
    forget_rule(target=target, rule=rule("quay", target))
    assert [row.since for row in FleetCount.objects.filter(until=None)] == [today]
    check()


def test_a_setting_that_changed_is_noticed_by_the_check(db: None, settings: Settings) -> None:
    settings.REGIONS_IN_USE = list(REGIONS)
    remember_rules(target=TARGETS[0], rules=[rule("hub", TARGETS[0])])
    settings.REGIONS_IN_USE = [REGIONS[1]]
    assert note_all_regions() >= 1
    row = RegionReading.objects.get(account_id=IDS[0], region=REGIONS[0])
    assert row.left_out == "unused"


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_leave_right_numbers() -> None:
    """Results and readings of one Region wait for each other, and none is counted twice."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    actor, target = User.objects.create_superuser("ada"), TARGETS[0]
    rules = [rule(name, target) for name in HOSTS]
    remember_rules(target=target, rules=rules)

    def validating(each: Rule, is_valid: bool) -> Callable[[], None]:
        def work() -> None:
            trial = Trial(rule=each, is_valid=is_valid, failure="HTTP 401", duration_ms=1)
            try:
                keep_trial(target=target, trial=trial, actor=actor)
            finally:
                connection.close()

        return work

    def read() -> None:
        try:
            remember_rules(target=target, rules=rules[:2], asked_at=timezone.now())
        finally:
            connection.close()

    works = [validating(each, valid) for each in rules for valid in (True, False)] * 3
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for work in (*works, read, read)]:
            done.result()
    check()
