"""The account and Region that every AWS call belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """One private registry: a 12-digit account id and a Region code such as `us-east-2`."""

    account_id: str
    region: str
