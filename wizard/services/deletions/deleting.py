"""One rule of a deletion whose lease is held: read it, delete it, write the result into its row.

Lease, row and audit row are written in one transaction before the call, their results in another
one after it.
"""

import uuid
from contextlib import suppress

from django.utils import timezone

from wizard.backend import ecr
from wizard.domain import AwsAction, Role, Rule
from wizard.domain.errors import (
    AwsError,
    NotTried,
    OtherRule,
    RoleWithdrawn,
    RuleNotFound,
    error_record,
    known_not_made,
)
from wizard.models import DeletedRule, DeletedState
from wizard.services import access, held
from wizard.services.audit import audited, rule_facts
from wizard.services.rules import forget_rule


def delete(row: DeletedRule) -> None:
    """Delete the rule; the row has the result, or the error of AWS.

    Raises AuditUnavailable, and deletes nothing, when the intent cannot be written, and LeaseLost
    when another process has taken the deletion.
    """
    try:
        _check_role(row)
        rule = ecr.describe_rule(row.target, row.ecr_repository_prefix)
        if not row.is_about(rule):  # guard: F22
            raise OtherRule(operation=AwsAction.DELETE_RULE, region=row.region)
    except RuleNotFound:
        _refuse(row, DeletedState.SUCCEEDED if row.is_unknown else DeletedState.ABSENT)
    except AwsError as error:
        _refuse(row, DeletedState.FAILED, error)
    else:
        with suppress(AwsError):  # The row has it.
            _delete(row, rule)
            forget_rule(target=row.target, rule=rule)


def leave(row: DeletedRule, silent: AwsError) -> None:
    """Note that the rule is not tried, because its Region did not respond to another one.

    What is not known of an earlier attempt stays so.
    """
    if not row.is_unknown:
        words = "Not tried, because the Region didn't respond to another rule of this deletion."
        action, region = AwsAction.DELETE_RULE, row.region
        untried = NotTried(words, code=silent.code, operation=action, region=region)
        _refuse(row, DeletedState.FAILED, known_not_made(untried))


def _check_role(row: DeletedRule) -> None:
    """Read the person's grants once more: a role that was removed meanwhile ends here."""
    actor = access.user_with_grants(row.deletion.actor_id)
    is_allowed = actor and access.may(user=actor, role=Role.OPERATOR, target=row.target)
    if not is_allowed:  # guard: Z2
        raise RoleWithdrawn(operation=AwsAction.DELETE_RULE, region=row.region)


def _delete(row: DeletedRule, rule: Rule) -> None:
    row.event_id = uuid.uuid4()
    with audited(
        AwsAction.DELETE_RULE,
        target=row.target,
        subject=row.ecr_repository_prefix,
        before=rule_facts(rule),
        event_id=row.event_id,
        alongside=lambda: _begin(row),
    ) as change:
        change.alongside = lambda: _end(row)
        try:
            ecr.delete_rule_surely(row.target, row.ecr_repository_prefix)
            row.state = DeletedState.SUCCEEDED
        except Exception as error:
            row.state = DeletedState.FAILED
            if isinstance(error, RuleNotFound):
                row.state = DeletedState.ABSENT
            elif isinstance(error, AwsError):
                row.error_record = error_record(error)
            raise


def _begin(row: DeletedRule) -> None:
    held.renew(row.deletion)
    row.state, row.error_record, row.finished_at = DeletedState.RUNNING, None, None
    row.save(update_fields=["state", "error_record", "event_id", "finished_at"])


def _end(row: DeletedRule) -> None:
    row.finished_at = timezone.now()
    # Another process that has taken the deletion meanwhile has looked at AWS itself.
    ours = DeletedRule.objects.filter(
        pk=row.pk,
        deletion__runner=row.deletion.runner,  # guard: F7
    )
    ours.update(state=row.state, error_record=row.error_record, finished_at=row.finished_at)


def _refuse(row: DeletedRule, state: DeletedState, error: AwsError | None = None) -> None:
    """Note what became of a rule whose deletion was not requested of AWS."""
    held.renew(row.deletion)
    row.state, row.finished_at = state, timezone.now()
    row.error_record = error_record(error) if error else None
    row.save(update_fields=["state", "error_record", "finished_at"])
