"""The Regions in use that an account has of its own, and which are closed to it."""

import json
from collections.abc import Collection

from django.db import transaction
from django.db.models import IntegerField, TextField, Value
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


def own_and_closed(account_id: str) -> tuple[list[str], frozenset[str]]:
    """Return the codes of the account's own Regions in use, and of those closed to it.

    Every page asks this, so it is one statement.
    """
    own = Account.objects.filter(pk=account_id).order_by()
    closed = ClosedRegion.objects.filter(account_id=account_id).order_by()
    rows = own.annotate(
        is_own=Value(1, output_field=IntegerField()), text=Cast("regions", TextField())
    ).values_list("is_own", "text")
    found = rows.union(
        closed.annotate(
            is_own=Value(0, output_field=IntegerField()), text=Cast("region", TextField())
        ).values_list("is_own", "text"),
        all=True,
    )
    codes: list[str] = []
    regions = set[str]()
    for is_own, text in found:
        if is_own:
            codes = json.loads(text)
        else:
            regions.add(text)
    return codes, frozenset(regions)


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
