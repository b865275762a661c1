"""The Regions in use that an account has of its own, and which are closed to it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from wizard.backend import account
from wizard.domain import Region
from wizard.domain.errors import UnknownAccount
from wizard.models import Account, AuditOutcome
from wizard.services.audit import record_event
from wizard.services.counted_regions import note_regions


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


# Every page asks this. It is SQL because the same as a union of querysets takes two milliseconds of
# processor time to build, which is more than many a page takes besides.
_STORED: Final = """
    SELECT 'regions', CAST(regions AS text) FROM wizard_account WHERE account_id = %s
    UNION ALL
    SELECT 'closed', CAST(region AS text) FROM wizard_closedregion WHERE account_id = %s
    UNION ALL
    SELECT CASE WHEN is_enabled AND role_arn <> '' THEN 'alias with role' ELSE 'alias' END,
        CAST(alias AS text) FROM wizard_account WHERE account_id = %s
    UNION ALL
    SELECT 'other', '' WHERE EXISTS (
        SELECT 1 FROM wizard_account WHERE is_enabled AND role_arn <> '' AND account_id <> %s
    )
"""


def stored_account(account_id: str) -> StoredAccount:
    """Return what is stored of an account, also of one without a row, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [account_id] * 4)
        found = cursor.fetchall()
    texts: dict[str, list[str]] = {}
    for kind, text in found:
        texts.setdefault(kind, []).append(text)
    aliases = [*texts.get("alias with role", ()), *texts.get("alias", ())]
    return StoredAccount(
        regions=tuple(json.loads(texts["regions"][0])) if "regions" in texts else (),
        closed=frozenset(texts.get("closed", ())),
        alias=next(iter(aliases), ""),
        has_role="alias with role" in texts,
        has_others="other" in texts,
    )


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
        note_regions([account_id])
    return True
