"""Celery as the engine of background work: what a message may say, and a broker that is away."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Reject
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks import task_backends
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.test_worker import add_rule, start
from tests.person import someone
from tests.servers import free_port, redis_process
from tests.worker import ROOT
from wizard import tasks
from wizard.engine import celery_backend, rings
from wizard.engine.rings import MessageRings
from wizard.models import BulkState
from wizard.services import broker, diagnosis
from wizard.services.metrics.figures import read_figures

CANARY = "canary-of-the-broker"
PORT = free_port()


@pytest.fixture(autouse=True)
def _celery(settings: Settings) -> Iterator[None]:
    settings.USES_CELERY = True
    settings.CELERY_BROKER_URL = f"redis://:{CANARY}@127.0.0.1:{PORT}/0"
    queues = settings.TASKS["default"]["QUEUES"]
    settings.TASKS = {
        "default": {"BACKEND": "wizard.engine.celery_backend.CeleryBackend", "QUEUES": queues}
    }
    celery_backend.app.cache_clear()
    yield
    celery_backend.app.cache_clear()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with redis_process(tmp_path, PORT) as server:
        yield server


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return someone("ada")


def message_of(queue: str) -> Any:
    """The next message of a queue, as a worker reads it."""
    with celery_backend.app(consumes=True).connection_for_read() as connection:
        message = connection.SimpleQueue(queue).get(block=False)
        message.ack()
        return message


def test_a_message_names_a_task_and_its_id(redis: "subprocess.Popen[str]", ada: User) -> None:
    bulk = start(ada, add_rule("quay"))
    tasks.start_in_background(bulk)
    message = message_of(tasks.VALIDATIONS)
    ((path, given), named, _more) = message.payload
    assert (path, given, named) == (tasks.run_bulk_validation.module_path, [str(bulk.pk)], {})
    assert message.content_type == "application/json"
    celery_backend.run(path, given)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE


@pytest.mark.promise("B15")
@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("os.system", ["true"]),
        ("wizard.tasks.uuid.uuid4", []),
        ("wizard.tasks.start_in_background", ["x"]),
        ("wizard.tasks.run_bulk_validation", [{"of": "another kind"}]),
        ("", []),
        ("wizard.services.audit.prune", ["0"]),
    ],
)
def test_a_message_that_names_anything_else_is_dropped(
    path: str, arguments: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Reject) as dropped:
        celery_backend.run(path, arguments)
    assert dropped.value.requeue is False
    assert "names no task of the console" in caplog.text


@pytest.mark.promise("B15")
@pytest.mark.parametrize("is_hung", [False, True])
def test_without_a_broker_work_waits_in_its_rows(
    redis: "subprocess.Popen[str]", ada: User, caplog: pytest.LogCaptureFixture, is_hung: bool
) -> None:
    """One short attempt in ten seconds, however much is queued, and one line of the log."""
    if is_hung:
        redis.send_signal(signal.SIGSTOP)
    else:
        redis.kill()
        redis.wait()
    bulk = start(ada, add_rule("quay"))
    for _ in range(50):
        tasks.start_in_background(bulk)
    (said,) = (each for each in caplog.messages if "broker" in each)
    assert said.startswith("The broker does not answer")
    assert broker.waiting_messages() is None
    found = {each.subject: each for each in diagnosis.server.findings()}
    assert found["Broker of background work"].health is diagnosis.findings.Health.BAD
    assert CANARY not in caplog.text


def test_what_is_to_run_later_is_not_sent_before(redis: "subprocess.Popen[str]", ada: User) -> None:
    later = timezone.now() + timedelta(seconds=5)
    tasks.finish_operation.using(run_after=later).enqueue("one")
    assert broker.waiting_messages() == dict.fromkeys(tasks_queues(), 0)
    tasks.finish_operation.using(run_after=timezone.now()).enqueue("one")
    expected = {**dict.fromkeys(tasks_queues(), 0), tasks.OPERATIONS: 1}
    assert broker.waiting_messages() == expected
    figures = {figure.name: figure.values for figure in read_figures()}
    assert figures["ptcconsole_queue_tasks"] == {(name,): n for name, n in expected.items()}


def tasks_queues() -> list[str]:
    return sorted(task_backends["default"].queues)


def test_work_that_stays_due_is_sent_again_after_a_time_and_new_work_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    known = MessageRings()
    task, other = tasks.run_bulk_validation, tasks.finish_operation
    assert known.unqueued(task, ["a", "b", "a"]) == ["a", "b"]
    assert known.unqueued(task, ["a", "b", "c"]) == ["c"]
    assert known.unqueued(other, ["a"]) == ["a"]
    now += rings.RING_SECONDS
    assert known.unqueued(task, ["a", "c"]) == ["a", "c"]
    # It began, since it was not due any more; and now it is due again.
    assert known.unqueued(task, []) == []
    assert known.unqueued(task, ["a"]) == ["a"]
    assert known.unqueued(other, ["a"]) == ["a"]


def test_celery_is_not_loaded_where_it_is_not_chosen() -> None:
    code = (
        "import django, sys; django.setup(); import wizard.engine.supervisor, wizard.views;"
        " sys.exit('celery' in sys.modules or 'kombu' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False)
    assert ended.returncode == 0
