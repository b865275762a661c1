"""Sweeps: which accounts have one, when it is due, and what it stores of AWS's answers."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import connect
from tests.person import ACCOUNT, REGION
from tests.sweeps import add_rule, due, known_rules, turn_on
from wizard.domain.errors import (
    AccessDenied,
    AccountNotInUse,
    AccountRoleNotAssumed,
    RegionUnreachable,
    Throttled,
)
from wizard.models import Account, ClosedRegion, ExternalId, LastKnownRule, RegionReading, Sweep
from wizard.services import sweeps
from wizard.services.closed_regions import ASK_AFTER
from wizard.services.sweeps import reading
from wizard.services.sweeps.hanging import IN_A_ROW, PAUSE_SECONDS, HangingRegions

LIST = "DescribePullThroughCacheRules"
ELSEWHERE = "eu-west-1"
OTHER = "210987654321"
EVERY = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _on(aws: FakeAws, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_on(settings, monkeypatch)


def swept() -> Sweep:
    due()
    assert sweeps.sweep_account(account_id=ACCOUNT)
    return Sweep.objects.get(pk=ACCOUNT)


def test_a_sweep_stores_the_rules_of_all_regions_without_a_page(aws: FakeAws) -> None:
    add_rule("quay")
    add_rule("images", ELSEWHERE)
    row = swept()
    assert known_rules() == {(REGION, "quay"), (ELSEWHERE, "images")}
    assert row.regions_read == RegionReading.objects.filter(account_id=ACCOUNT).count() == 2
    assert (row.failed_regions, row.error, row.failures, row.runner) == ({}, None, 0, "")
    assert row.finished_at is not None
    assert EVERY / 2 <= row.due_at - row.finished_at <= EVERY * 1.5


def test_an_account_has_a_sweep_while_the_console_may_work_in_it() -> None:
    Account.objects.create(pk=OTHER, role_arn=f"arn:aws:iam::{OTHER}:role/PtcConsole")
    sweeps.update_rows()
    assert set(Sweep.objects.values_list("pk", flat=True)) == {ACCOUNT, OTHER}
    before = {row.pk: row.due_at for row in Sweep.objects.all()}
    sweeps.update_rows()
    assert {row.pk: row.due_at for row in Sweep.objects.all()} == before
    Account.objects.filter(pk=OTHER).update(is_enabled=False)
    sweeps.update_rows()
    assert set(Sweep.objects.values_list("pk", flat=True)) == {ACCOUNT}
    Account.objects.create(pk=ACCOUNT, is_enabled=False)
    sweeps.update_rows()
    assert not Sweep.objects.exists()


def test_an_account_that_was_just_added_is_read_at_once_and_many_are_spread() -> None:
    Account.objects.create(pk=OTHER, role_arn=f"arn:aws:iam::{OTHER}:role/PtcConsole")
    sweeps.update_rows()
    assert set(sweeps.ring_due()) == {ACCOUNT, OTHER}
    many = [f"{3 * 10**11 + number}" for number in range(200)]
    Account.objects.bulk_create(
        Account(pk=each, role_arn=f"arn:aws:iam::{each}:role/PtcConsole") for each in many
    )
    sweeps.update_rows()
    assert Sweep.objects.filter(pk__in=many, due_at__lte=timezone.now()).count() < 20
    assert Sweep.objects.filter(pk__in=many).count() == 200


def test_without_an_interval_nothing_is_swept(settings: Settings) -> None:
    settings.SWEEP_MINUTES = 0
    sweeps.update_rows()
    assert not Sweep.objects.exists()
    settings.SWEEP_MINUTES = 15
    due()
    settings.SWEEP_MINUTES = 0
    assert sweeps.ring_due() == []


def test_a_region_that_fails_costs_the_others_nothing_and_deletes_no_rule(aws: FakeAws) -> None:
    add_rule("quay")
    add_rule("images", ELSEWHERE)
    swept()
    add_rule("later")
    aws.refuse(operation=LIST, region=ELSEWHERE)
    Sweep.objects.update(finished_at=None)
    RegionReading.objects.update(read_at=timezone.now() - timedelta(hours=1))
    row = swept()
    assert known_rules() == {(REGION, "quay"), (REGION, "later"), (ELSEWHERE, "images")}
    assert list(row.failed_regions) == [ELSEWHERE]
    assert row.failed_regions[ELSEWHERE]["kind"] == AccessDenied.__name__
    assert row.failures == 0, "the account as a whole can be read"


def test_a_rule_that_aws_has_no_more_is_gone() -> None:
    add_rule("quay")
    swept()
    boto3.client("ecr").delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    RegionReading.objects.update(read_at=timezone.now() - timedelta(hours=1))
    swept()
    assert known_rules() == set()
    assert LastKnownRule.objects.get().gone_since is not None


@pytest.mark.kind_aws("it throttles, and counts the attempts")
def test_a_throttled_account_is_asked_less_often_until_it_succeeds(aws: FakeAws) -> None:
    aws.throttle(operation=LIST, region=ELSEWHERE)
    first = swept()
    assert (first.failures, type(first.error)) == (1, Throttled)
    assert first.finished_at is not None
    assert first.due_at - first.finished_at >= EVERY
    second = swept()
    assert second.failures == 2
    assert second.finished_at is not None
    assert second.due_at - second.finished_at >= EVERY * 2
    aws.clear_faults()
    third = swept()
    assert (third.failures, third.error) == (0, None)
    assert third.finished_at is not None
    assert third.due_at - third.finished_at <= EVERY * 1.5


def test_an_account_that_fails_as_a_whole_says_why(aws: FakeAws) -> None:
    aws.refuse(operation=LIST)
    row = swept()
    assert (row.failures, row.regions_read, type(row.error)) == (1, 0, AccessDenied)


@pytest.mark.kind_aws("calls are held")
def test_a_region_that_hangs_does_not_hold_up_the_others(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "DEADLINE_SECONDS", 1.0)
    add_rule("quay")
    aws.hold(operation=LIST, region=ELSEWHERE)
    row = swept()
    assert known_rules() == {(REGION, "quay")}
    assert list(row.failed_regions) == [ELSEWHERE]
    assert row.failed_regions[ELSEWHERE]["kind"] == RegionUnreachable.__name__
    aws.release()


def test_a_region_that_hangs_is_asked_once_in_a_while_until_it_answers() -> None:
    now = [0.0]
    hanging = HangingRegions(clock=lambda: now[0])
    for _ in range(IN_A_ROW):
        assert hanging.may_ask(ELSEWHERE)
        hanging.note(ELSEWHERE, hung=True)
    assert not hanging.may_ask(ELSEWHERE)
    assert hanging.may_ask(REGION)
    now[0] = PAUSE_SECONDS
    assert [hanging.may_ask(ELSEWHERE) for _ in range(3)] == [True, False, False]
    hanging.note(ELSEWHERE, hung=True)
    assert not hanging.may_ask(ELSEWHERE)
    hanging.note(ELSEWHERE, hung=False)
    assert hanging.may_ask(ELSEWHERE)


def test_an_account_without_credentials_does_not_show_that_a_region_answers(aws: FakeAws) -> None:
    for _ in range(IN_A_ROW - 1):
        reading.hanging.note(ELSEWHERE, hung=True)
    connect(aws, OTHER)
    aws.add_account(OTHER, trusts="333344445555")
    due(OTHER)
    assert sweeps.sweep_account(account_id=OTHER)
    assert type(Sweep.objects.get(pk=OTHER).error) is AccountRoleNotAssumed
    reading.hanging.note(ELSEWHERE, hung=True)
    assert not reading.hanging.may_ask(ELSEWHERE)


def test_few_tasks_are_queued_at_once_and_each_again_if_it_is_lost() -> None:
    past = timezone.now() - timedelta(minutes=1)
    Sweep.objects.bulk_create(
        Sweep(account_id=str(100_000_000_000 + each), due_at=past) for each in range(50)
    )
    first = sweeps.ring_due()
    assert len(first) == 20
    assert sweeps.ring_due() == []
    Sweep.objects.filter(pk__in=first[:15]).update(
        queued_until=None, finished_at=timezone.now(), due_at=timezone.now() + EVERY
    )
    second = sweeps.ring_due()
    assert len(second) == 30
    assert not set(first) & set(second)
    Sweep.objects.update(queued_until=past)
    assert set(sweeps.ring_due()) >= set(first[15:])


def test_each_account_is_read_by_its_own_role(aws: FakeAws) -> None:
    add_rule("quay")
    rules = {REGION: {"theirs": "quay.io"}, ELSEWHERE: {"quay": "quay.io"}}
    account = connect(aws, OTHER, rules, regions=[REGION])
    for each in (ACCOUNT, OTHER):
        due(each)
        assert sweeps.sweep_account(account_id=each)
        assert not Sweep.objects.get(pk=each).error_record
    assert known_rules() == {(REGION, "quay")}
    assert known_rules(OTHER) == {(REGION, "theirs")}
    account.is_enabled = False
    account.save()
    Sweep.objects.update(due_at=timezone.now())
    before = aws.calls().get(LIST, 0)
    assert sweeps.sweep_account(account_id=OTHER), "it was queued before it was disabled"
    assert type(Sweep.objects.get(pk=OTHER).error) is AccountNotInUse
    assert aws.calls().get(LIST, 0) == before
    assert known_rules(OTHER) == {(REGION, "theirs")}


def test_an_account_whose_role_is_refused_says_why_and_the_others_are_read(aws: FakeAws) -> None:
    add_rule("quay")
    ExternalId.objects.create(account_id=OTHER, value="ptc-" + "1" * 32)
    Account.objects.create(pk=OTHER, role_arn=f"arn:aws:iam::{OTHER}:role/PtcConsole")
    due(OTHER)
    assert sweeps.sweep_account(account_id=OTHER)
    assert type(Sweep.objects.get(pk=OTHER).error) is AccountRoleNotAssumed
    assert swept().error is None


def test_a_sweep_asks_a_closed_region_again_after_hours_only(aws: FakeAws) -> None:
    aws.add_to_organization(ACCOUNT, manager="999999999999")
    aws.close_regions(ACCOUNT, ELSEWHERE)
    assert swept().failed_regions == {}, "that it is closed is no failure"
    assert aws.calls()[LIST] == 2
    aws.clear_calls()
    assert swept().failed_regions == {}
    assert aws.calls()[LIST] == 1
    aws.close_regions(ACCOUNT)
    ClosedRegion.objects.update(checked_at=timezone.now() - ASK_AFTER)
    assert swept().regions_read == 2
    assert not ClosedRegion.objects.exists()
