"""The background worker: nothing that it does is ever stuck, and no error ends it."""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, confirm, docker_hub
from tests.faults.test_trouble_of_our_own import gone, locked
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from tests.wizard.conftest import TARGET
from tests.worker import start_worker, work
from wizard import tasks
from wizard.backend import clients
from wizard.domain.errors import (
    CredentialsOfAnotherAccount,
    InvalidParameter,
    UnexpectedAwsError,
    ValidationInterrupted,
)
from wizard.domain.regions import Target
from wizard.engine import lanes
from wizard.engine.looking import queue_due_work
from wizard.engine.supervisor import Supervisor
from wizard.models import (
    AlertDelivery,
    AuditEvent,
    BulkState,
    BulkValidation,
    Grant,
    ItemState,
    Operation,
    OperationState,
    ValidationResult,
    ValidationSchedule,
    WorkerHeartbeat,
)
from wizard.services import health, workers
from wizard.services.alerts import channels, delivery
from wizard.services.bulk_validation.items import close
from wizard.services.bulk_validation.leases import MOST_ATTEMPTS, claim, take_up
from wizard.services.bulk_validation.reading import progress_of
from wizard.services.bulk_validation.running import run_bulk_validation
from wizard.services.bulk_validation.starting import (
    RuleSelection,
    cancel_bulk_validation,
    start_bulk_validation,
)
from wizard.services.operations import calls

VALIDATE = "ValidatePullThroughCacheRule"
LIST = "DescribePullThroughCacheRules"
CREATE_RULE = "CreatePullThroughCacheRule"
ELSEWHERE = "eu-west-1"


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


def add_rule(prefix: str, region: str = REGION) -> RuleSelection:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )
    return RuleSelection(region=region, ecr_repository_prefix=prefix)


def start(actor: User, *selections: RuleSelection) -> BulkValidation:
    bulk, _ = start_bulk_validation(account_id=ACCOUNT, selections=selections, actor=actor)
    return bulk


def leave(bulk: BulkValidation) -> None:
    """What a worker leaves that has just died in the middle of the items."""
    BulkValidation.objects.filter(pk=bulk.pk).update(
        state=BulkState.RUNNING, runner="dead", lease_until=timezone.now() + timedelta(seconds=30)
    )
    bulk.items.update(state=ItemState.RUNNING)
    DBTaskResult.objects.update(status="RUNNING")


def expire(bulk: BulkValidation) -> None:
    """Its lease of 30 seconds is over."""
    past = timezone.now() - timedelta(seconds=1)
    BulkValidation.objects.filter(pk=bulk.pk).update(lease_until=past)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Look again and again, for as long as a busy machine may need."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        threading.Event().wait(0.05)


# --- B2: nothing is stuck -------------------------------------------------------------------------


@pytest.mark.promise("B2")
@pytest.mark.parametrize("text", ["half of a pair: \ud800", "a NUL: \0"])
@pytest.mark.parametrize("operation", [VALIDATE, LIST])
def test_an_answer_that_cannot_be_stored_ends_its_own_item_only(
    aws: FakeAws, ada: User, text: str, operation: str
) -> None:
    add_rule("quay")
    add_rule("quay", ELSEWHERE)
    answers: dict[str, dict[str, Any]] = {
        VALIDATE: {"isValid": False, "failure": text},
        LIST: {
            "pullThroughCacheRules": [{"ecrRepositoryPrefix": "p", "upstreamRegistryUrl": text}]
        },
    }
    aws.garble_answer(json.dumps(answers[operation]), operation=operation, region=ELSEWHERE)
    bulk = start(ada, RuleSelection(region=REGION), RuleSelection(region=ELSEWHERE))
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert ValidationResult.objects.filter(region=REGION).get().is_valid
    assert not bulk.items.filter(state__in=[ItemState.WAITING, ItemState.RUNNING]).exists()


