"""Lists of accounts: their plan, which is rows, and adding its accounts a few at a time.

The external IDs are made with the plan, so that the roles of all its accounts can be created by one
template before they are tested. A row keeps what became of its account, whoever goes on with it.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from wizard.backend import account as own_account
from wizard.backend import clients
from wizard.domain import Target
from wizard.domain.account_lists import ListedAccount
from wizard.domain.accounts import AccountRole, new_external_id
from wizard.domain.errors import (
    AccountExists,
    AccountImportNotFound,
    AwsError,
    ConsoleError,
    RegionUnreachable,
    error_record,
)
from wizard.models import Account, AccountImport, AuditOutcome, ExternalId, PlannedAccount
from wizard.models import PlannedState as State
from wizard.services.access import check_administrator
from wizard.services.accounts.adding import NewAccount, insert_account, note_failed_test
from wizard.services.accounts.checking import check_role
from wizard.services.audit import record_event
from wizard.services.fanout import Answer
from wizard.services.lanes import read_each

# So many accounts are tested by one request; each takes four calls to STS.
AT_ONCE: Final = 40
_KEPT_DAYS: Final = 30
_INSERTED_AT_ONCE: Final = 500


def begin_import(
    accounts: Sequence[ListedAccount], *, actor: User, role: str = ""
) -> AccountImport:
    """Store the plan of a list. Raises an AwsError if the console's own account is not known."""
    check_administrator(user=actor, what="import accounts")
    with transaction.atomic():
        old = timezone.now() - timedelta(days=_KEPT_DAYS)
        AccountImport.objects.filter(created_at__lt=old).delete()
        made = AccountImport.objects.create(actor=actor, role=role)
        add_rows(made, accounts)
        record_event(
            "ImportAccounts",
            subject=str(made.pk),
            outcome=AuditOutcome.SUCCEEDED,
            after={"accounts": len(accounts)},
        )
    return made


def add_rows(of_import: AccountImport, accounts: Sequence[ListedAccount]) -> None:
    """Store further accounts of a plan, with an external ID for each that can be added."""
    own = own_account.get_caller_account()
    asked = [each.account_id for each in accounts if not each.problem]
    existing = _existing(asked)
    listed = set(of_import.rows.values_list("account_id", flat=True))
    last = of_import.rows.aggregate(last=Max("position"))["last"] or 0
    rows = [
        _row(of_import, last + number, each, own=own, existing=existing, listed=listed)
        for number, each in enumerate(accounts, start=1)
    ]
    PlannedAccount.objects.bulk_create(rows, batch_size=_INSERTED_AT_ONCE)
    wanted = (row.account_id for row in rows if row.state == State.PLANNED)
    ExternalId.objects.bulk_create(
        (ExternalId(account_id=each, value=new_external_id()) for each in wanted),
        batch_size=_INSERTED_AT_ONCE,
        ignore_conflicts=True,
    )


def get_import(import_id: uuid.UUID) -> AccountImport:
    """Return a plan; raises AccountImportNotFound."""
    found = AccountImport.objects.filter(pk=import_id).first()
    if found is None:
        raise AccountImportNotFound(str(import_id))
    return found


def count_states(of_import: AccountImport) -> dict[State, int]:
    """Return how many accounts of the plan are in each state; all states are there."""
    found = of_import.rows.order_by().values_list("state").annotate(number=Count("pk"))
    return dict.fromkeys(State, 0) | {State(state): number for state, number in found}


def external_ids(of_import: AccountImport) -> dict[str, tuple[str, str]]:
    """Return role and external ID of each account that is to be added, by its ID."""
    rows = of_import.rows.filter(state__in=(State.PLANNED, State.FAILED))
    roles = dict(rows.values_list("account_id", "role_arn"))
    ids = dict(
        ExternalId.objects.filter(account_id__in=rows.order_by().values("account_id")).values_list(
            "account_id", "value"
        )
    )
    return {each: (role_arn, ids[each]) for each, role_arn in roles.items() if each in ids}


def add_next(of_import: AccountImport, *, actor: User) -> bool:
    """Test and add the next accounts of the plan; return whether any got a result.

    One that was not reached in time stays as it is, and is among the next ones again.
    """
    check_administrator(user=actor, what="add accounts")
    rows = list(of_import.rows.filter(state=State.PLANNED)[:AT_ONCE])
    answers = _test(rows)
    has_results = False
    for row in rows:
        answer = answers[row.account_id]
        if isinstance(answer.error, RegionUnreachable) and answer.error.code == "Deadline":
            continue
        has_results = True
        _settle(row, answer.error, actor)
    return has_results


def retry_failed(of_import: AccountImport, *, actor: User) -> int:
    """Let the accounts whose test failed be tested again; return how many."""
    check_administrator(user=actor, what="add accounts")
    failed = of_import.rows.filter(state=State.FAILED)
    return failed.update(state=State.PLANNED, error_record=None)


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


def _settle(row: PlannedAccount, error: ConsoleError | None, actor: User) -> None:
    """Add the account if its test succeeded, and store the result."""
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
    # Another request may have stored a result meanwhile: the first one stays.
    PlannedAccount.objects.filter(pk=row.pk, state=State.PLANNED).update(
        state=state, error_record=error_record(error) if error else None
    )


def _existing(account_ids: Iterable[str]) -> set[str]:
    asked = set(account_ids)
    return {each for each in Account.objects.values_list("pk", flat=True) if each in asked}


def _row(
    of_import: AccountImport,
    position: int,
    listed_account: ListedAccount,
    *,
    own: str,
    existing: set[str],
    listed: set[str],
) -> PlannedAccount:
    account_id, problem = listed_account.account_id, listed_account.problem
    state = State.REFUSED if problem else State.PLANNED
    if not problem and account_id == own:
        state, problem = State.REFUSED, "own"
    elif not problem and account_id in listed:
        state, problem = State.REFUSED, "twice"
    elif not problem and account_id in existing:
        state = State.EXISTS
    return PlannedAccount(
        of_import=of_import,
        position=position,
        account_id=account_id,
        alias=listed_account.alias,
        owner=listed_account.owner,
        role_arn=listed_account.role_arn,
        regions=list(listed_account.regions),
        state=state,
        problem=problem,
    )
