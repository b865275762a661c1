"""Rotations over accounts: each secret gets one new version, whoever dies on the way."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, operator_of
from tests.faults.test_worker import wait_for
from tests.fleet_rotation import HOST, PUT, furnish, value, versions
from tests.worker import start_worker, work
from wizard import tasks
from wizard.domain import Credential, Role
from wizard.models import (
    Account,
    BulkValidation,
    FleetOperation,
    FleetPart,
    FleetVerb,
    Grant,
    LastKnownRule,
    Rotation,
    SealedValue,
    WorkerHeartbeat,
)
from wizard.services import fleet_operations, rotations

FOURTH_ACCOUNT = "444455556666"
ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT, FOURTH_ACCOUNT)
TYPED = Credential(username="demo", access_token="demo-access-token")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(aws: FakeAws, transactional_db: None) -> User:
    """An operator of three accounts, each of which has a secret and a rule."""
    furnish(aws, *ACCOUNTS)
    aws.clear_calls()
    return operator_of(*ACCOUNTS)


def begin(actor: User) -> FleetOperation:
    plan = fleet_operations.plan_rotation(rows=LastKnownRule.objects.all(), user=actor)
    operation = fleet_operations.start(
        operation_id=uuid.uuid4(),
        verb=FleetVerb.ROTATE,
        accounts=plan.accounts,
        actor=actor,
        asked=fleet_operations.asked_for_rotation(HOST),
        credential=TYPED,
    )
    assert operation is not None
    return operation


def states(operation: FleetOperation) -> dict[str, str]:
    return dict(operation.parts.values_list("account_id", "state"))


def errors(account_id: str) -> list[str]:
    part = FleetPart.objects.get(account_id=account_id)
    found = [part.error] if part.error else list(part.rule_errors.values())
    return [type(each).__name__ for each in found]


def rotated(aws: FakeAws) -> dict[str, tuple[str, int]]:
    """The current token of each account's secret, and the number of its versions."""
    return {each: (value(aws, each), versions(aws, each)) for each in ACCOUNTS}


def let_leases_expire() -> None:
    """As a minute later."""
    sooner = timezone.now() - timedelta(seconds=1)
    FleetPart.objects.filter(state__in=("waiting", "running")).update(lease_until=sooner)
    Rotation.objects.filter(lease_until__isnull=False).update(lease_until=sooner)
    BulkValidation.objects.filter(finished_at=None).update(lease_until=sooner)


NEW = (TYPED.access_token, 2)


@pytest.mark.promise("S16", "B2")
def test_a_worker_that_is_killed_in_the_middle_leaves_one_new_version_in_each_secret(
    aws: FakeAws, operator: User
) -> None:
    """Two accounts have ended, one hangs in its call: kill -9, and another worker goes on."""
    aws.hold(operation=PUT, times=1)
    operation = begin(operator)
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            wait_for(lambda: operation.parts.filter(state="done").count() == 2, "the others")
            aws.wait_for_call(PUT, count=3)
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)
    let_leases_expire()
    work()
    let_leases_expire()
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert rotated(aws) == dict.fromkeys(ACCOUNTS, NEW)
    assert Rotation.objects.count() == 3
    assert not SealedValue.objects.exists()
    assert not rotations.unsettled_rotations()


@pytest.mark.promise("B2")
def test_parts_that_were_cut_off_at_any_step_are_finished_elsewhere(
    aws: FakeAws, operator: User
) -> None:
    """Cut off before the call, after it, and with the lease given up; a duplicate does nothing."""
    operation = begin(operator)
    aws.refuse(operation=PUT)
    work()
    aws.clear_faults()
    FleetOperation.objects.update(finished_at=None)
    plan = fleet_operations.plan_rotation(rows=LastKnownRule.objects.all(), user=operator)
    again = begin(operator)
    assert len(plan.accounts) == 3
    sooner = timezone.now() - timedelta(seconds=1)
    for number, part in enumerate(again.parts.order_by("number")):
        old = Rotation.objects.get(account_id=part.account_id)
        state = ("waiting", "running", "failed")[number]
        old.secrets.update(state=state, error_record=None)
        Rotation.objects.filter(pk=old.pk).update(
            runner="dead" if number < 2 else "", lease_until=sooner if number < 2 else None
        )
        FleetPart.objects.filter(pk=part.pk).update(rotation=old, state="running")
    work()
    for part in FleetPart.objects.all():
        tasks.work_on_part.enqueue(str(part.pk))
    work()
    assert states(again) == dict.fromkeys(ACCOUNTS, "done")
    assert rotated(aws) == dict.fromkeys(ACCOUNTS, NEW)
    assert states(operation) == dict.fromkeys(ACCOUNTS, "failed")


