"""Metrics: what an attempt counts as, and what the database's figures say."""

import math
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import generate_latest
from pytest_django import DjangoAssertNumQueries

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.test_trouble_of_our_own import gone
from tests.person import ACCOUNT, REGION, someone
from tests.wizard.conftest import TARGET
from wizard import tasks
from wizard.backend import account, attempts, ecr, iam
from wizard.backend.attempts import Attempt, Outcome
from wizard.domain.errors import AwsError
from wizard.models import (
    BulkState,
    BulkValidation,
    LastKnownRule,
    Operation,
    OperationState,
    RegionReading,
    RuleStatus,
    WorkerHeartbeat,
)
from wizard.services.metrics import exposition
from wizard.services.metrics.figures import read_figures
from wizard.services.rule_numbers import mend_numbers

LIST = "DescribePullThroughCacheRules"
BORN = timezone.now() - timedelta(days=30)
# One each for queues, operations, rotations, deletions, clean-ups, templates, rules, bulk
# validations and workers.
QUERIES = 10


# --- Attempts -----------------------------------------------------------------------------------


@pytest.fixture
def heard(aws: FakeAws) -> Iterator[list[Attempt]]:
    """Every attempt of the test, but for the one that tells whose credentials the process has."""
    account.get_caller_account()
    found: list[Attempt] = []
    attempts.observe(found.append)
    yield found
    attempts._observers.remove(found.append)


def list_rules() -> None:
    with suppress(AwsError):
        ecr.describe_rules(TARGET)


@pytest.mark.kind_aws("counts the attempts")
def test_each_attempt_is_told_with_its_outcome(aws: FakeAws, heard: list[Attempt]) -> None:
    list_rules()
    aws.throttle(operation=LIST, times=1)
    list_rules()
    aws.clear_faults()
    assert [each.outcome for each in heard] == [Outcome.OK, Outcome.THROTTLED, Outcome.OK]
    assert {(each.service, each.region) for each in heard} == {("ecr", REGION)}
    assert all(0 < each.seconds < 600 for each in heard)


@pytest.mark.kind_aws("counts the attempts")
def test_the_outcomes_are_few(aws: FakeAws, heard: list[Attempt]) -> None:
    aws.refuse(operation=LIST)
    list_rules()
    aws.clear_faults()
    aws.unreachable(operation=LIST)
    list_rules()
    aws.clear_faults()
    aws.fail(operation=LIST, code="SomethingNew", message="a text of AWS")
    list_rules()
    outcomes = [each.outcome for each in heard]
    assert outcomes[0] is Outcome.DENIED
    assert set(outcomes[1:-1]) == {Outcome.UNREACHABLE}
    assert outcomes[-1] is Outcome.FAILED


def test_labels_have_only_known_values() -> None:
    """A Region that no account can have does not make a label of its own."""
    made_up = Attempt(service="ecr", region="xx-made-up-9", outcome=Outcome.OK, seconds=0.1)
    exposition._count(made_up)
    text = generate_latest(exposition._own).decode()
    assert 'ptcconsole_aws_calls_total{outcome="ok",region="other",service="ecr"}' in text
    assert "made-up" not in text
    assert "_created" not in text


def test_a_global_service_is_counted_with_its_region(aws: FakeAws, heard: list[Attempt]) -> None:
    iam.list_roles(ACCOUNT)
    assert {each.service for each in heard} == {"iam"}
    exposition._count(heard[0])
    assert 'region="other",service="iam"' not in generate_latest(exposition._own).decode()


# --- Figures ------------------------------------------------------------------------------------


def figures() -> dict[str, dict[tuple[str, ...], float]]:
    return {figure.name: dict(figure.values) for figure in read_figures()}


@pytest.fixture
def ada(db: None) -> User:
    return someone("ada")


def test_an_empty_database_has_all_figures_of_known_names(ada: User) -> None:
    found = figures()
    assert found["ptcconsole_queue_tasks"] == {
        ("operations",): 0,
        ("validations",): 0,
        ("accounts",): 0,
        ("schedules",): 0,
        ("sweeps",): 0,
        ("alerts",): 0,
    }
    assert found["ptcconsole_operations"] == {(state.value,): 0 for state in OperationState}
    assert set(found["ptcconsole_interrupted_changes"].values()) == {0}
    assert found["ptcconsole_rules_failing"] == {}
    assert found["ptcconsole_last_bulk_validation_age_seconds"] == {}
    assert found["ptcconsole_worker_last_seen_seconds"] == {(): math.inf}


