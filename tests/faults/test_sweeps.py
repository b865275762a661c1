"""Sweeps whose worker dies, or whose task is lost: nothing is stuck, and nothing is done twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION
from tests.sweeps import add_rule, due, known_rules, turn_on
from tests.worker import work
from wizard.engine.looking import queue_due_work
from wizard.models import Sweep
from wizard.services import sweeps
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
