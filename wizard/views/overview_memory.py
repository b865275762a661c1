"""What the console itself stores of an account's Regions, for the all-Regions page."""

from collections.abc import Sequence
from functools import cached_property

from wizard.domain import Target
from wizard.services.bulk_validation import OpenRules, open_rules
from wizard.services.known_secrets import KnownSecrets, known_secrets
from wizard.services.last_known import Snapshot, last_known
from wizard.services.validation import LatestResults, latest_results


class Memory:
    """The last-known rules and secrets, and the last and running validations.

    Each is loaded when it is first needed.
    """

    def __init__(self, account_id: str, targets: Sequence[Target]) -> None:
        self._account_id = account_id
        self._region = targets[0].region if len(targets) == 1 else ""

    @cached_property
    def _snapshots(self) -> dict[str, Snapshot]:
        return last_known(account_id=self._account_id)

    @cached_property
    def secrets(self) -> KnownSecrets:
        return known_secrets(account_id=self._account_id)

    @cached_property
    def latest(self) -> LatestResults:
        return latest_results(account_id=self._account_id, region=self._region)

    @cached_property
    def running(self) -> OpenRules:
        return open_rules(account_id=self._account_id, region=self._region)

    def of(self, region: str) -> Snapshot | None:
        return self._snapshots.get(region)
