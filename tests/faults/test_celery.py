"""Celery as the engine of background work: what a message may say, and a broker that is away."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
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
from tests.brokers import PASSWORD, Broker, RabbitMQ, Redis, is_installed, rabbitmq
from tests.faults.test_worker import add_rule, start
from tests.person import someone
from tests.worker import ROOT
from wizard import tasks
from wizard.engine import celery_backend, rings
from wizard.engine.rings import MessageRings
from wizard.models import BulkState
from wizard.services import diagnosis
from wizard.services.broker import waiting_messages
from wizard.services.metrics.figures import read_figures

# RabbitMQ takes ten seconds to start.
BROKERS = ("redis", pytest.param("rabbitmq", marks=pytest.mark.thorough))


@pytest.fixture(autouse=True)
def _celery(settings: Settings) -> Iterator[None]:
    settings.USES_CELERY = True
    queues = settings.TASKS["default"]["QUEUES"]
    settings.TASKS = {
        "default": {"BACKEND": "wizard.engine.celery_backend.CeleryBackend", "QUEUES": queues}
    }
    celery_backend.app.cache_clear()
    yield
    celery_backend.app.cache_clear()


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    if not is_installed():
        pytest.skip("RabbitMQ is not installed: make rabbitmq")
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture(params=BROKERS)
def broker(
    request: pytest.FixtureRequest, settings: Settings, _celery: None, tmp_path: Path
) -> Iterator[Broker]:
    with ExitStack() as stack:
        server: Broker
        if request.param == "redis":
            server = Redis(tmp_path, stack)
        else:
            of_module: RabbitMQ = request.getfixturevalue("rabbit")
            of_module.empty(*tasks_queues())
            server = of_module
        settings.CELERY_BROKER_URL = server.url
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


def test_a_message_names_a_task_and_its_id(broker: Broker, ada: User) -> None:
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
    broker: Broker, ada: User, caplog: pytest.LogCaptureFixture, is_hung: bool
) -> None:
    """One short attempt in ten seconds, however much is queued, and one line of the log."""
    tasks.finish_operation.enqueue("one")  # so that there is a connection
    if is_hung:
        broker.send(signal.SIGSTOP)
    else:
        broker.kill()
    bulk = start(ada, add_rule("quay"))
    for _ in range(50):
        tasks.start_in_background(bulk)
    (said,) = (each for each in caplog.messages if "broker" in each)
    assert said.startswith("The broker does not answer")
    assert waiting_messages() is None
    found = {each.subject: each for each in diagnosis.server.findings()}
    assert found["Broker of background work"].health is diagnosis.findings.Health.BAD
    assert PASSWORD not in caplog.text
    if is_hung:
        broker.send(signal.SIGCONT)
    else:
        broker.start()


@pytest.mark.promise("B15")
def test_a_connection_that_was_closed_meanwhile_is_opened_again(
    broker: Broker, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    tasks.finish_operation.enqueue("one")
    broker.kill()
    broker.start()
    tasks.send_alerts.enqueue()
    assert "broker" not in caplog.text
    assert message_of(tasks.ALERTS).payload[0][0] == tasks.send_alerts.module_path


def test_what_is_to_run_later_is_not_sent_before(broker: Broker, ada: User) -> None:
    later = timezone.now() + timedelta(seconds=5)
    tasks.finish_operation.using(run_after=later).enqueue("one")
    assert waiting_messages() == dict.fromkeys(tasks_queues(), 0)
    tasks.finish_operation.using(run_after=timezone.now()).enqueue("one")
    expected = {**dict.fromkeys(tasks_queues(), 0), tasks.OPERATIONS: 1}
    assert waiting_messages() == expected
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