@pytest.mark.promise("B2")
def test_a_result_that_the_database_refuses_ends_its_own_item_only(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("quay"), add_rule("quay", ELSEWHERE))
    refuse_results_of(ELSEWHERE)
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert ValidationResult.objects.get().region == REGION
    assert bulk.items.get(state=ItemState.ERROR).region == ELSEWHERE


def refuse_results_of(region: str) -> None:
    """Let the database refuse these rows, until the transaction of the test is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER refused BEFORE INSERT ON wizard_validationresult"
                f" WHEN NEW.region = '{region}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        else:
            cursor.execute(
                "ALTER TABLE wizard_validationresult"
                f" ADD CONSTRAINT refused CHECK (region <> '{region}')"
            )


@pytest.mark.promise("B2")
@pytest.mark.parametrize("odd", ["p" * 31, "with-a-nul\0", "p" * 1000])
def test_a_prefix_that_aws_does_not_allow_is_an_error_beside_the_other_rules(
    aws: FakeAws, ada: User, odd: str
) -> None:
    add_rule("quay")
    listed = [
        {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "quay.io", "createdAt": 1}
        for prefix in (odd, "quay")
    ]
    aws.garble_answer(json.dumps({"pullThroughCacheRules": listed}), operation=LIST)
    bulk = start(ada, RuleSelection(region=REGION))
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    (item,) = bulk.items.filter(state=ItemState.ERROR)
    # What is not allowed in a stored text is removed, and AWS refuses the prefix that is left.
    assert isinstance(item.error, UnexpectedAwsError | InvalidParameter)
    assert ValidationResult.objects.get().ecr_repository_prefix == "quay"


@pytest.mark.promise("B2")
def test_what_a_dead_worker_left_is_taken_up_without_a_person(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("quay"), add_rule("quay-2"))
    tasks.start_in_background(bulk)
    leave(bulk)
    work()  # the lease may still be renewed
    assert VALIDATE not in aws.calls()
    expire(bulk)
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert aws.calls()[VALIDATE] == 2


@pytest.mark.promise("B2")
def test_an_item_that_ends_each_worker_is_not_taken_up_for_ever(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("kills"), add_rule("quay"))
    killing = bulk.items.get(ecr_repository_prefix="kills")
    for _ in range(MOST_ATTEMPTS):
        taken = take_up(bulk.pk)
        assert taken is not None
        assert claim(taken, killing)
        expire(bulk)
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    killing.refresh_from_db()
    assert isinstance(killing.error, ValidationInterrupted)
    assert ValidationResult.objects.get().ecr_repository_prefix == "quay"


@pytest.mark.promise("B2")
@pytest.mark.parametrize("state", [each for each in ItemState if each != ItemState.WAITING])
def test_only_an_item_that_waits_is_claimed(aws: FakeAws, ada: User, state: ItemState) -> None:
    bulk = start(ada, add_rule("quay"))
    taken = take_up(bulk.pk)
    assert taken is not None
    item = taken.items.get()
    taken.items.update(state=state)
    assert not claim(taken, item)
    taken.items.update(state=ItemState.WAITING)
    assert claim(taken, item)
    assert not claim(taken, item)


@pytest.mark.promise("B2")
def test_one_that_was_never_queued_is_run(aws: FakeAws, ada: User) -> None:
    """The server stopped between the row and the task."""
    bulk = start(ada, add_rule("quay"))
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE


@pytest.mark.promise("B2")
def test_looking_again_and_again_queues_each_work_once(aws: FakeAws, ada: User) -> None:
    start(ada, add_rule("quay"))
    for _ in range(3):
        queue_due_work()
    assert DBTaskResult.objects.count() == 1


@pytest.mark.promise("B2")
def test_the_task_of_a_dead_worker_ends_and_that_of_a_living_one_does_not(db: None) -> None:
    for name, ago in (("dead", 61), ("alive", 5)):
        seen_at = timezone.now() - timedelta(seconds=ago)
        WorkerHeartbeat.objects.create(worker_id=name, seen_at=seen_at)
        task = tasks.send_alerts.enqueue()
        DBTaskResult.objects.filter(pk=task.id).update(status="RUNNING", worker_ids=[name])
    queue_due_work()
    ended = DBTaskResult.objects.get(status="FAILED")
    assert ended.worker_ids == ["dead"]
    assert ended.finished_at is not None
    assert DBTaskResult.objects.get(status="RUNNING").worker_ids == ["alive"]


@pytest.mark.promise("B2")
def test_cancel_closes_what_a_dead_worker_left(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("quay"), add_rule("quay-2"))
    leave(bulk)
    expire(bulk)
    cancel_bulk_validation(bulk=bulk, actor=ada)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.CANCELLED
    assert set(bulk.items.values_list("state", flat=True)) == {ItemState.CANCELLED}
    again = start(ada, RuleSelection(region=REGION, ecr_repository_prefix="quay"))
    assert again != bulk


@pytest.mark.promise("B2")
def test_cancel_leaves_other_bulk_validations_alone(aws: FakeAws, ada: User) -> None:
    bulk, other = start(ada, add_rule("quay")), start(ada, add_rule("quay-2"))
    leave(bulk)
    expire(bulk)
    before = BulkValidation.objects.filter(pk=other.pk).values().get()
    cancel_bulk_validation(bulk=bulk, actor=ada)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.CANCELLED
    assert BulkValidation.objects.filter(pk=other.pk).values().get() == before
    assert other.items.get().state == ItemState.WAITING
    # It ends once, and being cancelled under a worker is written down once.
    ended_at = bulk.finished_at
    close(bulk)
    bulk.refresh_from_db()
    assert bulk.finished_at == ended_at
    taken = take_up(other.pk)
    assert taken is not None
    assert claim(taken, other.items.get())
    for _twice in range(2):
        cancel_bulk_validation(bulk=other, actor=ada)
    rows = AuditEvent.objects.filter(action="CancelBulkValidation", subject=str(other.pk))
    assert rows.count() == 1


@pytest.mark.promise("B2")
def test_the_progress_in_some_regions_counts_no_others(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("quay"), add_rule("quay", ELSEWHERE), add_rule("quay-2", ELSEWHERE))
    work()
    totals = [progress_of(bulk, where).total for where in (None, [REGION], [ELSEWHERE], [])]
    assert totals == [3, 1, 2, 0]


@pytest.mark.promise("W9")
def test_an_item_whose_person_lost_the_role_ends_at_a_time(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, add_rule("quay"))
    taken = take_up(bulk.pk)
    assert taken is not None
    Grant.objects.all().delete()
    item = taken.items.get()
    assert not claim(taken, item)
    item.refresh_from_db()
    assert item.state == ItemState.CANCELLED
    assert item.finished_at is not None


@pytest.mark.promise("B2")
def test_cancelled_under_a_worker_that_then_dies_it_is_closed_as_well(
    aws: FakeAws, ada: User
) -> None:
    bulk = start(ada, add_rule("quay"))
    leave(bulk)
    cancel_bulk_validation(bulk=bulk, actor=ada)
    bulk.refresh_from_db()
    assert not bulk.is_finished  # the call may be running
    expire(bulk)
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.CANCELLED
    assert VALIDATE not in aws.calls()


@pytest.mark.promise("B2")
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_ends_a_run_and_the_next_one_goes_on(aws: FakeAws) -> None:
    bulk = start(someone("ada"), add_rule("quay"))
    aws.hold(operation=VALIDATE)
    failures: list[BaseException] = []

    def run() -> None:
        with connection.cursor() as cursor:
            impatient = {
                "sqlite": "PRAGMA busy_timeout = 20",
                "postgresql": "SET lock_timeout = 20",
            }
            cursor.execute(impatient[connection.vendor])
        try:
            run_bulk_validation(bulk_id=bulk.pk)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    aws.wait_for_call(VALIDATE)
    with locked():
        aws.release()
        thread.join(60)
    assert len(failures) == 1
    bulk.refresh_from_db()
    assert (bulk.state, bulk.items.get().state) == (BulkState.RUNNING, ItemState.RUNNING)
    expire(bulk)
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE


@pytest.mark.promise("B2")
def test_a_waiting_operation_without_a_task_is_finished(
    aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the confirming request lost the lease of its own Region, or was killed."""
    clients.forget()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    aws.throttle(operation=CREATE_RULE, times=3)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    assert operation.state == OperationState.WAITING
    work()  # its moment has not come
    assert not DBTaskResult.objects.exists()
    for _time in range(3):  # ECR may not see the new secret at once
        past = timezone.now() - timedelta(seconds=1)
        Operation.objects.update(next_try_at=past)
        DBTaskResult.objects.update(run_after=past)
        work()
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED


