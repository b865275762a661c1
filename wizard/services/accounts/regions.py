"""The Regions in use that an account has of its own, and which are closed to it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    IntegerField,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from wizard.backend import account
from wizard.domain import Region
from wizard.domain.errors import UnknownAccount
from wizard.models import Account, AuditOutcome, ClosedRegion
from wizard.services.audit import record_event


def listed_regions(account_id: str) -> list[str]:
    """Return the codes of the account's own Regions in use; empty for those of the setting."""
    rows = Account.objects.filter(pk=account_id).order_by()
    return next(iter(rows.values_list("regions", flat=True)), [])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """What every page asks about its account.

    `regions` are its own Regions in use, `closed` those that are closed to it. `has_role`: it is
    enabled and has a role. `has_others`: another account is, and has.
    """

    regions: tuple[str, ...] = ()
    closed: frozenset[str] = frozenset()
    alias: str = ""
    has_role: bool = False
    has_others: bool = False


class _Kind(IntEnum):
    """What a row of the statement tells."""

    REGIONS = 1
    CLOSED = 2
    ALIAS = 3
    ALIAS_WITH_ROLE = 4
    OTHER = 5


def stored_account(account_id: str) -> StoredAccount:
    """Return what is stored of an account, also of one without a row, by one statement."""
    own = Account.objects.filter(pk=account_id).order_by()
    closed = ClosedRegion.objects.filter(account_id=account_id).order_by()
    usable = Account.objects.filter(is_enabled=True).exclude(role_arn="").order_by()
    other = Subquery(usable.exclude(pk=account_id).values("pk")[:1])
    has_role = When(Q(is_enabled=True) & ~Q(role_arn=""), then=_Kind.ALIAS_WITH_ROLE)
    named = Case(has_role, default=_Kind.ALIAS, output_field=IntegerField())
    found = _told(own, _Kind.REGIONS, "regions").union(
        _told(closed, _Kind.CLOSED, "region"),
        _told(own, named, "alias"),
        _told(Account.objects.filter(pk=other).order_by(), _Kind.OTHER, "account_id"),
        all=True,
    )
    texts: dict[int, list[str]] = {}
    for kind, text in found:
        texts.setdefault(kind, []).append(text)
    aliases = [*texts.get(_Kind.ALIAS_WITH_ROLE, ()), *texts.get(_Kind.ALIAS, ())]
    return StoredAccount(
        regions=tuple(json.loads(texts[_Kind.REGIONS][0])) if _Kind.REGIONS in texts else (),
        closed=frozenset(texts.get(_Kind.CLOSED, ())),
        alias=next(iter(aliases), ""),
        has_role=_Kind.ALIAS_WITH_ROLE in texts,
        has_others=_Kind.OTHER in texts,
    )


def _told(rows: "QuerySet[Any]", kind: Any, column: str) -> Any:
    if isinstance(kind, _Kind):
        kind = Value(int(kind), output_field=IntegerField())
    return rows.annotate(kind=kind, text=Cast(column, TextField())).values_list("kind", "text")


def set_regions(*, account_id: str, regions: Collection[Region]) -> bool:
    """Set the Regions in use of an account, empty for those of the setting; False if they are so.

    The account of the console's own credentials gets a row if it has none. Raises UnknownAccount
    for another account without a row.
    """
    codes = sorted({region.code for region in regions})
    is_known = Account.objects.filter(pk=account_id).exists()
    if not is_known and account.get_caller_account() != account_id:
        raise UnknownAccount(account_id)
    if not is_known and not codes:
        return False
    with transaction.atomic():
        if not is_known:
            # Another request may have made it meanwhile.
            Account.objects.get_or_create(pk=account_id)
        row = Account.objects.select_for_update().get(pk=account_id)
        before = row.regions
        if before == codes:
            return False
        row.regions = codes
        row.save(update_fields=["regions"])
        record_event(
            "SetRegionsInUse",
            subject=account_id,
            outcome=AuditOutcome.SUCCEEDED,
            before={"regions": before},
            after={"regions": codes},
        )
    return True
