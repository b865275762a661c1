"""The accounts that the console works in, and the Regions of the service.

`list_regions` has all of them, to read codes, addresses and history. What is asked, offered and
counted is `regions_in_use`, without those that are closed to the account (`closed_regions.py`).
"""

from django.conf import settings

from wizard.backend import account, clients, regions
from wizard.domain import DEFAULT_REGION, AccountRegions, Region, Target, used_regions
from wizard.domain.errors import AwsError, DefaultRegionUnknown, UnknownRegion
from wizard.services import usable_accounts
from wizard.services.accounts import StoredAccount, listed_regions, stored_account


def list_regions() -> tuple[Region, ...]:
    """Return the Regions where pull through cache exists."""
    return regions.list_regions()


def regions_in_use(account_id: str = "") -> tuple[Region, ...]:
    """Return the Regions in use of an account: its own, otherwise those of the setting for all.

    Without an account, those of the setting.
    """
    own = listed_regions(account_id) if account_id else ()
    return used_regions(list_regions(), own, settings.REGIONS_IN_USE)


def account_regions(account_id: str, stored: StoredAccount | None = None) -> AccountRegions:
    """Return the Regions of an account: those in use, and which are closed to it."""
    stored = stored or stored_account(account_id)
    in_use = used_regions(list_regions(), stored.regions, settings.REGIONS_IN_USE)
    return AccountRegions(in_use=in_use, closed=stored.closed)


def region_named(code: str) -> Region:
    """Return the Region with this code; raises UnknownRegion."""
    for region in list_regions():
        if region.code == code:
            return region
    raise UnknownRegion(code)


def region_label(code: str) -> str:
    """Return the name with the code, such as `US East (Ohio) (us-east-2)`.

    A Region that the console does not know, such as one that only an upstream is in, is its code.
    """
    return next((each.label for each in list_regions() if each.code == code), code)


def default_target() -> Target:
    """Return the start: the credentials' account and boto3's Region. May call STS."""
    region = home_region()
    return Target(account_id=account.get_caller_account(), region=region)


def home_region() -> str:
    """Return boto3's Region, or the default for one without the service; never calls AWS.

    Raises an AwsError for a profile that cannot be used.
    """
    home = clients.home_region()
    known = any(region.code == home for region in list_regions())
    return home if known else DEFAULT_REGION


def known_account() -> str:
    """Return the credentials' account if this process knows it; never calls AWS.

    Empty for a profile that cannot be used, so that every page has a frame.
    """
    try:
        return account.known_account()
    except AwsError:
        return ""


def home_problem() -> DefaultRegionUnknown | None:
    """Return why boto3's Region is not the one that opens first; None if it is."""
    return regions.home_problem()


def check_target(target: Target) -> None:
    """Check that the Region has the service and that the console may work in the account.

    Raises UnknownRegion, UnknownAccount, AccountDisabled, or an AwsError when the account cannot be
    determined.
    """
    region_named(target.region)
    check_account(target.account_id)


def check_account(account_id: str) -> None:
    """Raise UnknownAccount or AccountDisabled for an account without calls, or an AwsError.

    After it, calls of this process are made in the account.
    """
    usable_accounts.check_account(account_id)


def refusal_of_work(account_id: str) -> AwsError | None:
    """Return why background work of an account must not call AWS; None if it may."""
    return usable_accounts.refusal_of_work(account_id)
