"""The Regions of the `aws` partition, and which of them the account has switched on.

Answers for the opt-in state of each. Refuses to know how it is told (`region_services`) and what a
Region that is off answers (`front_door`).
"""

import threading
from functools import lru_cache

import boto3

# Regions that nobody has to switch on, and nobody can switch off:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
ALWAYS_ON = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-southeast-1", "ap-southeast-2"),
    }
)


@lru_cache(maxsize=1)
def region_names() -> tuple[str, ...]:
    """Every Region that has ECR, in the order of their codes."""
    return tuple(sorted(boto3.Session().get_available_regions("ecr")))


class RegionBoard:
    """The opt-in Regions that are off; all are on at first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._off: frozenset[str] = frozenset()

    def switch(self, states: dict[str, bool]) -> None:
        """Switch Regions on and off. Raises ValueError for one that cannot be."""
        for region in states:
            if region in ALWAYS_ON or region not in region_names():
                raise ValueError(f"{region} is not a Region that can be switched on and off")
        with self._lock:
            on = {region for region, is_on in states.items() if is_on}
            self._off = (self._off | set(states)) - on

    def clear(self) -> None:
        """All on again."""
        with self._lock:
            self._off = frozenset()

    def is_on(self, region: str) -> bool:
        """Whether AWS answers there."""
        return region not in self._off


# One list for the process, as moto keeps one state for the process.
REGIONS = RegionBoard()
