"""Which secrets of an account a rotation over accounts changes, as AWS tells when the work begins.

The plan was made of the last-known rules. What differs by now is left alone, with the reason.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.models import User

from wizard.domain import AwsAction, Role, Target
from wizard.domain.errors import (
    AwsError,
    ManagedByService,
    RegionUnreachable,
    RoleWithdrawn,
    SecretNoLongerUsed,
    SecretNotFound,
    SecretOfSeveralUpstreams,
    SecretScheduledForDeletion,
)
from wizard.models import FleetPart, RotatedSecret
from wizard.services import access, places, rotations
from wizard.services.fleet_operations import sealed_values
from wizard.services.fleet_operations.rotation_plans import resource_of, upstream_asked_for
from wizard.services.last_known import regions_with_rules
from wizard.services.rotations import Candidate, Inventory, LeftOut

# The background has more time for a Region than a page has.
_DEADLINE_SECONDS: Final = 20.0
_PUT: Final = AwsAction.PUT_SECRET_VALUE
_REFUSALS: Final[Mapping[LeftOut, type[AwsError]]] = {
    LeftOut.PENDING_DELETION: SecretScheduledForDeletion,
    LeftOut.MANAGED: ManagedByService,
    LeftOut.NO_ROLE: RoleWithdrawn,
    LeftOut.MISSING: SecretNotFound,
}


def person_of(part: FleetPart) -> User:
    """Return the person who is responsible, with the grants of this moment."""
    actor = part.operation.actor
    return access.user_with_grants(actor.pk) or actor


def choose(part: FleetPart, person: User) -> tuple[list[Candidate], dict[str, AwsError]]:
    """Read the account; return the secrets of the plan to change, and why others are not."""
    refused: dict[str, AwsError] = {}
    wanted = []
    for key in map(str, part.rules):
        region = key.partition("/")[0]
        if not _may(person, _target(part, region)):  # guard: W9
            refused[key] = RoleWithdrawn(operation=_PUT, region=region)
        else:
            wanted.append(key)
    if not wanted:
        return [], refused
    codes = {region.code for region in places.regions_in_use(part.account_id)}
    codes |= {*part.regions, *regions_with_rules(account_id=part.account_id)}
    targets = [_target(part, code) for code in sorted(codes)]
    inventory = rotations.read_inventory(targets, deadline_seconds=_DEADLINE_SECONDS)
    upstream = upstream_asked_for(part.operation.asked)
    plan = rotations.plan_of(inventory, upstream=upstream, actor=person)
    chosen: dict[str, Candidate] = {}
    for key in wanted:
        found = next((each for each in plan.candidates if _is_meant(each, key)), None)
        error = _refusal(found, _target(part, key.partition("/")[0]), inventory)
        if error is not None:
            refused[key] = error
        elif found is not None:
            chosen[found.key] = found
    return list(chosen.values()), refused


def not_kept(part: FleetPart, region: str = "") -> AwsError:
    """Return the reason of a secret that the lost credential was meant for."""
    return sealed_values.why_lost(part.operation)(operation=_PUT, region=region)


def reason_of_untold(
    part: FleetPart, secret: RotatedSecret, person: User, *, is_kept: bool
) -> AwsError | None:
    """Return why a secret had no turn; None if only the console's own trouble kept it from it."""
    if not _may(person, secret.target):
        return RoleWithdrawn(operation=_PUT, region=secret.region)
    if secret.is_unknown:
        return RegionUnreachable(operation=_PUT, region=secret.region)
    return None if is_kept else not_kept(part, secret.region)


def _is_meant(candidate: Candidate, key: str) -> bool:
    """Whether a secret of the plan is this one: by its ARN, which may lack the suffix."""
    region, _slash, resource = key.partition("/")
    if resource_of(candidate.secret.arn) == resource:
        return True
    regions = {candidate.target.region, *(rule.region for rule in candidate.rules)}
    return candidate.secret.name == resource and region in regions


def _refusal(candidate: Candidate | None, target: Target, inventory: Inventory) -> AwsError | None:
    """Return why a secret cannot be changed, or None."""
    place: dict[str, Any] = {"operation": _PUT, "region": target.region}
    unread = inventory.unread.get(target)
    if candidate is None:
        return unread or SecretNoLongerUsed(**place)
    if candidate.left_out is LeftOut.UNREAD:
        return unread or inventory.unread.get(candidate.target) or RegionUnreachable(**place)
    if candidate.left_out is not None:
        return _REFUSALS[candidate.left_out](**place)
    return SecretOfSeveralUpstreams(**place) if candidate.others else None


def _may(person: User, target: Target) -> bool:
    return access.may(user=person, role=Role.OPERATOR, target=target)


def _target(part: FleetPart, region: str) -> Target:
    return Target(account_id=part.account_id, region=region)