# --- B3: schedules --------------------------------------------------------------------------------


def schedule(actor: User, prefix: str, **columns: Any) -> ValidationSchedule:
    made = health.set_schedule(
        target=TARGET, ecr_repository_prefix=prefix, every_hours=6, actor=actor
    )
    assert made is not None
    be_due(made, **columns)
    return made


def be_due(made: ValidationSchedule, **columns: Any) -> None:
    past = timezone.now() - timedelta(minutes=1)
    ValidationSchedule.objects.filter(pk=made.pk).update(next_due_at=past, **columns)


@pytest.mark.promise("B3")
def test_a_schedule_whose_run_was_skipped_runs_the_next_time(aws: FakeAws, ada: User) -> None:
    """Its rule is just being validated by hand, or its person has no role for a moment."""
    by_hand = start(ada, add_rule("quay"))
    bob = someone("bob")
    busy, off = schedule(ada, "quay"), schedule(bob, add_rule("quay-2").ecr_repository_prefix)
    Grant.objects.filter(user=bob).delete()
    assert health.start_due() == []
    cancel_bulk_validation(bulk=by_hand, actor=ada)
    someone("bob")
    be_due(busy)
    be_due(off)
    work()
    assert set(ValidationResult.objects.values_list("ecr_repository_prefix", flat=True)) == {
        "quay",
        "quay-2",
    }