@pytest.mark.promise("W9")
def test_a_role_that_was_withdrawn_meanwhile_is_not_used(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Grant.objects.filter(account_id=OTHER_ACCOUNT).update(role=Role.VIEWER)
    work()
    others = dict.fromkeys(ACCOUNTS, "done")
    assert states(operation) == others | {OTHER_ACCOUNT: "failed"}
    assert errors(OTHER_ACCOUNT) == ["RoleWithdrawn"]
    assert rotated(aws) == dict.fromkeys(ACCOUNTS, NEW) | {OTHER_ACCOUNT: ("old", 1)}


@pytest.mark.promise("S16")
def test_when_the_credential_is_no_longer_kept_open_accounts_fail_with_that_cause(
    aws: FakeAws, operator: User
) -> None:
    operation = begin(operator)
    SealedValue.objects.update(expires_at=timezone.now())
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "failed")
    assert errors(OTHER_ACCOUNT) == ["CredentialNotKept"]
    assert PUT not in aws.calls()
    assert not Rotation.objects.exists(), "nothing was begun"
    assert not SealedValue.objects.exists()


@pytest.mark.promise("S16")
def test_a_worker_with_another_secret_key_fails_with_that_cause(
    aws: FakeAws, operator: User, settings: Settings
) -> None:
    operation = begin(operator)
    settings.SECRET_KEY = "of-another-machine" * 4
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "failed")
    assert errors(OTHER_ACCOUNT) == ["CredentialSealedOtherwise"]
    assert PUT not in aws.calls()
    assert not SealedValue.objects.exists(), "no credential stays behind"


@pytest.mark.promise("B6")
def test_an_account_that_was_disabled_meanwhile_is_not_called(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    assert errors(OTHER_ACCOUNT) == ["AccountNotInUse"]
    assert rotated(aws)[OTHER_ACCOUNT] == ("old", 1)


def test_an_account_that_is_disabled_after_its_rotation_keeps_what_was_done(
    aws: FakeAws, operator: User
) -> None:
    """Two parts were cut off: one before its end, one in a call. Each tells its own results."""
    operation = begin(operator)
    work()
    Rotation.objects.get(account_id=THIRD_ACCOUNT).secrets.update(state="running")
    cut_off = operation.parts.filter(account_id__in=(OTHER_ACCOUNT, THIRD_ACCOUNT))
    cut_off.update(state="running", total=0, succeeded=0)
    FleetOperation.objects.update(finished_at=None)
    Account.objects.filter(pk__in=(OTHER_ACCOUNT, THIRD_ACCOUNT)).update(is_enabled=False)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {THIRD_ACCOUNT: "failed"}
    done, failed = cut_off.order_by("number")
    assert (done.total, done.succeeded, done.error) == (1, 1, None)
    assert (failed.total, failed.failed) == (1, 1)
    (told,) = fleet_operations.results_of([failed])
    assert type(told.error).__name__ == "AccountNotInUse"
    assert aws.calls()[PUT] == 3


@pytest.mark.promise("S16")
def test_no_task_and_no_representation_has_the_credential(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    tasks.begin_parts(operation.pk)
    kept = SealedValue.objects.get()
    seen = [str(list(DBTaskResult.objects.values())), repr(operation), str(operation), repr(kept)]
    assert DBTaskResult.objects.count() == 3
    assert not [text for text in seen if TYPED.access_token in text or kept.ciphertext in text]
