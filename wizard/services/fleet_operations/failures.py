"""What failed in an operation over accounts, as accounts with rules that can be retried."""

from django.contrib.auth.models import User

from wizard.domain import Role, Target
from wizard.models import FleetOperation, PartState
from wizard.services import access
from wizard.services.fleet_operations.planning import AccountPlan
from wizard.services.fleet_operations.reading import parts_of
from wizard.services.fleet_operations.results import results_of

_RETRIED = ("failed", "error", PartState.CANCELLED)


def failed_rules(*, operation: FleetOperation, user: User) -> list[AccountPlan]:
    """Return the rules that have no good result, where the person is an operator."""
    found: dict[str, list[str]] = {}
    parts = parts_of(operation, user=user)
    for result in results_of(parts.loaded(PartState.FAILED, PartState.CANCELLED)):
        target = Target(account_id=result.part.account_id, region=result.region)
        is_own = access.may(user=user, role=Role.OPERATOR, target=target)
        if is_own and result.status in _RETRIED:
            name = f"{result.region}/{result.ecr_repository_prefix}"
            found.setdefault(target.account_id, []).append(name)
    return [
        AccountPlan(
            account_id=account_id,
            regions=tuple(dict.fromkeys(each.partition("/")[0] for each in names)),
            rules=tuple(names),
        )
        for account_id, names in found.items()
    ]
