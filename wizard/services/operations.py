"""Create, once: the confirmed wizard turned into AWS changes, each journaled.

The operation's row is unique on its draft. Whoever inserts it, or takes up a failed one, does the
work; everybody else finds the row and is shown what came of it.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Credential
from wizard.domain.errors import (
    AwsError,
    OperationNotFound,
    RuleAlreadyExists,
    RuleChangedMeanwhile,
    SecretNotFound,
    error_record,
)
from wizard.domain.rules import NewRule, check_new_rule, new_rule_like
from wizard.domain.targets import Target
from wizard.drafts import RuleDraft
from wizard.models import Operation, OperationState, OperationStep
from wizard.services.audit import audited
from wizard.services.credentials import RECOVERY_DAYS

CREATE_SECRET = "CreateSecret"  # noqa: S105 - the name of an AWS operation
CREATE_RULE = "CreatePullThroughCacheRule"
DELETE_RULE = "DeletePullThroughCacheRule"
# The same call as any other create; the journal names what it is for.
PUT_BACK = "CreatePullThroughCacheRule (old rule)"
# ECR has been seen to need some ten seconds to see a new secret; together these are fifteen.
WAITS = (1, 2, 3, 4, 5)
FRESH = timedelta(seconds=60)
# How far AWS's clock and ours may be apart.
CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What a confirmed Create came to.

    `error` is AWS's refusal when it failed; `made_secret_arn` a secret that exists because of
    this operation, whether the rule then came to be or not. `is_ours` is False when another
    request of the same draft holds the work.
    """

    operation: Operation
    is_ours: bool = True
    made_secret_arn: str = ""
    error: AwsError | None = None


def create_rule(*, draft: RuleDraft, credential: Credential | None, actor: User) -> Creation:
    """Make the draft's secret, if it asks for one, and its rule.

    The draft must be complete and `credential` given when it makes a secret. Raises InvalidRule
    or InvalidIdentifier before anything is written when the answers do not make a rule, and
    RuleChangedMeanwhile or RuleNotFound when the rule to be replaced is not what it was.
    """
    _check(draft)
    _check_replaced(draft)
    operation, is_ours = _claim(draft, actor)
    if not is_ours:
        return Creation(operation=operation, is_ours=False)
    secret_arn = ""
    try:
        if draft.makes_secret and credential is not None:
            secret_arn = _create_secret(operation, draft, credential)
        if draft.replaces is None:
            _create_rule(operation, draft, secret_arn)
        else:
            _replace_rule(operation, draft, draft.replaces, secret_arn)
    except AwsError as error:
        _finish(operation, OperationState.FAILED)
        return Creation(operation=operation, made_secret_arn=secret_arn, error=error)
    except Exception:
        # Nobody knows how far it came; the journal does, and the draft can be tried again.
        _finish(operation, OperationState.FAILED)
        raise
    _finish(operation, OperationState.SUCCEEDED)
    return Creation(operation=operation, made_secret_arn=secret_arn)


def discard_secret(*, draft: RuleDraft) -> None:
    """Schedule the deletion of the secret that this draft made and whose rule never came to be."""
    operation = Operation.objects.get(draft_id=draft.draft_id, state=OperationState.FAILED)

    def delete(_step: OperationStep) -> str:
        secretsmanager.schedule_secret_deletion(
            draft.target, draft.made_secret_arn, days=RECOVERY_DAYS
        )
        return draft.made_secret_arn

    _journal(operation, "DeleteSecret", draft.made_secret_arn, delete)


def get_operation(*, operation_id: uuid.UUID, target: Target) -> Operation:
    """Find an operation of this account and Region; raises OperationNotFound."""
    operation = (
        Operation.objects.select_related("actor")
        .filter(pk=operation_id, account_id=target.account_id, region=target.region)
        .first()
    )
    if operation is None:
        raise OperationNotFound(str(operation_id))
    return operation


def settled_operation(*, draft_id: str) -> Operation | None:
    """The operation of a draft that is under way or done; None while it can still be changed."""
    return Operation.objects.filter(draft_id=draft_id).exclude(state=OperationState.FAILED).first()


def _check(draft: RuleDraft) -> None:
    placeholder = _placeholder_arn(draft) if draft.makes_secret else None
    check_new_rule(draft.new_rule(credential_arn=placeholder), draft.target)


def _placeholder_arn(draft: RuleDraft) -> str:
    """An ARN as the secret will have it, so that the rule can be checked before it exists."""
    target = draft.target
    name = draft.secret_name
    return f"arn:aws:secretsmanager:{target.region}:{target.account_id}:secret:{name}-000000"


def _claim(draft: RuleDraft, actor: User) -> tuple[Operation, bool]:
    """Take the draft's one operation, or find that it is somebody else's: (row, is ours)."""
    rule = draft.new_rule()
    fields = {
        "actor": actor,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_registry_url": rule.upstream_registry_url,
        "state": OperationState.RUNNING,
        "finished_at": None,
    }
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                draft_id=draft.draft_id,
                account_id=draft.target.account_id,
                region=draft.target.region,
                **fields,
            )
    except IntegrityError:
        failed = Operation.objects.filter(draft_id=draft.draft_id, state=OperationState.FAILED)
        is_ours = failed.update(**fields) == 1
        return Operation.objects.get(draft_id=draft.draft_id), is_ours
    return operation, True


