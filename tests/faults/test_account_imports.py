"""Plans of accounts: nothing is lost or done twice, whatever happens to those who add them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT
from tests.faults.test_worker import wait_for
from tests.worker import start_worker, work
from wizard import tasks
from wizard.backend.account import _identity_of
from wizard.domain import Role
from wizard.domain.account_lists import read_accounts
from wizard.domain.errors import NotPermitted
from wizard.models import (
    Account,
    AccountImport,
    AuditEvent,
    ExternalId,
    Grant,
    PlannedAccount,
    WorkerHeartbeat,
)
from wizard.services import accounts

ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT)
ADDED = dict.fromkeys(ACCOUNTS, "added")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alan(aws: FakeAws, transactional_db: None) -> User:
    user = User.objects.create_user("alan")
    Grant.objects.create(user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def plan(aws: FakeAws, alan: User) -> AccountImport:
    """Two accounts whose roles require their external IDs; adding them is ordered."""
    listed = read_accounts("\n".join(ACCOUNTS), role="PtcConsole", regions=())
    made = accounts.begin_import(listed, actor=alan)
    for each in ACCOUNTS:
        aws.add_account(each, external_id=ExternalId.objects.get(pk=each).value)
    accounts.order_adding(made, actor=alan)
    return made


def states() -> dict[str, str]:
    return dict(PlannedAccount.objects.values_list("account_id", "state"))


def added() -> list[str]:
    return sorted(AuditEvent.objects.filter(action="AddAccount").values_list("subject", flat=True))


@pytest.mark.promise("B2")
def test_a_plan_whose_task_was_lost_is_added_all_the_same_and_once(plan: AccountImport) -> None:
    work()
    assert states() == ADDED
    tasks.add_accounts.enqueue(str(plan.pk))
    work()
    assert added() == sorted(ACCOUNTS)
    event = AuditEvent.objects.filter(action="AddAccount").latest("sequence")
    assert (event.username, event.way) == ("alan", "background")


@pytest.mark.promise("B2")
def test_a_worker_that_is_killed_while_it_adds_accounts_loses_none_and_repeats_none(
    aws: FakeAws, plan: AccountImport
) -> None:
    aws.hold(operation="AssumeRole", times=1)
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            aws.wait_for_call("AssumeRole", count=1)
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)
    work()
    assert "planned" in states().values(), "as long as the lease holds, nobody else goes on"
    AccountImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work()
    assert states() == ADDED
    assert added() == sorted(ACCOUNTS)


@pytest.mark.promise("W9")
@pytest.mark.parametrize("change", ["withdrawn", "disabled", "deleted"])
def test_nothing_is_added_for_a_person_who_is_no_administrator_any_more(
    plan: AccountImport, alan: User, change: str
) -> None:
    match change:
        case "withdrawn":
            Grant.objects.all().delete()
        case "disabled":
            User.objects.update(is_active=False)
        case "deleted":
            AccountImport.objects.update(actor=None)
    work()
    assert not Account.objects.exists()
    plan.refresh_from_db()
    assert plan.due_at is None


@pytest.mark.promise("Z3")
def test_only_administrators_order_stop_and_retry(plan: AccountImport) -> None:
    otto = User.objects.create_user("otto")
    Grant.objects.create(user=otto, role=Role.OPERATOR)
    for order in (accounts.order_adding, accounts.stop_adding, accounts.retry_failed):
        with pytest.raises(NotPermitted):
            order(plan, actor=otto)


def test_credentials_that_cannot_be_checked_put_the_plan_off(
    aws: FakeAws, plan: AccountImport
) -> None:
    _identity_of.cache_clear()
    aws.fail(operation="GetCallerIdentity", code="AccessDenied", message="Not now.")
    work()
    assert set(states().values()) == {"planned"}
    plan.refresh_from_db()
    assert plan.delay is not None
    assert plan.delay.message == "Not now."
    assert plan.due_at is not None
    assert plan.due_at > timezone.now()
    aws.clear_faults()
    AccountImport.objects.update(due_at=timezone.now())
    work()
    assert states() == ADDED
    plan.refresh_from_db()
    assert [plan.due_at, plan.delay_record] == [None, None]
