"""Several workers on several machines: who looks, who takes over, and how much is done at once."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import boto3
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ptcconsole import concurrency
from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, PREFIX, confirm, docker_hub
from tests.faults.test_worker import CREATE_RULE, ELSEWHERE, VALIDATE, add_rule, start, wait_for
from tests.person import REGION, someone
from tests.worker import ROOT, database_url, start_worker, work
from wizard import tasks
from wizard.domain import Spread
from wizard.engine.looking import queue_due_work
from wizard.models import (
    AuditEvent,
    BulkValidation,
    Grant,
    Operation,
    OperationState,
    WorkerHeartbeat,
)
from wizard.services import lease_keeping, workers
from wizard.services.operations import leases, taking_over

CREATE_SECRET = "CreateSecret"


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


def prefixes(region: str = REGION) -> list[str]:
    answer = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return [rule["ecrRepositoryPrefix"] for rule in answer["pullThroughCacheRules"]]


def expire() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(state=OperationState.RUNNING).update(lease_until=past)


# --- B14: what a process was creating ----------------------------------------------------


def kill_before_row(number: int) -> None:
    """A process confirms a wizard, and is killed before it writes that row of the audit trail."""
    environment = os.environ | {
        "TEST_DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "tests.faults.killed", str(number)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.promise("B14")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("row", "made"), [(3, 0), (4, 1)])
def test_a_create_whose_process_was_killed_is_finished_by_a_worker(
    aws: FakeAws, row: int, made: int
) -> None:
    """Before the rule, and between the rule and the note of it; nothing is created twice."""
    someone("ada")
    kill_before_row(row)
    assert len(prefixes()) == made
    work()
    assert Operation.objects.get().state == OperationState.RUNNING  # its lease still counts
    expire()
    work()
    assert Operation.objects.get().state == OperationState.SUCCEEDED
    assert prefixes() == [PREFIX]
    assert (aws.calls()[CREATE_SECRET], aws.calls()[CREATE_RULE]) == (1, 1)
    rows = AuditEvent.objects.filter(action=CREATE_RULE, outcome="succeeded")
    assert [each.username for each in rows] == ["ada"]


@pytest.mark.promise("B14")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("row", "is_made"), [(1, False), (2, True)])
def test_one_that_was_killed_at_its_secret_waits_for_a_person_only_without_the_secret(
    aws: FakeAws, row: int, is_made: bool
) -> None:
    someone("ada")
    kill_before_row(row)
    expire()
    work()
    operation = Operation.objects.get()
    state = OperationState.SUCCEEDED if is_made else OperationState.RUNNING
    assert (operation.state, operation.lease_until) == (state, None)
    assert operation.is_interrupted is not is_made
    assert aws.calls().get(CREATE_SECRET, 0) == int(is_made)
    assert prefixes() == ([PREFIX] if is_made else [])
    queue_due_work()  # it is not looked at again and again
    assert not DBTaskResult.objects.filter(status="READY").exists()


def leave_before_rule(aws: FakeAws, ada: User) -> Operation:
    """The row of an operation whose secret exists, and whose process died before the rule."""
    aws.refuse(operation=CREATE_RULE, times=1)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    past = timezone.now() - timedelta(seconds=1)
    leases.note(operation, state=OperationState.RUNNING, runner="dead", lease_until=past)
    return operation


@pytest.mark.promise("B14")
def test_of_two_workers_one_takes_over(aws: FakeAws, ada: User) -> None:
    operation = leave_before_rule(aws, ada)
    seen = Operation.objects.get()
    assert leases.take_dead(seen)
    calls = aws.calls()
    taking_over.go_on_dead(operation_id=operation.pk)
    assert aws.calls() == calls
    assert not leases.take_dead(operation)


@pytest.mark.promise("B14", "W9")
def test_nothing_is_finished_for_a_person_without_the_role(aws: FakeAws, ada: User) -> None:
    operation = leave_before_rule(aws, ada)
    Grant.objects.all().delete()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.FAILED
    assert prefixes() == []


@pytest.mark.promise("B14")
def test_while_aws_does_not_answer_it_is_tried_again_and_then_left(aws: FakeAws, ada: User) -> None:
    operation = leave_before_rule(aws, ada)
    aws.refuse(operation="DescribePullThroughCacheRules")
    work()
    operation.refresh_from_db()
    assert operation.is_under_way
    assert operation.waiting_since is not None
    expire()
    leases.note(operation, waiting_since=operation.waiting_since - timedelta(minutes=11))
    work()
    operation.refresh_from_db()
    assert (operation.is_interrupted, operation.lease_until) == (True, None)


@pytest.mark.promise("B14")
def test_a_replica_waits_for_the_person_of_its_source(aws: FakeAws, transactional_db: None) -> None:
    """The credential is lost, so that there is no secret to replicate."""
    ada = someone("ada")
    aws.refuse(operation=CREATE_SECRET, times=1)
    confirm(
        docker_hub(),
        actor=ada,
        credential=CREDENTIAL,
        regions=[ELSEWHERE],
        spread=Spread.REPLICATED,
    )
    Operation.objects.update(state=OperationState.RUNNING, finished_at=None)
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.update(lease_until=past)
    work()
    assert all(each.is_interrupted for each in Operation.objects.all())
    assert prefixes() == prefixes(ELSEWHERE) == []


@pytest.mark.promise("B14")
@pytest.mark.django_db(transaction=True)
def test_a_long_call_keeps_the_lease_and_a_lost_one_is_not_taken_back(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_keeping, "RENEW_SECONDS", 0.01)
    ada = someone("ada")
    operation = leave_before_rule(aws, ada)
    aws.hold(operation=CREATE_RULE)

    def go_on() -> None:
        try:
            taking_over.go_on_dead(operation_id=operation.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        aws.wait_for_call(CREATE_RULE, count=2)
        expire()
        wait_for(lambda: not Operation.objects.get().is_interrupted, "the renewal")
        Operation.objects.update(runner="another")
        before = Operation.objects.get().lease_until
    finally:
        aws.release()
        thread.join(60)
    after = Operation.objects.get()
    assert (after.runner, after.lease_until) == ("another", before)
    assert after.state == OperationState.RUNNING
    wait_for(lambda: not keepers(), "the end of the thread without work")


@pytest.mark.promise("B8")
@pytest.mark.django_db(transaction=True)
def test_the_renewal_waits_for_no_row_that_is_just_being_changed(aws: FakeAws) -> None:
    """Whoever changes one row may next want another that the renewal has: a deadlock."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database")
    ada = someone("ada")
    confirm(docker_hub(), credential=CREDENTIAL, regions=[ELSEWHERE], actor=ada)
    past = timezone.now() - timedelta(seconds=1)
    for operation in Operation.objects.all():
        leases.note(operation, runner=operation.region, lease_until=past)

    def renew() -> None:
        try:
            lease_keeping._renew([(Operation, REGION), (Operation, ELSEWHERE)])
        finally:
            connections.close_all()

    with transaction.atomic():
        Operation.objects.filter(region=REGION).update(waiting_since=past)
        thread = threading.Thread(target=renew)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()
    until = dict(Operation.objects.values_list("region", "lease_until"))
    assert until[REGION] == past
    renewed = until[ELSEWHERE]
    assert renewed is not None
    assert renewed > past


