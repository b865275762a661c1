"""Regions, and the account and Region of an AWS call.

The list of Regions is in botocore's endpoint data (`backend/regions.py`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

DEFAULT_REGION = "us-east-1"

# Regions whose ECR has no pull through cache, by
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
UNSUPPORTED_REGIONS = frozenset({"cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"})

# The Regions that every account has, by
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html. All Regions since
# March 2019 have to be enabled, so that this list does not grow.
_ENABLED_BY_DEFAULT = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-southeast-1", "ap-southeast-2"),
    }
)


def is_enabled_by_default(region: str) -> bool:
    """Whether every account can use the Region without enabling it."""
    return region in _ENABLED_BY_DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """One private registry: a 12-digit account ID and a Region code such as `us-east-2`."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Region:
    """A Region code with AWS's name for it, such as `US East (Ohio)`."""

    code: str
    name: str

    @property
    def geography(self) -> str:
        """Return the name without the place: `US East` of `US East (Ohio)`."""
        return self.name.partition(" (")[0]

    @property
    def label(self) -> str:
        """Return name and code as every page shows them together: `US East (Ohio) (us-east-2)`."""
        return f"{self.name} ({self.code})"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRegions:
    """The Regions of an account: those in use, and the codes of those that are closed to it."""

    in_use: tuple[Region, ...]
    closed: frozenset[str] = frozenset()

    @property
    def open(self) -> tuple[Region, ...]:
        """The Regions in use that are not closed; all of them if none would be left.

        What is refused everywhere is no matter of Regions.
        """
        return tuple(each for each in self.in_use if each.code not in self.closed) or self.in_use

    @property
    def folded(self) -> tuple[Region, ...]:
        """The Regions in use that are left out because they are closed."""
        shown = {region.code for region in self.open}
        return tuple(each for each in self.in_use if each.code not in shown)


def used_regions(every: Iterable[Region], *lists: Collection[str]) -> tuple[Region, ...]:
    """Return the Regions of the first list of codes that names any; all without such a list.

    The lists are that of an account and that of the setting for all accounts.
    """
    regions = tuple(every)
    chosen = (tuple(each for each in regions if each.code in codes) for codes in lists)
    return next(filter(None, chosen), regions)


def supported_regions(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Return the Regions where pull through cache exists, sorted by code."""
    return tuple(sorted(region for region in regions if region.code not in UNSUPPORTED_REGIONS))


def by_geography(regions: Iterable[Region]) -> list[tuple[str, list[Region]]]:
    """Group Regions by geography, both in alphabetical order."""
    groups: dict[str, list[Region]] = {}
    for region in sorted(regions):
        groups.setdefault(region.geography, []).append(region)
    return sorted(groups.items())