def _create_secret(operation: Operation, draft: RuleDraft, credential: Credential) -> str:
    name = draft.secret_name
    return _journal(
        operation,
        CREATE_SECRET,
        name,
        lambda step: secretsmanager.create_secret(
            draft.target,
            name=name,
            credential=credential,
            client_request_token=f"{operation.pk}-{step.pk}",
        ),
    )


def _create_rule(operation: Operation, draft: RuleDraft, secret_arn: str) -> None:
    rule = draft.new_rule(credential_arn=secret_arn or None)

    def create(step: OperationStep) -> str:
        is_fresh = secret_arn != "" or _made_lately(operation, rule.credential_arn)
        try:
            with_patience(lambda: ecr.create_rule(draft.target, rule), is_fresh=is_fresh)
        except RuleAlreadyExists as error:
            if not _is_ours(step, draft.target, rule, was_resent=error.retries > 0):
                raise
        return rule.ecr_repository_prefix

    _journal(operation, CREATE_RULE, rule.ecr_repository_prefix, create)


def _is_ours(step: OperationStep, target: Target, rule: NewRule, *, was_resent: bool) -> bool:
    """Whether the rule that exists is this operation's own, its answer lost on the way.

    It must be exactly what was asked for. And either an earlier attempt of the same operation
    asked for it, or this call was sent more than once and the rule was born during it.
    """
    found = ecr.describe_rule(target, rule.ecr_repository_prefix)
    if new_rule_like(found) != rule:
        return False
    earlier = step.operation.steps.filter(action=CREATE_RULE).exclude(pk=step.pk)
    if earlier.exists():
        return True
    since = step.started_at - CLOCK_TOLERANCE
    return was_resent and found.created_at is not None and found.created_at >= since


def _replace_rule(
    operation: Operation, draft: RuleDraft, replaced: NewRule, secret_arn: str
) -> None:
    """Put the new rule in the old one's place in the order that leaves no gap, or the shortest.

    Under another prefix the new rule is made first. Under the same prefix AWS lets the two not
    stand side by side: the old one goes first, and comes back when the new one is refused.
    """
    if draft.cache_prefix != replaced.ecr_repository_prefix:
        _create_rule(operation, draft, secret_arn)
        _delete_replaced(operation, draft, replaced)
        return
    _delete_replaced(operation, draft, replaced)
    try:
        _create_rule(operation, draft, secret_arn)
    except AwsError:
        _put_back(operation, draft, replaced)
        raise


def _delete_replaced(operation: Operation, draft: RuleDraft, replaced: NewRule) -> None:
    def delete(_step: OperationStep) -> str:
        ecr.delete_rule(draft.target, replaced.ecr_repository_prefix)
        return replaced.ecr_repository_prefix

    _journal(operation, DELETE_RULE, replaced.ecr_repository_prefix, delete)


def _put_back(operation: Operation, draft: RuleDraft, replaced: NewRule) -> None:
    """Make the old rule again. When that fails too, the journal's last step says so."""

    def create(_step: OperationStep) -> str:
        ecr.create_rule(draft.target, replaced)
        return replaced.ecr_repository_prefix

    with suppress(AwsError):
        _journal(operation, PUT_BACK, replaced.ecr_repository_prefix, create)


def _check_replaced(draft: RuleDraft) -> None:
    """The rule to be replaced must still be as it was when the draft began."""
    if draft.replaces is None:
        return
    now = ecr.describe_rule(draft.target, draft.replaces.ecr_repository_prefix)
    if new_rule_like(now) != draft.replaces:
        raise RuleChangedMeanwhile(now)


def with_patience(call: Callable[[], None], *, is_fresh: bool) -> None:
    """Make a call; while ECR does not see a secret made seconds ago, wait and make it again.

    Only on SecretNotFound, only when `is_fresh`, and never longer than the sum of `WAITS`.
    """
    for seconds in WAITS if is_fresh else ():
        try:
            call()
        except SecretNotFound:
            wait(seconds)
        else:
            return
    call()


def wait(seconds: float) -> None:
    """The one place that sleeps; tests put a clock of their own here."""
    time.sleep(seconds)


def _made_lately(operation: Operation, secret_arn: str | None) -> bool:
    """Whether this operation made that secret less than a minute ago."""
    return operation.steps.filter(
        action=CREATE_SECRET,
        state=OperationState.SUCCEEDED,
        identifier=secret_arn or "",
        finished_at__gt=timezone.now() - FRESH,
    ).exists()


def _journal(
    operation: Operation, action: str, identifier: str, change: Callable[[OperationStep], str]
) -> str:
    """Write the intent, make the change, write its result; return what AWS named it."""
    step = OperationStep.objects.create(operation=operation, action=action, identifier=identifier)
    try:
        with audited(action, target=operation.target, subject=identifier):
            step.identifier = change(step)
    except AwsError as error:
        step.state = OperationState.FAILED
        step.error_record = error_record(error)
        raise
    else:
        step.state = OperationState.SUCCEEDED
    finally:
        step.finished_at = timezone.now()
        step.save()
    return step.identifier


def _finish(operation: Operation, state: OperationState) -> None:
    operation.state = state
    operation.finished_at = timezone.now()
    operation.save(update_fields=["state", "finished_at"])
