"""Starting a deletion: its rows, inserted in one transaction, with the lease held from then on."""

import uuid
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from wizard.domain import Role, Rule
from wizard.domain.facts import plain_facts
from wizard.models import DeletedRule, Deletion
from wizard.services import access, held
from wizard.services.audit import rule_facts
from wizard.services.deletions.finding import RuleName


def start(
    *,
    deletion_id: uuid.UUID,
    account_id: str,
    rules: Sequence[tuple[RuleName, Rule]],
    actor: User,
) -> Deletion | None:
    """Insert the deletion of these rules; None if the same form has started it already.

    Raises NotPermitted, and inserts nothing, for a Region that is not the person's.
    """
    for name, _rule in rules:
        access.check_access(user=actor, role=Role.OPERATOR, target=name.target)  # guard: Z2
    try:
        with transaction.atomic():
            deletion = Deletion.objects.create(
                id=deletion_id, account_id=account_id, actor=actor, **held.started()
            )
            DeletedRule.objects.bulk_create(_row(deletion, *each) for each in rules)
    except IntegrityError:  # guard: W1
        return None
    return deletion


def _row(deletion: Deletion, name: RuleName, rule: Rule) -> DeletedRule:
    return DeletedRule(
        deletion=deletion,
        region=name.target.region,
        ecr_repository_prefix=name.ecr_repository_prefix,
        facts=plain_facts(rule_facts(rule)),
    )
