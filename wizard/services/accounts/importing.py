"""Lists of accounts: their plan, which is rows. `planned` adds its accounts.

The external IDs are made with the plan, so that the roles of all its accounts can be created by one
template before they are tested. A row keeps what became of its account, whoever goes on with it.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from wizard.backend import account as own_account
from wizard.domain.account_lists import ListedAccount
from wizard.domain.accounts import new_external_id
from wizard.domain.errors import (
    AccountImportNotFound,
)
from wizard.models import Account, AccountImport, AuditOutcome, ExternalId, PlannedAccount
from wizard.models import PlannedState as State
from wizard.services.access import check_administrator
from wizard.services.audit import record_event

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
