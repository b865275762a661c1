"""Operations over accounts: nothing is lost or done twice, whatever happens to those who do it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, operator_in
from tests.faults.test_worker import wait_for
from tests.person import ACCOUNT, REGION
from tests.worker import start_worker, work
from wizard import tasks
from wizard.domain import Role
from wizard.domain.errors import AccountNotInUse, NotPermitted
from wizard.models import (
    Account,
    AuditEvent,
    BulkValidation,
    FleetOperation,
    FleetPart,
    FleetVerb,
    Grant,
    ItemState,
    ValidationResult,
    WorkerHeartbeat,
)
from wizard.services import bulk_validation, fleet_operations
from wizard.services.bounded import AT_ONCE
from wizard.services.bulk_validation import RuleSelection
from wizard.services.fleet_operations import AccountPlan

VALIDATE = "ValidatePullThroughCacheRule"
ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(aws: FakeAws, transactional_db: None) -> User:
    """An operator of both accounts, each of which has a rule."""
    return operator_in(aws, *ACCOUNTS, rules={REGION: {"quay": "quay.io"}})


def begin(actor: User, *account_ids: str, **more: Any) -> FleetOperation | None:
    plans = [
        AccountPlan(account_id=each, regions=(REGION,), rules=(f"{REGION}/quay",))
        for each in account_ids or ACCOUNTS
    ]
    started: dict[str, Any] = {
        "operation_id": uuid.uuid4(),
        "verb": FleetVerb.VALIDATE,
        "accounts": plans,
        "actor": actor,
    }
    return fleet_operations.start(**started | more)


def states(operation: FleetOperation | None) -> dict[str, str]:
    assert operation is not None
    return dict(operation.parts.values_list("account_id", "state"))


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_twice_starts_one_operation(aws: FakeAws, operator: User) -> None:
    operation_id = uuid.uuid4()
    assert begin(operator, operation_id=operation_id) is not None
    assert begin(operator, operation_id=operation_id) is None
    assert FleetPart.objects.count() == 2
    assert AuditEvent.objects.filter(action="StartFleetOperation").count() == 1


@pytest.mark.promise("Z2")
def test_an_account_of_others_stops_the_start_of_all(aws: FakeAws, operator: User) -> None:
    with pytest.raises(NotPermitted):
        begin(operator, OTHER_ACCOUNT, ACCOUNT)
    assert not FleetOperation.objects.exists()


@pytest.mark.promise("B2")
def test_parts_whose_tasks_were_lost_are_queued_again(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert aws.calls()[VALIDATE] == 2
    # A duplicate does nothing.
    for part in FleetPart.objects.all():
        tasks.work_on_part.enqueue(str(part.pk))
    work()
    assert aws.calls()[VALIDATE] == 2


@pytest.mark.promise("Z15")
@pytest.mark.parametrize("what", ["disabled", "removed"])
def test_work_that_is_under_way_ends_with_its_account(
    aws: FakeAws, operator: User, what: str
) -> None:
    prefixes = [f"quay{number}" for number in range(3 * AT_ONCE)]
    aws.add_account(OTHER_ACCOUNT, role="", rules={REGION: dict.fromkeys(prefixes, "quay.io")})
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=OTHER_ACCOUNT,
        selections=[RuleSelection(region=REGION, ecr_repository_prefix=each) for each in prefixes],
        actor=operator,
    )
    aws.hold(operation=VALIDATE)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(bulk_validation.run_bulk_validation, bulk_id=bulk.pk)
        aws.wait_for_call(VALIDATE, AT_ONCE)
        if what == "disabled":
            Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
        else:
            Account.objects.filter(pk=OTHER_ACCOUNT).delete()
        aws.release()
        run.result()
        pool.submit(lambda: connection.close()).result()
    assert aws.calls()[VALIDATE] == AT_ONCE
    failed = bulk.items.filter(state=ItemState.ERROR)
    assert {type(each.error) for each in failed} == {AccountNotInUse}
    assert failed.count() == 2 * AT_ONCE


@pytest.mark.promise("W9")
def test_a_role_that_was_withdrawn_meanwhile_is_not_used(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Grant.objects.filter(account_id=OTHER_ACCOUNT).delete()
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed", THIRD_ACCOUNT: "done"}
    part = FleetPart.objects.get(account_id=OTHER_ACCOUNT)
    assert type(part.region_errors[REGION]).__name__ == "RoleWithdrawn"
    assert list(ValidationResult.objects.values_list("account_id", flat=True)) == [THIRD_ACCOUNT]
    assert not BulkValidation.objects.filter(account_id=OTHER_ACCOUNT).exists()


@pytest.mark.promise("B6")
@pytest.mark.parametrize("change", ["disabled", "removed"])
def test_an_account_that_is_not_used_any_more_is_not_called(
    aws: FakeAws, operator: User, change: str
) -> None:
    operation = begin(operator)
    account = Account.objects.filter(pk=OTHER_ACCOUNT)
    if change == "disabled":
        account.update(is_enabled=False)
    else:
        account.delete()
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed", THIRD_ACCOUNT: "done"}
    error = FleetPart.objects.get(account_id=OTHER_ACCOUNT).error
    assert error is not None
    assert type(error).__name__ == "AccountNotInUse"
    assert not BulkValidation.objects.filter(account_id=OTHER_ACCOUNT).exists()


@pytest.mark.promise("B6")
def test_a_validation_of_an_account_that_was_disabled_meanwhile_calls_nothing(
    aws: FakeAws, operator: User
) -> None:
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=OTHER_ACCOUNT,
        actor=operator,
        selections=[RuleSelection(region=REGION, ecr_repository_prefix="quay")],
    )
    Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
    aws.clear_calls()
    bulk_validation.run_bulk_validation(bulk_id=bulk.pk)
    assert type(bulk.items.get().error).__name__ == "AccountNotInUse"
    assert not aws.calls()


def test_the_part_of_a_worker_that_died_is_worked_on_elsewhere(
    aws: FakeAws, operator: User
) -> None:
    """Before it had begun, and while its bulk validation was running."""
    operation = begin(operator)
    later, sooner = timezone.now() + timedelta(seconds=30), timezone.now() - timedelta(seconds=1)
    FleetPart.objects.filter(account_id=OTHER_ACCOUNT).update(runner="dead", lease_until=later)
    part = FleetPart.objects.get(account_id=THIRD_ACCOUNT)
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=THIRD_ACCOUNT,
        selections=[bulk_validation.RuleSelection(region=REGION, ecr_repository_prefix="quay")],
        actor=operator,
    )
    FleetPart.objects.filter(pk=part.pk).update(
        state="running", bulk=bulk, runner="dead", lease_until=later
    )
    work()
    assert VALIDATE not in aws.calls(), "as long as the leases hold, nobody else begins"
    FleetPart.objects.update(lease_until=sooner)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert aws.calls()[VALIDATE] == 2
    assert BulkValidation.objects.count() == 2
    assert FleetOperation.objects.get().finished_at is not None


def test_a_validation_that_another_person_has_started_is_waited_for(
    aws: FakeAws, operator: User
) -> None:
    other = User.objects.create_user("otto")
    Grant.objects.create(user=other, role=Role.OPERATOR)
    selections = [bulk_validation.RuleSelection(region=REGION, ecr_repository_prefix="quay")]
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=OTHER_ACCOUNT, selections=selections, actor=other
    )
    later = timezone.now() + timedelta(seconds=30)
    BulkValidation.objects.filter(pk=bulk.pk).update(runner="busy", lease_until=later)
    operation = begin(operator)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "running", THIRD_ACCOUNT: "done"}
    assert operation is not None
    fleet_operations.cancel(operation=operation, actor=operator)
    BulkValidation.objects.filter(pk=bulk.pk).update(runner="", lease_until=None)
    FleetPart.objects.filter(account_id=OTHER_ACCOUNT).update(lease_until=None)
    work()
    assert aws.calls()[VALIDATE] == 2
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")


def test_throttled_and_refused_accounts_hold_up_no_other(aws: FakeAws, operator: User) -> None:
    aws.refuse(operation=VALIDATE, times=1)
    operation = begin(operator)
    work()
    assert sorted(states(operation).values()) == ["done", "failed"]
    assert operation is not None
    again = fleet_operations.retry(operation=operation, operation_id=uuid.uuid4(), actor=operator)
    work()
    assert list(states(again).values()) == ["done"]
    assert aws.calls()[VALIDATE] == 3


def test_a_worker_that_is_killed_in_a_part_leaves_nothing_and_repeats_nothing_that_has_ended(
    aws: FakeAws, operator: User
) -> None:
    """One account has ended, one hangs in its call: kill -9, and another worker goes on."""
    aws.hold(operation=VALIDATE, times=1)
    operation = begin(operator)
    assert operation is not None
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            wait_for(operation.parts.filter(state="done").exists, "the other account")
            aws.wait_for_call(VALIDATE, count=2)
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)
    sooner = timezone.now() - timedelta(seconds=1)
    FleetPart.objects.filter(state="running").update(lease_until=sooner)
    BulkValidation.objects.filter(finished_at=None).update(lease_until=sooner)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert aws.calls()[VALIDATE] == 3
    assert BulkValidation.objects.count() == 2
