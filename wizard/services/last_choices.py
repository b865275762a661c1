"""The rules that a person created last, read from the operations.

Operations are a person's own and say what was really created. A second record of it would have to
be kept, and forgotten, beside them.
"""

from typing import Final

from wizard.domain import Target
from wizard.domain.last_choices import CreatedRule
from wizard.models import Operation, OperationState

_MOST_READ: Final = 50


def created_rules(*, user_id: int, account_id: str) -> list[CreatedRule]:
    """Return the rules that this person created in the account, newest first."""
    rows = Operation.objects.filter(
        actor_id=user_id, account_id=account_id, state=OperationState.SUCCEEDED
    )
    found = list(rows.order_by("-created_at")[:_MOST_READ])
    regions: dict[str, list[str]] = {}
    for each in found:
        regions.setdefault(str(each.batch_id), []).append(each.region)
    return [
        CreatedRule(
            rule=each.rule,
            target=Target(account_id=each.account_id, region=each.region),
            regions=tuple(sorted(regions[str(each.batch_id)])),
        )
        for each in found
    ]
