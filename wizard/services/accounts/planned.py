"""Testing and adding the accounts of a plan, which the background does once a person orders it.

The plan's row says when that is due, and the rows of its accounts say what is left. So a task that
is lost, or comes twice, does no harm, and what a worker that died has left is done elsewhere.
"""

import time
import uuid
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wizard.backend import account as own_account
from wizard.backend import clients
from wizard.domain import Target
from wizard.domain.accounts import AccountRole
from wizard.domain.errors import (
    AccountExists,
    AwsError,
    ConsoleError,
    RegionUnreachable,
    error_record,
)
from wizard.domain.origins import acting_for
from wizard.models import AccountImport, ExternalId, PlannedAccount
from wizard.models import PlannedState as State
from wizard.services import held
from wizard.services.access import check_administrator, is_administrator
from wizard.services.accounts.adding import NewAccount, insert_account, note_failed_test
from wizard.services.accounts.checking import check_role
from wizard.services.fanout import Answer
from wizard.services.lanes import read_each

# So many accounts are tested at a time; each takes four calls to STS.
AT_ONCE: Final = 40
# A task ends after this time, so that operations over accounts have their turn in its queue.
TURN_SECONDS: Final = 20.0
# When no account could be tested, it is tried again after this time.
PAUSE: Final = timedelta(seconds=30)


def order_adding(of_import: AccountImport, *, actor: User) -> None:
    """Let the background test and add the accounts that are to be added."""
    check_administrator(user=actor, what="add accounts")
    rows = AccountImport.objects.filter(pk=of_import.pk)
    rows.update(due_at=timezone.now(), actor=actor, delay_record=None)


@transaction.atomic
def retry_failed(of_import: AccountImport, *, actor: User) -> None:
    """Let the background test the accounts again whose test failed."""
    order_adding(of_import, actor=actor)
    failed = of_import.rows.filter(state=State.FAILED)
    failed.update(state=State.PLANNED, error_record=None)


def stop_adding(of_import: AccountImport, *, actor: User) -> None:
    """Let no further accounts be tested. Those that are being tested are still added."""
    check_administrator(user=actor, what="add accounts")
    _end(of_import)


def due_imports() -> list[uuid.UUID]:
    """Return the plans whose next accounts are due and that no worker has."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    rows = AccountImport.objects.filter(is_free, due_at__lte=timezone.now())
    return list(rows.order_by("due_at").values_list("pk", flat=True))


def add_planned(*, import_id: uuid.UUID, is_stopping: Callable[[], bool]) -> bool:
    """Test and add accounts of a plan for some time; return whether more are due.

    Nothing if it is not due, or another worker does it.
    """
    of_import = AccountImport.objects.filter(pk=import_id).first()
    if of_import is None or not _is_due(of_import) or not held.take(of_import):
        return False
    actor = of_import.actor
    try:
        if actor is None or not is_administrator(user=actor):  # guard: W9
            _end(of_import)
            return False
        with acting_for(actor), held.kept([of_import]):
            _work(of_import, actor, is_stopping)
    except held.LeaseLost:
        return False
    finally:
        held.give_up(of_import)
    return _is_due(of_import)


def _work(of_import: AccountImport, actor: User, is_stopping: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + TURN_SECONDS
    while _is_due(of_import) and time.monotonic() < ends_at and not is_stopping():
        held.renew(of_import)
        rows = list(of_import.rows.filter(state=State.PLANNED)[:AT_ONCE])
        if not rows:
            _end(of_import)
            return
        _add(of_import, rows, actor)


def _add(of_import: AccountImport, rows: Collection[PlannedAccount], actor: User) -> None:
    """Test some accounts, and add those that pass.

    One that was not reached in time stays as it is, and is among the next ones again.
    """
    try:
        answers = _test(rows)
    except AwsError as error:
        _put_off(of_import, error)
        return
    late = [answers[row.account_id].error for row in rows if _is_late(answers[row.account_id])]
    for row in rows:
        answer = answers[row.account_id]
        if not _is_late(answer):
            _settle(row, answer.error, actor)
    if len(late) == len(rows):
        _put_off(of_import, late[0])


def _is_late(answer: Answer[None]) -> bool:
    return isinstance(answer.error, RegionUnreachable) and answer.error.code == "Deadline"


def _test(rows: Collection[PlannedAccount]) -> dict[str, Answer[None]]:
    ids = dict(
        ExternalId.objects.filter(pk__in=[row.account_id for row in rows]).values_list(
            "account_id", "value"
        )
    )
    roles = {
        row.account_id: AccountRole(
            account_id=row.account_id, role_arn=row.role_arn, external_id=ids[row.account_id]
        )
        for row in rows
    }
    home = Target(account_id=own_account.get_caller_account(), region=clients.home_region())
    return read_each(target=home, names=roles, read=partial(_check, roles))


def _check(roles: dict[str, AccountRole], account_id: str) -> None:
    check_role(roles[account_id])


@transaction.atomic
def _settle(row: PlannedAccount, error: ConsoleError | None, actor: User) -> None:
    """Add the account if its test succeeded, and store the result with it."""
    if error is None:
        new = NewAccount(
            account_id=row.account_id,
            role_arn=row.role_arn,
            alias=row.alias,
            owner=row.owner,
            regions=tuple(row.regions),
        )
        try:
            insert_account(new, actor=actor)
        except AccountExists:
            _store(row, State.EXISTS, None)
        else:
            _store(row, State.ADDED, None)
    elif isinstance(error, AwsError):
        note_failed_test("AddAccount", row.account_id, row.role_arn, error)
        _store(row, State.FAILED, error)


def _store(row: PlannedAccount, state: State, error: AwsError | None) -> None:
    # A worker that was taken for dead may have stored a result: the first one stays.
    PlannedAccount.objects.filter(pk=row.pk, state=State.PLANNED).update(
        state=state, error_record=error_record(error) if error else None
    )


def _is_due(of_import: AccountImport) -> bool:
    rows = AccountImport.objects.filter(pk=of_import.pk, due_at__lte=timezone.now())
    return rows.exists()


def _end(of_import: AccountImport) -> None:
    rows = AccountImport.objects.filter(pk=of_import.pk)
    rows.update(due_at=None, delay_record=None)


def _put_off(of_import: AccountImport, error: ConsoleError | None) -> None:
    """Try again later, unless a person has stopped it meanwhile."""
    rows = AccountImport.objects.filter(pk=of_import.pk, due_at__isnull=False)
    record = error_record(error) if isinstance(error, AwsError) else None
    rows.update(due_at=timezone.now() + PAUSE, delay_record=record)
