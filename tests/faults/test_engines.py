"""The two engines of background work: what a machine leaves when it dies, and servers that go away.

Workers and a server of pages are processes of their own, on PostgreSQL and, with Celery, a Redis or
a RabbitMQ. One of each is killed in the middle of its work and not restarted. The rest of its
lease, and of its heartbeat, is not waited for: both are moved into the past.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import boto3
import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from ptcconsole.concurrency import DEFAULTS
from ptcconsole.fakeaws.server import FakeAws
from tests.brokers import PASSWORD, Broker, RabbitMQ, Redis, is_installed, rabbitmq
from tests.faults.drafts import CREDENTIAL, PREFIX, confirm, docker_hub
from tests.faults.test_worker import CREATE_RULE, ELSEWHERE, VALIDATE, add_rule, start, wait_for
from tests.person import ACCOUNT, REGION, someone
from tests.sweeps import REGIONS, known_rules
from tests.sweeps import add_rule as add_rule_to_sweep
from tests.worker import ROOT, database_url, end_of_module
from wizard.backend import clients
from wizard.models import (
    AuditEvent,
    BulkState,
    BulkValidation,
    CallSlot,
    Operation,
    OperationState,
    Sweep,
    ValidationResult,
    WorkerHeartbeat,
)
from wizard.services.operations import calls

pytestmark = pytest.mark.django_db(transaction=True)

ENGINES = ("database", "redis", pytest.param("rabbitmq", marks=pytest.mark.thorough))
# For work that is queued as in the first test, which tries what an engine does after a death.
ONE_FIRST = [
    "database",
    *(pytest.param(x, marks=pytest.mark.thorough) for x in ("redis", "rabbitmq")),
]
# RabbitMQ closes the channel of a worker that is at a task for longer; by default after 30 minutes.
IMPATIENT = "consumer_timeout = 2000"
ONLY_SWEEPS = "operations=0,accounts=0,validations=0,schedules=0,alerts=0"
RULES = 12
LIST_RULES = "DescribePullThroughCacheRules"


class Machines:
    """Processes on the database of the test, each with its log."""

    def __init__(self, folder: Path, broker: Broker | None, stack: ExitStack) -> None:
        self.folder = folder
        self.broker = broker
        self._stack = stack
        self._logs = 0

    def start_worker(self, *, sweeps: bool = False) -> "subprocess.Popen[bytes]":
        """A worker for people's work, or for sweeps alone, in a process group of its own.

        It is waited for until it is alive.
        """
        self._logs += 1
        known = WorkerHeartbeat.objects.count()
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
            "WORKER_CONCURRENCY": ONLY_SWEEPS if sweeps else "schedules=0,sweeps=0,alerts=0",
            "SWEEP_MINUTES": "15" if sweeps else "0",
            "REGIONS_IN_USE": ",".join(REGIONS) if sweeps else "",
            "TASKS_ENGINE": "celery" if self.broker else "database",
            "CELERY_BROKER_URL": self.broker.url if self.broker else "",
        }
        log = self._stack.enter_context((self.folder / f"log-{self._logs}").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._stack.callback(kill, process)
        wait_for(lambda: WorkerHeartbeat.objects.count() > known, "the heartbeat")
        return process

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("log-*"))


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a machine: all its processes at once, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    if not is_installed():
        pytest.skip("RabbitMQ is not installed: make rabbitmq")
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq"), settings=IMPATIENT) as server:
        yield server


@pytest.fixture(params=ENGINES)
def machines(request: pytest.FixtureRequest, aws: FakeAws, tmp_path: Path) -> Iterator[Machines]:
    if connection.vendor != "postgresql":
        pytest.skip("several machines need a database server")
    with ExitStack() as stack:
        broker: Broker | None = None
        if request.param == "redis":
            broker = Redis(tmp_path, stack)
        elif request.param == "rabbitmq":
            server: RabbitMQ = request.getfixturevalue("rabbit")
            server.empty(*DEFAULTS)
            broker = server
        yield Machines(tmp_path, broker, stack)
        aws.release()


def wait_for_calls(aws: FakeAws, operation: str, number: int) -> None:
    """Wait longer than other tests: Celery's processes begin after the heartbeat of the worker."""
    wait_for(lambda: aws.calls().get(operation, 0) >= number, f"{operation} {number} times")


