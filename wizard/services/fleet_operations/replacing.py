"""The part of an account in changing or replacing rules.

AWS changes the secret or the role of a rule; another upstream prefix takes another rule. Each rule
is read, and what it is to be follows from what it is. So a part that is begun twice changes nothing
twice. Replacements are operations of an import, which put the old rule back when AWS refuses the
new one.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from wizard.domain import AwsAction, Target
from wizard.domain.errors import UnexpectedAwsError
from wizard.domain.fleet_rules import FleetChange, change_record, recorded_change
from wizard.models import FleetOperation, FleetPart, FleetVerb
from wizard.services.change_threads import run_together
from wizard.services.fleet_operations.import_parts import Found, carry_out, rules_by_region
from wizard.services.fleet_operations.named_secrets import find_secrets
from wizard.services.fleet_operations.region_changes import RegionChanges

_CHANGE: Final = "change"
# Whether the person has confirmed that rules are deleted and created again.
_CONFIRMED: Final = "confirmed"


def asked_to_change(change: FleetChange, *, is_confirmed: bool) -> dict[str, Any]:
    """Return what an operation has to know to make this change."""
    return {_CHANGE: change_record(change), _CONFIRMED: is_confirmed}


def deletes_rules(operation: FleetOperation) -> bool:
    """Whether an operation may delete rules and create them again, which a person confirms."""
    if operation.verb != FleetVerb.REPLACE:
        return False
    change = recorded_change(operation.asked.get(_CHANGE, {}))
    return change.upstream_repository_prefix is not None


def confirmed_again(operation: FleetOperation) -> dict[str, Any]:
    """Return what the retry of an operation has to know whose deletions are confirmed once more."""
    return {**operation.asked, _CONFIRMED: True}


def replace_rules(part: FleetPart) -> None:
    """Change or replace the rules of the part that are not as asked yet."""
    carry_out(part, _find)


def _find(part: FleetPart, regions: Sequence[str]) -> Found:
    """Change what AWS changes in these Regions, and return what has to be replaced."""
    change = recorded_change(part.operation.asked.get(_CHANGE, {}))
    wanted = rules_by_region(part, regions)
    names = {region: {change.secret_name} if change.secret_name else set() for region in wanted}
    secrets = find_secrets(account_id=part.account_id, names=names)
    found = Found()
    # A rule keeps this error unless its lane gets to it.
    undone = UnexpectedAwsError(operation=AwsAction.UPDATE_RULE)
    found.errors = {f"{region}/{each}": undone for region in wanted for each in wanted[region]}
    works = [
        partial(
            RegionChanges(
                target=Target(account_id=part.account_id, region=region),
                change=change,
                secrets=secrets[region],
                may_replace=bool(part.operation.asked.get(_CONFIRMED)),
                found=found,
            ).work_on,
            prefixes,
        )
        for region, prefixes in wanted.items()
    ]
    run_together(works)
    return found
