"""Sweeps whose worker dies, or whose task is lost: nothing is stuck, and nothing is done twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, connect
from tests.faults.test_worker import wait_for
from tests.person import ACCOUNT, REGION
from tests.sweeps import add_rule, due, known_rules, turn_on
from tests.worker import work
from wizard.backend.account_roles import assumed_roles
from wizard.domain import Target
from wizard.domain.errors import AccountNotInUse
from wizard.engine.looking import queue_due_work
from wizard.models import Account, Sweep
from wizard.services import lease_keeping, places, rules, sweeps
from wizard.services.sweeps import reading, rows


@pytest.fixture(autouse=True)
def _on(aws: FakeAws, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_on(settings, monkeypatch)


@pytest.mark.promise("B2")
def test_the_worker_sweeps_what_is_due_and_nothing_twice(aws: FakeAws) -> None:
    add_rule("quay")
    due()
    work()
    assert known_rules() == {(REGION, "quay")}
    assert not sweeps.sweep_account(account_id=ACCOUNT), "a task that comes twice does nothing"
    assert sweeps.ring_due() == []


@pytest.mark.promise("B2")
def test_a_sweep_whose_worker_died_is_done_by_another_within_a_minute(aws: FakeAws) -> None:
    add_rule("quay")
    due()
    dead = rows.take(ACCOUNT)
    assert dead is not None
    assert sweeps.ring_due() == []
    assert not sweeps.sweep_account(account_id=ACCOUNT), "its lease is held"
    Sweep.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweeps.ring_due() == [ACCOUNT]
    assert sweeps.sweep_account(account_id=ACCOUNT)
    assert known_rules() == {(REGION, "quay")}
    finished = Sweep.objects.get().finished_at
    assert not rows.finish(dead, reading.Outcome()), "what the dead one says is not stored"
    assert Sweep.objects.get().finished_at == finished


@pytest.mark.promise("B6")
def test_an_account_that_was_disabled_after_its_task_was_queued_is_not_read(
    aws: FakeAws, db: None
) -> None:
    connect(aws)
    due(OTHER_ACCOUNT)
    Account.objects.update(is_enabled=False)
    aws.clear_calls()
    assert sweeps.sweep_account(account_id=OTHER_ACCOUNT)
    sweep = Sweep.objects.get(account_id=OTHER_ACCOUNT)
    assert type(sweep.error).__name__ == "AccountNotInUse"
    assert not sweep.failed_regions
    assert not aws.calls()


@pytest.mark.promise("Z15")
def test_work_that_holds_a_lease_ends_when_its_account_is_disabled(
    aws: FakeAws, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_keeping, "RENEW_SECONDS", 0.05)
    account = connect(aws)
    there = Target(account_id=OTHER_ACCOUNT, region=REGION)
    due(OTHER_ACCOUNT)
    sweep = rows.take(OTHER_ACCOUNT)
    assert sweep is not None
    places.check_target(there)
    with lease_keeping.kept([sweep]):
        assert rules.list_rules(target=there) == []
        Account.objects.update(is_enabled=False)
        wait_for(lambda: assumed_roles.is_withdrawn(OTHER_ACCOUNT), "the withdrawal")
        with pytest.raises(AccountNotInUse) as caught:
            rules.list_rules(target=there)
        assert caught.value.was_not_made
    account.save()
    places.check_target(there)
    assert rules.list_rules(target=there) == []


@pytest.mark.promise("B2")
def test_the_task_of_a_lost_queue_is_queued_again(aws: FakeAws) -> None:
    due()
    queue_due_work()
    DBTaskResult.objects.all().delete()
    queue_due_work()
    assert not DBTaskResult.objects.exists(), "it counts as queued"
    Sweep.objects.update(queued_until=timezone.now())
    queue_due_work()
    assert DBTaskResult.objects.get().args_kwargs["args"] == [ACCOUNT]