def prefixes() -> list[str]:
    answer = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    return [rule["ecrRepositoryPrefix"] for rule in answer["pullThroughCacheRules"]]


def let_leases_expire() -> None:
    """As 40 seconds do for what nobody renews; whoever lives renews it before another one looks."""
    past = timezone.now() - timedelta(seconds=1)
    BulkValidation.objects.filter(finished_at__isnull=True).update(lease_until=past)
    Operation.objects.filter(state=OperationState.RUNNING).update(lease_until=past)
    CallSlot.objects.update(until=past)
    Sweep.objects.filter(lease_until__isnull=False).update(lease_until=past)


def let_the_oldest_be_dead() -> None:
    """The oldest worker is the one that looks for due work. Its heartbeat becomes an old one."""
    oldest = WorkerHeartbeat.objects.order_by("started_at").first()
    assert oldest is not None
    long_ago = timezone.now() - timedelta(minutes=5)
    WorkerHeartbeat.objects.filter(pk=oldest.pk).update(seen_at=long_ago)


def be_throttled(aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch) -> Operation:
    """A Create that AWS throttled: the background goes on with it."""
    clients.forget()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    aws.throttle(operation=CREATE_RULE, times=3)
    operation = confirm(docker_hub(), credential=CREDENTIAL, actor=ada).operation
    assert operation.state == OperationState.WAITING
    return operation


