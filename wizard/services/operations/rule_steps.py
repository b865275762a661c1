"""The rule of an operation: created once, recognised as its own, or put in another one's place."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.db.models import Q
from django.utils import timezone

from wizard.backend import ecr
from wizard.domain import AwsAction, NewRule, Rule, new_rule_like
from wizard.domain.clocks import CLOCK_TOLERANCE
from wizard.domain.errors import (
    ANSWER_LOST,
    AwsError,
    RuleAlreadyExists,
    RuleNotFound,
    SecretNotFound,
    Throttled,
    is_answer_lost,
    known_not_made,
)
from wizard.models import Operation, OperationState, OperationStep
from wizard.services import new_secrets
from wizard.services.operations import calls, leases
from wizard.services.operations.journal import journal

# Pauses before the old rule is created again: what throttled the new rule throttles the old one.
PUT_BACK_WAITS = (1, 2, 4)


def make_rule(operation: Operation) -> None:
    """Create the operation's rule, or put it in the place of the rule that it replaces.

    Under another prefix the new rule is created first. Two rules with the same prefix cannot exist
    at the same time: the old one is deleted first, and created again when AWS refuses the new one.
    """
    replaced = operation.replaced
    if replaced is None:
        _create_rule(operation)
        return
    if not operation.replaces_its_prefix:
        _create_rule(operation)
        _delete_replaced(operation, replaced)
        return
    try:
        _delete_replaced(operation, replaced)
        _create_rule(operation)
    except AwsError:
        if operation.is_old_rule_gone:
            # If this fails as well, the journal has it and the operation is listed as such.
            with suppress(AwsError):
                put_back(operation, replaced)  # guard: F13
        raise


def put_back(operation: Operation, replaced: NewRule) -> None:
    """Create the replaced rule again, with retries. Raises what AWS answers in the end."""
    target, prefix = operation.target, replaced.ecr_repository_prefix

    def create(_step: OperationStep) -> str:
        try:
            calls.repeat_call(
                lambda: ecr.create_rule(target, replaced),
                waits=PUT_BACK_WAITS,
                passing=(Throttled, *ANSWER_LOST),
                before_wait=lambda: leases.renew(operation),
            )
        except RuleAlreadyExists:
            if new_rule_like(ecr.describe_rule(target, prefix)) != replaced:
                raise
        return prefix

    journal(operation, AwsAction.PUT_BACK_RULE, prefix, create)


def delete_rule(operation: Operation) -> None:
    """Delete the rule that the operation created. A rule that is gone already is no error."""
    prefix = operation.ecr_repository_prefix

    def delete(_step: OperationStep) -> str:
        with suppress(RuleNotFound):
            ecr.delete_rule_surely(operation.target, prefix)
        return prefix

    journal(operation, AwsAction.DELETE_RULE, prefix, delete)


def is_made_by_a_step(operation: Operation, found: Rule, *, before: datetime | None = None) -> bool:
    """Whether the operation created this rule, which is as it planned it.

    A successful step proves that. A refused one never does, for then somebody else created the rule
    and must not lose it. If the answer to a step is not known, the rule must be younger than it.
    """
    steps = operation.steps.filter(action=AwsAction.CREATE_RULE)
    for step in steps.filter(started_at__lt=before) if before else steps:
        if step.state == OperationState.SUCCEEDED:
            return True
        if step.is_unknown and _is_born_since(found, step.started_at):  # guard: F7
            return True
    return False


def is_secret_fresh(operation: Operation, secret_arn: str | None) -> bool:
    """Whether this batch created that secret, or the original of that replica, a moment ago.

    A step whose answer was lost has the secret's name only. The operation's row has the ARN when
    the secret was found. A secret that somebody else created is new if AWS says so.
    """
    made = Q(
        state=OperationState.SUCCEEDED,
        action__in=(AwsAction.CREATE_SECRET, AwsAction.REPLICATE_SECRET),
        identifier__endswith=":secret:" + (secret_arn or "-").rpartition(":")[2],
    )
    if secret_arn and secret_arn == operation.made_secret_arn:
        made |= Q(operation=operation, action=AwsAction.CREATE_SECRET)
    is_of_batch = OperationStep.objects.filter(
        made,
        operation__batch_id=operation.batch_id,
        finished_at__gt=timezone.now() - new_secrets.FRESH,
    ).exists()
    if is_of_batch or not secret_arn:
        return is_of_batch
    return new_secrets.is_new(operation.target, secret_arn)  # guard: F9


def _create_rule(operation: Operation) -> None:
    rule = operation.rule

    def create(step: OperationStep) -> str:
        try:
            calls.repeat_call(
                lambda: ecr.create_rule(operation.target, rule),
                waits=_waits(operation, rule.credential_arn),
                passing=(SecretNotFound,),
                before_wait=lambda: leases.renew(operation),
            )
        except RuleAlreadyExists as error:
            if not _is_rule_ours(  # guard: C2
                operation, rule, was_lost=error.was_lost, since=step.started_at
            ):
                raise
        except AwsError as error:
            if not is_answer_lost(error):
                raise
            ours = partial(_is_rule_ours, operation, rule, was_lost=True, since=step.started_at)
            prefix = rule.ecr_repository_prefix
            return calls.read_back(lambda: prefix if ours() else "", error)  # guard: F12
        return rule.ecr_repository_prefix

    try:
        journal(operation, AwsAction.CREATE_RULE, rule.ecr_repository_prefix, create)
    except RuleAlreadyExists:
        # A rule exactly as requested is a success, whoever created it. The journal has the truth.
        found = ecr.describe_rule(operation.target, rule.ecr_repository_prefix)
        if new_rule_like(found) != rule:  # guard: F12
            raise


def _waits(operation: Operation, secret_arn: str | None) -> Iterator[int]:
    """Pauses between the attempts to create a rule whose secret ECR may not see yet.

    A generator, so that the database is only asked when ECR has not seen the secret.
    """
    if operation.waiting_since is not None:  # the background comes back instead
        return
    if is_secret_fresh(operation, secret_arn):  # guard: F9
        yield from new_secrets.WAITS


def _is_rule_ours(operation: Operation, rule: NewRule, *, was_lost: bool, since: datetime) -> bool:
    """Whether the rule that exists is this operation's own.

    It must be exactly as requested. And either the answer to this call was lost and the rule was
    created during it, or an earlier attempt of the same operation created it.
    """
    found = ecr.describe_rule(operation.target, rule.ecr_repository_prefix)
    if new_rule_like(found) != rule:  # guard: F12
        return False
    if was_lost and _is_born_since(found, since):
        return True
    return is_made_by_a_step(operation, found, before=since)


def _is_born_since(rule: Rule, moment: datetime) -> bool:
    """Whether AWS created a rule after that moment, within the tolerance of the clocks."""
    moment -= CLOCK_TOLERANCE  # guard: F7
    return rule.created_at is not None and rule.created_at >= moment


def _delete_replaced(operation: Operation, replaced: NewRule) -> None:
    """Delete the old rule, unless an earlier attempt of the same operation did.

    Raises RuleAlreadyExists, and deletes nothing, when the prefix has another rule by now.
    """
    target, prefix = operation.target, replaced.ecr_repository_prefix
    was_gone = operation.is_old_rule_gone

    def delete(_step: OperationStep) -> str:
        try:
            found = ecr.describe_rule(target, prefix)
        except RuleNotFound:
            if was_gone:
                return prefix
            raise
        except AwsError as error:
            raise known_not_made(error) from None
        if _is_new_rule(operation, found):
            return prefix
        if new_rule_like(found) != replaced:  # guard: C1
            raise RuleAlreadyExists(operation=AwsAction.DELETE_RULE, region=operation.region)
        ecr.delete_rule_surely(target, prefix)
        return prefix

    journal(operation, AwsAction.DELETE_RULE, prefix, delete)


def _is_new_rule(operation: Operation, found: Rule) -> bool:
    """Whether the rule with the old one's prefix is the new one, created by an earlier attempt."""
    return new_rule_like(found) == operation.rule and is_made_by_a_step(operation, found)