def test_the_figures_take_a_query_each(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_rule("hub", status=RuleStatus.FAILED)
    with django_assert_num_queries(QUERIES):
        read_figures()


def test_a_task_waits_from_when_it_is_due(ada: User) -> None:
    now = timezone.now()
    tasks.send_alerts.enqueue()
    DBTaskResult.objects.update(enqueued_at=now - timedelta(minutes=5))
    for minutes in (-1, 10):
        tasks.finish_operation.using(run_after=now + timedelta(minutes=minutes)).enqueue("x")
    found = figures()
    depth, age = found["ptcconsole_queue_tasks"], found["ptcconsole_queue_oldest_task_age_seconds"]
    # The one of the operations that is to run in ten minutes is not due.
    assert (depth[("alerts",)], depth[("operations",)], depth[("schedules",)]) == (1, 1, 0)
    assert 300 <= age[("alerts",)] < 900
    assert 60 <= age[("operations",)] < 300
    assert age[("schedules",)] == 0


def operation(actor: User, state: OperationState, **more: Any) -> Operation:
    return Operation.objects.create(
        draft_id=uuid.uuid4().hex,
        actor=actor,
        account_id=ACCOUNT,
        region=REGION,
        ecr_repository_prefix="hub",
        upstream_registry_url="registry-1.docker.io",
        planned_rule={},
        state=state,
        **more,
    )


def test_operations_are_counted_by_state_and_the_interrupted_ones_apart(ada: User) -> None:
    now = timezone.now()
    operation(ada, OperationState.SUCCEEDED)
    operation(ada, OperationState.FAILED, lease_until=now - timedelta(hours=1))
    operation(ada, OperationState.RUNNING, lease_until=now + timedelta(hours=1))
    operation(ada, OperationState.RUNNING, lease_until=now - timedelta(seconds=1))
    operation(ada, OperationState.WAITING)
    found = figures()
    assert found["ptcconsole_operations"] == {
        ("running",): 2,
        ("waiting",): 1,
        ("succeeded",): 1,
        ("failed",): 1,
        ("untried",): 0,
        ("cleaned",): 0,
    }
    assert found["ptcconsole_interrupted_changes"] == {
        ("operation",): 2,
        ("rotation",): 0,
        ("deletion",): 0,
        ("clean-up",): 0,
        ("template",): 0,
    }


def add_rule(
    prefix: str, *, status: RuleStatus, region: str = REGION, gone_since: datetime | None = None
) -> None:
    LastKnownRule.objects.create(
        account_id=ACCOUNT,
        region=region,
        ecr_repository_prefix=prefix,
        upstream_registry_url="registry-1.docker.io",
        status=status,
        created_at=BORN,
        first_seen=BORN,
        last_seen=BORN,
        gone_since=gone_since,
    )


def test_rules_that_exist_and_failed_the_last_time_are_failing(db: None) -> None:
    add_rule("fails", status=RuleStatus.FAILED)
    add_rule("fails-too", status=RuleStatus.FAILED)
    add_rule("is-valid", status=RuleStatus.VALID)
    add_rule("is-gone", status=RuleStatus.FAILED, gone_since=timezone.now())
    add_rule("is-new", status=RuleStatus.NOT_VALIDATED)
    add_rule("is-valid", status=RuleStatus.VALID, region="eu-west-1")
    add_rule("is-gone", status=RuleStatus.FAILED, region="eu-west-2", gone_since=timezone.now())
    for region in (REGION, "eu-west-1", "eu-west-2"):
        RegionReading.objects.create(account_id=ACCOUNT, region=region)
    mend_numbers()
    assert figures()["ptcconsole_rules_failing"] == {
        (ACCOUNT, REGION): 2,
        (ACCOUNT, "eu-west-1"): 0,
    }


def test_the_age_of_the_last_finished_bulk_validation_is_told_per_account(ada: User) -> None:
    now = timezone.now()
    for number, (state, hours) in enumerate(
        [(BulkState.DONE, 50), (BulkState.DONE, 2), (BulkState.CANCELLED, 1)]
    ):
        BulkValidation.objects.create(
            account_id=ACCOUNT,
            actor=ada,
            scope_digest=str(number),
            state=state,
            finished_at=now - timedelta(hours=hours),
        )
    found = figures()["ptcconsole_last_bulk_validation_age_seconds"]
    assert set(found) == {(ACCOUNT,)}
    assert 2 * 3600 <= found[(ACCOUNT,)] < 3 * 3600


def test_the_last_worker_that_was_seen_counts(ada: User) -> None:
    now = timezone.now()
    for minutes in (3, 60):
        WorkerHeartbeat.objects.create(
            worker_id=str(minutes), seen_at=now - timedelta(minutes=minutes)
        )
    assert 180 <= figures()["ptcconsole_worker_last_seen_seconds"][()] < 600


@pytest.mark.django_db(transaction=True)
def test_a_dead_database_is_a_figure_and_no_error() -> None:
    def values() -> dict[str, float]:
        metrics = exposition.DatabaseCollector().collect()
        return {sample.name: sample.value for metric in metrics for sample in metric.samples}

    assert values()["ptcconsole_database_up"] == 1
    with gone():
        assert values() == {"ptcconsole_database_up": 0}
    assert values()["ptcconsole_worker_last_seen_seconds"] == math.inf