@pytest.mark.promise("B2", "B14")
def test_what_a_dead_machine_was_doing_goes_on_elsewhere(
    aws: FakeAws, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a bulk validation and in an operation at once; two other workers live."""
    ada = someone("ada")
    operation = be_throttled(aws, ada, monkeypatch)
    selections = [
        add_rule(f"rule-{number}", region)
        for number in range(RULES // 2)
        for region in (REGION, ELSEWHERE)
    ]
    aws.clear_calls()
    aws.hold(operation=VALIDATE)
    aws.hold(operation=CREATE_RULE)
    bulk = start(ada, *selections)
    Operation.objects.update(next_try_at=timezone.now())
    dying = machines.start_worker()
    wait_for_calls(aws, VALIDATE, 8)  # four in each Region
    wait_for_calls(aws, CREATE_RULE, 1)
    for _ in range(2):
        machines.start_worker()
    kill(dying)
    unheard = aws.calls()
    aws.release()
    let_the_oldest_be_dead()
    let_leases_expire()
    done = BulkValidation.objects.filter(pk=bulk.pk, state=BulkState.DONE)
    wait_for(done.exists, "the end of the validation")
    made = Operation.objects.filter(pk=operation.pk, state=OperationState.SUCCEEDED)
    wait_for(made.exists, "the end of the operation")
    # Each rule has one result. Only the calls that nobody heard the answer of were made again.
    assert ValidationResult.objects.count() == len(selections)
    assert aws.calls()[VALIDATE] == unheard[VALIDATE] + len(selections)
    assert prefixes().count(PREFIX) == 1
    # AWS heard of the rule before the machine died, so that it was found and not created again.
    assert aws.calls()[CREATE_RULE] == unheard[CREATE_RULE]
    assert "CreateSecret" not in aws.calls()
    rows = AuditEvent.objects.filter(action=CREATE_RULE, outcome="succeeded")
    assert rows.count() == 1


@pytest.mark.promise("B2", "B14")
@pytest.mark.parametrize("machines", ONE_FIRST, indirect=True)
def test_the_sweep_of_a_dead_machine_is_made_elsewhere(aws: FakeAws, machines: Machines) -> None:
    for region in REGIONS:
        add_rule_to_sweep("quay", region)
    Sweep.objects.create(account_id=ACCOUNT, due_at=timezone.now())
    aws.clear_calls()
    aws.hold(operation=LIST_RULES)
    dying = machines.start_worker(sweeps=True)
    wait_for_calls(aws, LIST_RULES, len(REGIONS))
    machines.start_worker(sweeps=True)
    kill(dying)
    unheard = aws.calls()[LIST_RULES]
    aws.release()
    let_the_oldest_be_dead()
    let_leases_expire()
    wait_for(Sweep.objects.filter(finished_at__isnull=False).exists, "the end of the sweep")
    assert known_rules() == {(region, "quay") for region in REGIONS}
    assert (Sweep.objects.get().regions_read, Sweep.objects.get().failures) == (len(REGIONS), 0)
    # Each Region was asked once more, and no account twice.
    assert aws.calls()[LIST_RULES] == unheard + len(REGIONS)


@pytest.mark.promise("B14")
@pytest.mark.parametrize("machines", ONE_FIRST, indirect=True)
def test_what_a_dead_server_of_pages_was_creating_is_finished_by_a_worker(
    aws: FakeAws, machines: Machines
) -> None:
    someone("ada")
    assert end_of_module("tests.faults.killed", "3") == -signal.SIGKILL
    assert prefixes() == []
    machines.start_worker()
    let_leases_expire()
    made = Operation.objects.filter(state=OperationState.SUCCEEDED)
    wait_for(made.exists, "the end of the operation")
    assert prefixes() == [PREFIX]
    assert (aws.calls()["CreateSecret"], aws.calls()[CREATE_RULE]) == (1, 1)


@contextmanager
def without_database() -> Iterator[None]:
    """The database answers nobody, as while it restarts."""
    name = connection.settings_dict["NAME"]
    connection.close()
    server = psycopg.connect(database_url().replace(f"/{name}", "/postgres"), autocommit=True)
    with server, server.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


@pytest.mark.promise("B4")
def test_work_goes_on_when_the_servers_are_back(aws: FakeAws, machines: Machines) -> None:
    """The database goes away in the middle of a validation, and the broker with all messages."""
    ada = someone("ada")
    selections = [add_rule(f"rule-{number}") for number in range(6)]
    aws.hold(operation=VALIDATE)
    bulk = start(ada, *selections)
    worker = machines.start_worker()
    wait_for_calls(aws, VALIDATE, 4)
    with without_database():
        wait_for(lambda: "The database does not answer" in machines.logs(), "the outage")
        aws.release()
        if machines.broker is not None:
            machines.broker.kill()
    if machines.broker is not None:
        machines.broker.start()
    wait_for(lambda: "The database answers again" in machines.logs(), "the database")
    let_leases_expire()
    done = BulkValidation.objects.filter(pk=bulk.pk, state=BulkState.DONE)
    wait_for(done.exists, "the end of the validation")
    assert ValidationResult.objects.count() == len(selections)
    assert worker.poll() is None
    assert PASSWORD not in machines.logs()


@pytest.mark.thorough
@pytest.mark.promise("B2", "B15")
def test_a_task_may_take_longer_than_rabbitmq_waits_for_it(
    aws: FakeAws, rabbit: RabbitMQ, tmp_path: Path
) -> None:
    """RabbitMQ closes the channel and delivers the message again; the lease of its row counts."""
    if connection.vendor != "postgresql":
        pytest.skip("Celery needs a database server")
    ada = someone("ada")
    selections = [add_rule(f"rule-{number}") for number in range(6)]
    aws.hold(operation=VALIDATE)
    with ExitStack() as stack:
        machines = Machines(tmp_path, rabbit, stack)
        rabbit.empty(*DEFAULTS)
        bulk = start(ada, *selections)
        machines.start_worker()
        wait_for_calls(aws, VALIDATE, 4)
        wait_for(lambda: rabbit.says("delivery acknowledgement on channel"), "the closed channel")
        aws.release()
        done = BulkValidation.objects.filter(pk=bulk.pk, state=BulkState.DONE)
        wait_for(done.exists, "the end of the validation")
        assert "has ended" not in machines.logs()
    assert ValidationResult.objects.count() == len(selections)
    assert set(bulk.items.values_list("attempts", flat=True)) == {1}