def keepers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "leases"]


# --- Who looks for due work ----------------------------------------------------


def age(worker_id: str, **ago: float) -> None:
    rows = WorkerHeartbeat.objects.filter(worker_id=worker_id)
    rows.update(**{name: timezone.now() - timedelta(seconds=of) for name, of in ago.items()})


@pytest.mark.promise("B14")
def test_the_oldest_living_worker_looks_and_the_next_one_when_it_is_gone(db: None) -> None:
    assert workers.beat("first").looks
    age("first", started_at=60)
    assert not workers.beat("second").looks
    assert workers.beat("first").looks
    age("first", started_at=60, seen_at=16)
    assert workers.beat("second").looks
    # One that comes back, after its machine was frozen, looks again.
    assert workers.beat("first").looks
    assert not workers.beat("second").looks
    workers.retire("first")
    assert workers.beat("second").looks


def test_a_worker_knows_how_far_its_clock_is_off(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    right = workers.beat("one")
    assert not right.is_clock_off
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=20))
    wrong = workers.beat("one")
    assert wrong.is_clock_off
    assert round(wrong.clock_difference.total_seconds()) == 20
    monkeypatch.undo()
    # A wrong clock does not make a worker look alive, or dead, to the others.
    assert not workers.beat("two").looks


# --- B5: what is done at once ----------------------------------------------------


@pytest.mark.promise("B5")
@pytest.mark.django_db(transaction=True)
def test_a_worker_does_several_tasks_of_a_queue_and_no_queue_waits_for_another(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lanes of the schedules are busy, with many more behind them; a person is not behind."""
    monkeypatch.setenv("WORKER_CONCURRENCY", "schedules=2,validations=1")
    ada = someone("ada")
    aws.hold(operation=VALIDATE)
    for number in range(8):
        bulk = start(ada, add_rule(f"rule-{number}"))
        tasks.run_bulk_validation.using(queue_name=tasks.SCHEDULES).enqueue(str(bulk.pk))
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            aws.wait_for_call(VALIDATE, count=2)
            assert aws.calls()[VALIDATE] == 2
            tasks.start_in_background(start(ada, add_rule("of-a-person")))
            aws.wait_for_call(VALIDATE, count=3)
            waiting = BulkValidation.objects.filter(finished_at__isnull=True)
            assert waiting.filter(runner__gt="").count() == 3
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("sweeps=0", {"sweeps": 0}),
        (" operations = 4 , sweeps=8, ", {"operations": 4, "sweeps": 8}),
    ],
)
def test_the_named_queues_differ_from_the_defaults(text: str, expected: dict[str, int]) -> None:
    assert concurrency.of_queues(text) == {**concurrency.DEFAULTS, **expected}


@pytest.mark.parametrize(
    "text",
    ["sweep=1", "sweeps", "sweeps=", "sweeps=-1", "sweeps=65", "sweeps=1.5", "4", "=4", "sweeps=²"],
)
def test_another_concurrency_is_refused_with_what_it_takes(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="validations, accounts, schedules, sweeps"):
        concurrency.of_queues(text)


def test_a_worker_without_any_queue_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="no queue"):
        concurrency.of_queues(",".join(f"{name}=0" for name in concurrency.DEFAULTS))


def test_the_queues_of_the_tasks_have_a_concurrency() -> None:
    names = {tasks.OPERATIONS, tasks.ACCOUNTS, tasks.VALIDATIONS, tasks.SCHEDULES}
    names |= {tasks.SWEEPS, tasks.ALERTS}
    assert names == set(concurrency.DEFAULTS)