@pytest.mark.promise("B3")
def test_a_schedule_that_cannot_be_started_stops_no_other_work(
    aws: FakeAws, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    for prefix in ("quay", "quay-2", "quay-3"):
        add_rule(prefix)
    schedule(ada, "quay")
    schedule(ada, "quay-2", every_hours=0)  # as no page would set it
    schedule(ada, "quay-3")
    health.note_expiry(
        target=TARGET, ecr_repository_prefix="quay", expires_on=timezone.localdate(), actor=ada
    )
    work()
    validated = ValidationResult.objects.values_list("ecr_repository_prefix", flat=True)
    assert set(validated) == {"quay", "quay-3"}
    assert "The scheduled validation quay-2: every 0 h cannot be started" in caplog.text
    # It is not tried every few seconds.
    caplog.clear()
    queue_due_work()
    assert not caplog.messages
    assert not ValidationSchedule.objects.filter(next_due_at__lte=timezone.now()).exists()


@pytest.mark.promise("B3")
def test_a_kind_of_work_that_cannot_be_looked_for_stops_no_other(
    aws: FakeAws, ada: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule("quay")
    schedule(ada, "quay")
    del settings.ALERT_EMAIL
    strange = tasks.finish_operation.enqueue("")  # and a row of the queue of another form
    DBTaskResult.objects.filter(pk=strange.id).update(args_kwargs=["no", "dict"])
    queue_due_work()
    assert "Looking for due work failed" in caplog.text
    assert DBTaskResult.objects.filter(queue_name=tasks.SCHEDULES).count() == 1


@pytest.mark.promise("B3")
def test_of_two_workers_that_look_at_once_one_starts_a_schedule(aws: FakeAws, ada: User) -> None:
    """The slower one has read the row before; by then the run of the other one may be over."""
    made = schedule(ada, add_rule("quay").ecr_repository_prefix)
    seen = ValidationSchedule.objects.select_related("actor").get(pk=made.pk)
    first = health._start(seen, timezone.now())
    assert first is not None
    assert health._start(seen, timezone.now()) is None
    assert run_bulk_validation(bulk_id=first.pk)
    assert health._start(seen, timezone.now()) is None
    assert BulkValidation.objects.count() == 1


@pytest.mark.promise("B3")
def test_a_run_that_is_not_over_is_not_joined_by_the_next(aws: FakeAws, ada: User) -> None:
    made = schedule(ada, add_rule("quay").ecr_repository_prefix)
    (first,) = health.start_due()
    be_due(made)
    assert health.start_due() == []
    # Another rule of the Region is not waited for.
    other = schedule(ada, add_rule("quay-2").ecr_repository_prefix)
    (second,) = health.start_due()
    assert (first.schedule_id, second.schedule_id) == (made.pk, other.pk)


@pytest.mark.promise("B3")
def test_putting_one_schedule_off_moves_no_other(aws: FakeAws, ada: User) -> None:
    one, other = schedule(ada, "quay"), schedule(ada, "quay-2")
    same = timezone.now() - timedelta(minutes=1)
    ValidationSchedule.objects.update(next_due_at=same)
    one.refresh_from_db()
    health._put_off(one, timezone.now())
    other.refresh_from_db()
    assert other.next_due_at == same
    one.refresh_from_db()
    assert one.next_due_at > timezone.now()


# --- B4: the worker lives -------------------------------------------------------------------------


@contextmanager
def lane(queue: str) -> Iterator[lanes.Lane]:
    made = lanes.Lane(queue, worker_id="test", outage=lanes.Outage(), turn=threading.Lock())
    try:
        yield made
    finally:
        made.stop()
        made.join(60)


def is_done(task_id: str) -> bool:
    return DBTaskResult.objects.filter(pk=task_id, status="SUCCESSFUL").exists()


@pytest.mark.promise("B4")
@pytest.mark.django_db(transaction=True)
def test_a_lane_waits_for_the_database_and_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0)
    with lane(tasks.ALERTS), caplog.at_level(logging.ERROR):
        first = tasks.send_alerts.enqueue()
        wait_for(lambda: is_done(first.id), "the first task")
        with gone():
            wait_for(lambda: "The worker waits for it" in caplog.text, "the outage")
        second = tasks.send_alerts.enqueue()
        wait_for(lambda: is_done(second.id), "the second task")
    said = [each.getMessage() for each in caplog.records if each.name == lanes.log.name]
    assert len(said) == 1


@pytest.mark.promise("B4")
@pytest.mark.django_db(transaction=True)
def test_a_lane_outlives_what_nobody_foresaw(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the queue that django-tasks cannot read: the error leaves its loop."""
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0)
    strange = tasks.send_alerts.enqueue()
    DBTaskResult.objects.filter(pk=strange.id).update(args_kwargs=["no", "dict"])
    good = tasks.send_alerts.enqueue()
    with lane(tasks.ALERTS):
        wait_for(lambda: is_done(good.id), "the good task")
    assert "The queue alerts is taken up again" in caplog.text


@pytest.mark.promise("B4")
@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_waits_for_the_database_too(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    with gone():
        supervisor.look()
    assert "The database does not answer" in caplog.text
    assert not WorkerHeartbeat.objects.exists()
    supervisor.look()
    assert WorkerHeartbeat.objects.get().worker_id == supervisor.worker_id
    assert "The database answers again." in caplog.text


@pytest.mark.promise("B4")
@pytest.mark.django_db(transaction=True)
def test_the_process_outlives_the_loss_of_all_its_connections(aws: FakeAws) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could close a connection")
    ada = someone("ada")
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            for _ in range(3):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            bulk = start(ada, add_rule("quay"))
            finished = BulkValidation.objects.filter(pk=bulk.pk, state=BulkState.DONE)
            wait_for(finished.exists, "the end of the validation")
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)
    assert process.returncode == 0


# --- B5: nothing waits for other work -------------------------------------------------------------


@pytest.mark.promise("B5")
@pytest.mark.django_db(transaction=True)
def test_neither_a_retry_nor_a_persons_validation_waits_for_a_schedule(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schedule's call hangs; then the person's own does, and the operation is finished."""
    clients.forget()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    ada = someone("ada")
    add_rule("quay", ELSEWHERE)
    health.set_schedule(
        target=Target(account_id=ACCOUNT, region=ELSEWHERE), every_hours=6, actor=ada
    )
    ValidationSchedule.objects.update(next_due_at=timezone.now() - timedelta(minutes=1))
    aws.throttle(operation=CREATE_RULE, region=REGION, times=3)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    aws.hold(operation=VALIDATE)
    with start_worker() as process:
        try:
            aws.wait_for_call(VALIDATE)
            tasks.start_in_background(start(ada, add_rule("quay-2")))
            aws.wait_for_call(VALIDATE, count=2)
            Operation.objects.update(next_try_at=timezone.now())
            done = Operation.objects.filter(pk=operation.pk, state=OperationState.SUCCEEDED)
            wait_for(done.exists, "the end of the operation")
            assert not ValidationResult.objects.exists()
        finally:
            aws.release()
            os.kill(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)


@pytest.mark.promise("B5")
def test_an_alert_that_cannot_be_sent_at_all_stops_no_other(
    ada: User, settings: Settings, mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Its channel raises what nobody foresaw; the address may be a secret."""
    settings.ALERT_EMAIL = ["ops@example.com"]
    settings.ALERT_WEBHOOK_URL = "no-address/SECRET-PATH"
    for prefix in ("quay", "quay-2"):
        delivery.note_expiry(
            target=TARGET, ecr_repository_prefix=prefix, expires_on=timezone.localdate()
        )
    work()
    assert len(mailoutbox) == 2
    failed = AlertDelivery.objects.filter(channel="webhook")
    assert [each.failure for each in failed] == ["ValueError"] * 2
    assert "SECRET-PATH" not in caplog.text


@pytest.mark.promise("B5")
def test_an_alert_is_due_while_one_channel_has_not_delivered_it(
    ada: User, settings: Settings, mailoutbox: list[Any]
) -> None:
    settings.ALERT_EMAIL = ["ops@example.com"]
    settings.ALERT_WEBHOOK_URL = "no-address"
    delivery.note_expiry(
        target=TARGET, ecr_repository_prefix="quay", expires_on=timezone.localdate()
    )
    later = timezone.now() + timedelta(hours=2)
    assert delivery.deliver_alerts() == 1
    assert not delivery.has_due_alerts()
    assert delivery.has_due_alerts(now=lambda: later)
    assert delivery.deliver_alerts(now=lambda: later) == 0
    attempts = AlertDelivery.objects.order_by("channel").values_list("channel", "attempts")
    assert list(attempts) == [("email", 1), ("webhook", 2)]
    assert len(mailoutbox) == 1


@pytest.mark.promise("B5")
def test_a_webhook_that_does_not_answer_is_given_up(
    ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would answer later than any alert can wait."""
    monkeypatch.setattr(channels, "WEBHOOK_SECONDS", 0.1)
    released = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            released.wait(20)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    delivery.note_expiry(
        target=TARGET, ecr_repository_prefix="quay", expires_on=timezone.localdate()
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/"
        try:
            assert delivery.deliver_alerts() == 0
        finally:
            released.set()
            server.shutdown()
    assert AlertDelivery.objects.get().failure == "TimeoutError"


# --- B7: what is said without a worker ------------------------------------------------------------

ABSENT = "The background worker isn't running."


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def be_seen(ago: timedelta) -> None:
    WorkerHeartbeat.objects.update_or_create(
        worker_id="one", defaults={"seen_at": timezone.now() - ago}
    )


def pages_of_waiting_work(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of a schedule, a bulk validation, their lists, and an operation that waits."""
    ada = User.objects.get(username="ada")
    schedule(ada, "")
    schedule(ada, add_rule("quay").ecr_repository_prefix)
    bulk = start(ada, RuleSelection(region=REGION))
    clients.forget()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    aws.throttle(operation=CREATE_RULE, times=3)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    return [
        f"/{ACCOUNT}/{REGION}/health/",
        f"/{ACCOUNT}/{REGION}/rules/quay/health/",
        f"/{ACCOUNT}/validations/",
        f"/{ACCOUNT}/validations/{bulk.pk}/",
        f"/{ACCOUNT}/operations/{operation.batch_id}/",
    ]


@pytest.mark.promise("B7")
def test_pages_of_waiting_work_say_that_no_worker_is_alive(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = pages_of_waiting_work(aws, monkeypatch)
    for ago, is_said in ((None, True), (5, False), (61, True)):
        if ago is not None:
            be_seen(timedelta(seconds=ago))
        for page in pages:
            person.open(page)
            assert person.status == 200, page
            assert (ABSENT in person.text) is is_said, page


@pytest.mark.promise("B7")
@pytest.mark.django_db(transaction=True)
def test_one_of_several_workers_is_enough() -> None:
    be_seen(timedelta(days=1))
    Supervisor().look()
    assert WorkerHeartbeat.objects.count() == 2
    assert workers.is_alive(workers.last_seen())


@pytest.mark.promise("B7")
def test_monitors_are_told_of_the_worker_and_pages_stay_without_one(
    db: None, client: Client
) -> None:
    absent = client.get("/readyz")
    assert absent.status_code == 200
    assert absent.json() == {
        "database": "answers",
        "worker": "not alive",
        "worker_last_seen": None,
    }
    assert client.get("/readyz?worker=required").status_code == 503
    be_seen(timedelta(seconds=61))
    assert client.get("/readyz?worker=required").status_code == 503
    be_seen(timedelta(seconds=5))
    alive = client.get("/readyz?worker=required")
    assert (alive.status_code, alive.json()["worker"]) == (200, "alive")
    assert client.head("/readyz").status_code == 200


@pytest.mark.promise("B7")
@pytest.mark.django_db(transaction=True)
def test_monitors_are_told_of_a_database_that_does_not_answer(client: Client) -> None:
    with gone():
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "does not answer", "worker": "unknown"}


# --- B6: credentials of another account -----------------------------------------------------------


@pytest.fixture
def other_credentials(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker's environment names a key of another account than the console's."""
    key = aws.keys_of("999999999999")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["aws_secret_access_key"])
    clients.forget()
    yield
    monkeypatch.undo()
    clients.forget()


@pytest.mark.promise("B6")
def test_a_worker_of_another_account_validates_nothing_and_says_why(
    aws: FakeAws, ada: User, other_credentials: None
) -> None:
    bulk = start(ada, RuleSelection(region=REGION, ecr_repository_prefix="quay"))
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert isinstance(bulk.items.get().error, CredentialsOfAnotherAccount)
    assert set(aws.calls()) == {"GetCallerIdentity"}


@pytest.mark.promise("B6")
def test_a_worker_of_another_account_finishes_no_operation_and_says_why(
    aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    clients.forget()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    aws.throttle(operation=CREATE_RULE, times=3)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    Operation.objects.update(next_try_at=timezone.now())
    request.getfixturevalue("other_credentials")
    aws.clear_calls()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.FAILED
    assert isinstance(operation.steps.last().error, CredentialsOfAnotherAccount)  # type: ignore[union-attr]
    assert set(aws.calls()) == {"GetCallerIdentity"}


def test_a_credential_program_that_is_not_there_ends_a_validation_with_that_reason(
    aws: FakeAws, ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first client of the process."""
    selection = add_rule("quay")
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = /no/such/program\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    clients.forget()
    try:
        bulk = start(ada, selection, RuleSelection(region=ELSEWHERE))
        work()
    finally:
        monkeypatch.undo()
        clients.forget()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    for item in bulk.items.all():
        assert item.error is not None
        assert not isinstance(item.error, UnexpectedAwsError)
        assert "redentials" in item.error.title
