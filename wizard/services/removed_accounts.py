"""What was read of an account that is removed: it is forgotten, because nobody reads it again.

Otherwise its rules would stay in the pages over all accounts as they were on that day. History
stays: operations, results, the trend and the audit trail.
"""

from django.db import transaction

from wizard.backend import account as own_account
from wizard.domain.errors import AwsError
from wizard.models import Account, ClosedRegion, ExternalId, LastKnownRule, RegionReading
from wizard.services.rule_numbers import count_again, lock_known_regions


@transaction.atomic
def forget_account(account_id: str) -> None:
    """Delete the last-known rules of an account, and when its Regions were read."""
    rows = RegionReading.objects.filter(account_id=account_id)
    regions = lock_known_regions([row.target for row in rows])
    LastKnownRule.objects.filter(account_id=account_id).delete()
    count_again(regions)  # ends the numbers of the trend
    for model in (RegionReading, ClosedRegion):
        model.objects.filter(account_id=account_id).delete()


def forget_removed() -> None:
    """Do it for each removed account of which a page or a sweep has stored something since.

    An account was removed if it has an external ID and no row. That of the console's own
    credentials needs none, so nothing is forgotten while it is not known.
    """
    try:
        own = own_account.known_account()
    except AwsError:  # a profile that cannot be used
        own = ""
    if not own:
        return
    removed = ExternalId.objects.exclude(pk__in=Account.objects.values("pk")).exclude(pk=own)
    read = RegionReading.objects.filter(account_id__in=removed.values("pk")).order_by()
    for account_id in list(read.values_list("account_id", flat=True).distinct()):
        forget_account(account_id)
