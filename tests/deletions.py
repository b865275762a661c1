"""Rules in two Regions, and shortcuts to delete them together."""

import uuid
from collections.abc import Sequence

from django.contrib.auth.models import User

from tests.faults.addresses import make_rule, prefixes
from tests.person import ACCOUNT
from wizard.domain import Target
from wizard.models import DeletedRule, Deletion
from wizard.services import deletions
from wizard.services.deletions import RuleName

HOME, OTHER = "us-east-2", "eu-west-1"
PREFIX = "quay"


def make_rules(*regions: str) -> None:
    for region in regions:
        make_rule(PREFIX, region=region)


def begin(actor: User, *regions: str, deletion_id: uuid.UUID | None = None) -> Deletion | None:
    """Start the deletion of the rule in these Regions without doing its work."""
    names = [
        RuleName(
            target=Target(account_id=ACCOUNT, region=region),
            ecr_repository_prefix=PREFIX,
        )
        for region in regions
    ]
    selection = deletions.find_rules(names=names)
    rules = [(name, rule) for name, rule in selection.rules if rule is not None]
    return deletions.start(
        deletion_id=deletion_id or uuid.uuid4(), account_id=ACCOUNT, rules=rules, actor=actor
    )


def begun(actor: User, *regions: str) -> tuple[Deletion, list[DeletedRule]]:
    deletion = begin(actor, *regions)
    assert deletion is not None
    return deletion, list(deletion.rules.all())


def delete(actor: User, *regions: str) -> Deletion:
    deletion, rows = begun(actor, *regions)
    deletions.delete_all(deletion, rows)
    return deletion


def gone(regions: Sequence[str] = (HOME, OTHER)) -> set[str]:
    """The Regions in which AWS has no rule any more."""
    return {region for region in regions if not prefixes(region)}


def states(deletion: Deletion) -> dict[str, str]:
    return dict(deletion.rules.values_list("region", "state"))
