"""The Regions of the `aws` partition, and which of them an account has enabled.

`region_services` reports the opt-in state; `front_door` refuses calls to a disabled Region.
"""

import threading
from functools import lru_cache

import boto3

from ptcconsole.fakeaws.lags import LAGS, LagKind

# Regions that are always enabled:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
ALWAYS_ON = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-southeast-1", "ap-southeast-2"),
    }
)


_LAG = LAGS[LagKind.REGIONS]


@lru_cache(maxsize=1)
def region_names() -> tuple[str, ...]:
    """Return every Region with ECR, sorted by code."""
    return tuple(sorted(boto3.Session().get_available_regions("ecr")))


class AccountRegions:
    """The opt-in Regions that an account has disabled; none at first.

    While Regions lag, a Region is ENABLING or DISABLING after it was switched, and refuses all
    credentials in both states. Only reading its state counts as a read.
    """

    def __init__(self, account_id: str) -> None:
        self._lock = threading.Lock()
        self._account_id = account_id
        self._off: frozenset[str] = frozenset()
        self._changing: set[str] = set()

    def switch(self, states: dict[str, bool]) -> None:
        """Enable and disable Regions. Raises ValueError for one that is always enabled."""
        for region in states:
            if region in ALWAYS_ON or region not in region_names():
                raise ValueError(f"{region} is not a Region that can be switched on and off")
        with self._lock:
            on = {region for region, is_on in states.items() if is_on}
            self._off = (self._off | set(states)) - on
            self._changing = {region for region in states if _LAG.begin(self._lag_key(region))}

    def is_changing(self, region: str) -> bool:
        """Whether the Region is ENABLING or DISABLING; counts the read."""
        with self._lock:
            if region in self._changing and not _LAG.hides(self._lag_key(region)):
                self._changing.discard(region)
            return region in self._changing

    def is_switched_on(self, region: str) -> bool:
        """Whether the Region is enabled or will be."""
        return region not in self._off

    def is_on(self, region: str) -> bool:
        """Whether the Region is enabled and takes credentials."""
        return region not in self._off and region not in self._changing

    def _lag_key(self, region: str) -> str:
        return f"{self._account_id} {region}"


class RegionBoard:
    """The Regions of every account."""

    def __init__(self) -> None:
        self._of_accounts: dict[str, AccountRegions] = {}

    def of(self, account_id: str) -> AccountRegions:
        """Return the Regions of an account."""
        return self._of_accounts.setdefault(account_id, AccountRegions(account_id))

    def clear(self) -> None:
        """Enable all Regions of all accounts."""
        self._of_accounts.clear()


# One per process, like moto's state.
REGIONS = RegionBoard()
