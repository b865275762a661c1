"""Create, once: the confirmed wizard turned into AWS changes, each journaled.

The operation's row is unique on its draft. Whoever inserts it, or takes up a failed one, does the
work; everybody else finds the row and is shown what came of it. The row holds all it takes to go
on, except the credential, so `run` needs nothing else: not after a refusal, not after a crash.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Credential
from wizard.domain.errors import (
    ANSWER_LOST,
    AwsError,
    CredentialNeeded,
    OperationNotFound,
    RoleWithdrawn,
    RuleAlreadyExists,
    RuleChangedMeanwhile,
    RuleNotFound,
    SecretAlreadyExists,
    SecretNotFound,
    Throttled,
    error_record,
    is_answer_lost,
    known_not_made,
)
from wizard.domain.grants import Role
from wizard.domain.identifiers import SecretArn
from wizard.domain.origins import Origin, Way, acting
from wizard.domain.regions import Target
from wizard.domain.rules import NewRule, Rule, check_new_rule, new_rule_like
from wizard.drafting.drafts import RuleDraft
from wizard.models import (
    UNDER_WAY,
    AuditOutcome,
    Operation,
    OperationState,
    OperationStep,
    new_request_token,
)
from wizard.services import access
from wizard.services.audit.writing import audited, record_event, rule_facts
from wizard.services.secrets import RECOVERY_DAYS, check_unused

CREATE_SECRET = "CreateSecret"  # noqa: S105 - the name of an AWS operation
REPLICATE_SECRET = "ReplicateSecretToRegions"  # noqa: S105
DELETE_SECRET = "DeleteSecret"  # noqa: S105
CREATE_RULE = "CreatePullThroughCacheRule"
DELETE_RULE = "DeletePullThroughCacheRule"
# The same call as any other create; the journal names what it is for.
PUT_BACK = "CreatePullThroughCacheRule (old rule)"
# ECR has been seen to need some ten seconds to see a new secret; together these are fifteen.
WAITS = (1, 2, 3, 4, 5)
FRESH = timedelta(seconds=60)
# How far AWS's clock and ours may be apart.
CLOCK_TOLERANCE = timedelta(seconds=30)
# Between what throttles a rule's new creation and the old rule's: both have the same limit.
PUT_BACK_WAITS = (1, 2, 4)
# Longer than whatever lies between two renewals can take: two calls, each sent three times, and
# the longest wait.
LEASE = timedelta(seconds=90)
# How long the background tries again what AWS throttles, and the shortest and longest time between.
BACKGROUND_LIMIT = timedelta(minutes=10)
SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=60)
# So late the background may be, with other work before this, before it is taken to be gone.
BACKGROUND_LEASE = timedelta(minutes=5)

OPEN_AGAIN = (OperationState.FAILED, OperationState.CLEANED)


class LeaseLost(Exception):
    """Somebody else took the operation up, because its worker had been silent for too long."""


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
    check_draft(draft)
    claimed = claim([draft], actor=actor, batch_id=uuid.uuid4())
    if claimed is None:
        found = Operation.objects.get(draft_id=draft.draft_id)
        return Creation(operation=found, is_ours=False)
    return run(claimed[0], credential=credential)


def check_draft(draft: RuleDraft) -> None:
    """Raises what `create_rule` says, before anything is written."""
    placeholder = placeholder_arn(draft) if draft.makes_secret else None
    check_new_rule(draft.new_rule(credential_arn=placeholder), draft.target)
    _check_replaced(draft)


def claim(
    drafts: Sequence[RuleDraft],
    *,
    actor: User,
    batch_id: uuid.UUID,
    replica_of: str = "",
) -> list[Operation] | None:
    """Take all drafts' operations, or none: None when another request has one of them.

    With `replica_of` the drafts of other Regions than that one use replicas of its secret.
    """
    try:
        with transaction.atomic():
            return [_claimed(draft, actor, batch_id, replica_of) for draft in drafts]
    except (IntegrityError, _TakenByAnother):  # guard: W1
        return None


def run(operation: Operation, *, credential: Credential | None) -> Creation:
    """Do what is still to be done of an operation that the caller has claimed.

    A refusal of AWS's is the Creation's error, not raised. So is CredentialNeeded when a secret
    is still to be made and no credential was given. What AWS refuses for now only, and takes no
    credential any more, is left WAITING for the background, and that is no error. Whoever was
    silent for so long that another took the operation up stops, and `is_ours` is False.
    """
    try:
        return _run(operation, credential)
    except LeaseLost:
        return left_to_another(operation)


def _run(operation: Operation, credential: Credential | None) -> Creation:
    try:
        _secret_then_rule(operation, credential)
    except AwsError as error:
        if _passes(operation, error):
            leave_to_background(operation)
            return _creation(operation)
        finish(operation, OperationState.FAILED)
        return _creation(operation, error)
    except LeaseLost:
        raise
    except Exception:
        # Nobody knows how far it came; the journal does, and the draft can be tried again.
        with suppress(LeaseLost):
            finish(operation, OperationState.FAILED)
        raise
    finish(operation, OperationState.SUCCEEDED)
    _close_asides(operation)
    return _creation(operation)


def _close_asides(operation: Operation) -> None:
    """A secret that was set aside and chosen again after all has its rule now."""
    if arn := operation.rule.credential_arn:
        asides = Operation.objects.filter(account_id=operation.account_id, made_secret_arn=arn)
        asides = asides.filter(state=OperationState.FAILED).exclude(pk=operation.pk)
        asides.update(state=OperationState.CLEANED)


def left_to_another(operation: Operation) -> Creation:
    """What came of an operation that somebody else has taken up.

    When they cleaned up while a call was under way, what that call made is to be cleaned up, too.
    """
    operation.refresh_from_db()
    late = operation.steps.filter(
        state=OperationState.SUCCEEDED, finished_at__gt=operation.finished_at or timezone.now()
    )
    if operation.state == OperationState.CLEANED and late.exists():
        note(operation, state=OperationState.FAILED)
    return Creation(operation=operation, is_ours=False)


def make_secret(operation: Operation, credential: Credential | None) -> None:
    """Make the operation's secret if it is to have one and has none yet."""
    if not operation.needs_credential:
        return
    if credential is None:
        raise CredentialNeeded(operation=CREATE_SECRET, region=operation.region)

    def create(_step: OperationStep) -> str:
        return _create_or_find_secret(operation, credential)

    arn = journal(operation, CREATE_SECRET, operation.secret_name, create)
    note(operation, made_secret_arn=arn, secret_removed_at=None)


def discard_secret(*, draft: RuleDraft) -> bool:
    """Schedule the deletion of the secret that this draft made and whose rule never came to be.

    False when there is nothing to discard: a retry is under way, or has used it. Raises SecretInUse
    like `remove_secret`.
    """
    operation = Operation.objects.filter(draft_id=draft.draft_id, state__in=OPEN_AGAIN).first()
    if operation is None:
        return False
    remove_secret(operation, draft.made_secret_arn)
    return True


def remove_secret(operation: Operation, arn: str) -> None:
    """Let a secret of the operation's go, with RECOVERY_DAYS days to take it back.

    Raises SecretInUse while a rule uses it, in whatever Region, or that is not known.
    """
    check_unused(target=operation.target, arn=arn)  # guard: F8 F14

    def delete(_step: OperationStep) -> str:
        secretsmanager.schedule_secret_deletion(operation.target, arn, days=RECOVERY_DAYS)
        return arn

    journal(operation, DELETE_SECRET, arn, delete)
    note(operation, secret_removed_at=timezone.now())


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
    return Operation.objects.filter(draft_id=draft_id).exclude(state__in=OPEN_AGAIN).first()


def has_lost_rule(*, draft_id: str) -> bool:
    """Whether the draft's failed operation deleted a rule that nothing has replaced."""
    operation = Operation.objects.filter(draft_id=draft_id).first()
    return operation is not None and operation.has_lost_rule


def take_up(operation: Operation, *, actor: User) -> bool:
    """Claim an operation that failed, or whose worker is gone; False when another has it.

    From here on it is the doing of `actor`, in the background as well.
    """
    now = timezone.now()
    nobody = Q(lease_until__lt=now) | Q(lease_until__isnull=True)
    cut_off = Q(state__in=UNDER_WAY) & nobody
    condition = Q(state__in=OPEN_AGAIN) | cut_off
    return _take(operation, condition, waiting_since=None, actor=actor)  # guard: W9


def go_on(*, operation_id: uuid.UUID) -> Operation | None:
    """Try again what waits for the background, as the doing of whoever confirmed it.

    None when there is nothing to do: it has ended, somebody took it up, or it is not due: a task
    that comes twice then makes no second try. Left WAITING again, its `next_try_at` says when to
    come back.
    """
    operation = Operation.objects.select_related("actor").filter(pk=operation_id).first()
    is_due = Q(state=OperationState.WAITING, next_try_at__lte=timezone.now())
    if operation is None or not _take(operation, is_due):
        return None
    person = operation.actor
    with acting(Origin(user_id=person.pk, username=person.get_username(), way=Way.BACKGROUND)):
        if access.may(user=person, role=Role.OPERATOR, target=operation.target):  # guard: W9
            run(operation, credential=None)
        else:
            _refuse(operation, RoleWithdrawn(operation=CREATE_RULE, region=operation.region))
    return operation


def _refuse(operation: Operation, error: AwsError) -> None:
    """End an operation for a reason of the console's own; nothing is sent to AWS."""
    subject = operation.ecr_repository_prefix
    record_event(
        CREATE_RULE, target=operation.target, subject=subject, outcome=AuditOutcome.REFUSED
    )
    note_failure(operation, CREATE_RULE, subject, error)


def note_failure(operation: Operation, action: str, identifier: str, error: AwsError) -> None:
    """Close a held operation with a change that was not even tried, and why."""
    OperationStep.objects.create(
        operation=operation,
        action=action,
        identifier=identifier,
        state=OperationState.FAILED,
        error_record=error_record(error),
        finished_at=timezone.now(),
    )
    finish(operation, OperationState.FAILED)


def waiting_operations(*, batch_id: uuid.UUID | None = None) -> list[Operation]:
    """What waits for the background, of one batch or of all, the next due first."""
    rows = Operation.objects.filter(state=OperationState.WAITING).order_by("next_try_at")
    return list(rows.filter(batch_id=batch_id) if batch_id else rows)


def leave_to_background(operation: Operation) -> None:
    """Say that the background goes on with it; the caller queues that."""
    now = timezone.now()
    since = operation.waiting_since or now
    # Each pause is as long as all the time before it, so there are few tries and a quick first one.
    next_try_at = now + min(max(now - since, SOONEST), LATEST)
    _note_held(
        operation,
        state=OperationState.WAITING,
        waiting_since=since,
        next_try_at=next_try_at,
        lease_until=next_try_at + BACKGROUND_LEASE,
    )


def renew_lease(operation: Operation) -> None:
    """Say that the work goes on. Raises LeaseLost when another has taken it up.

    What is done for another operation's sake, without its lease, has nothing to renew.
    """
    if operation.is_held:
        _note_held(operation, lease_until=timezone.now() + LEASE)


def note(operation: Operation, **columns: Any) -> None:
    """Write columns of the operation's row, whoever holds it: what AWS has made is a fact."""
    for name, value in columns.items():
        setattr(operation, name, value)
    operation.save(update_fields=list(columns))


def _note_held(operation: Operation, **columns: Any) -> None:
    """Write columns of a row that is held: its lease is still as this process left it."""
    held = Operation.objects.filter(pk=operation.pk, lease_until=operation.lease_until)  # guard: F7
    if held.update(**columns) != 1:
        raise LeaseLost(str(operation.pk))
    for name, value in columns.items():
        setattr(operation, name, value)


def finish(operation: Operation, state: OperationState) -> None:
    """Close the operation; whoever shows it next finds what came of it. Raises LeaseLost."""
    _note_held(
        operation,
        state=state,
        finished_at=timezone.now(),
        lease_until=None,
        waiting_since=None,
        next_try_at=None,
    )


def journal(
    operation: Operation,
    action: str,
    identifier: str,
    change: Callable[[OperationStep], str],
    *,
    target: Target | None = None,
    after: Mapping[str, Any] | None = None,
) -> str:
    """Write the intent, make the change, write its result; return what AWS named it.

    `target` is where AWS is called when that is not the operation's own Region, `after` facts for
    the audit trail. Raises AuditUnavailable, and changes nothing, when the audit row cannot be
    written; LeaseLost when the operation was held and another has taken it up.
    """
    renew_lease(operation)
    facts = {"after": after} if after else _facts(operation, action)
    step = OperationStep.objects.create(operation=operation, action=action, identifier=identifier)
    try:
        with audited(action, target=target or operation.target, subject=identifier, **facts):
            step.identifier = change(step)
    except AwsError as error:
        step.state = OperationState.FAILED
        step.error_record = error_record(error)
        raise
    except Exception:
        step.state = OperationState.FAILED
        raise
    else:
        step.state = OperationState.SUCCEEDED
    finally:
        step.finished_at = timezone.now()
        step.save()
    return step.identifier


def with_patience(
    call: Callable[[], None],
    *,
    waits: Sequence[int],
    passing: tuple[type[AwsError], ...],
    before_wait: Callable[[], None],
) -> None:
    """Make a call; while it meets what passes by itself, wait and make it again."""
    for seconds in waits:
        try:
            call()
        except passing:
            before_wait()
            wait(seconds)
        else:
            return
    call()


def wait(seconds: float) -> None:
    """The one place that sleeps; tests put a clock of their own here."""
    time.sleep(seconds)


def is_rule_ours(operation: Operation, rule: NewRule, *, was_lost: bool, since: Any) -> bool:
    """Whether the rule that exists is this operation's own, its answer lost on the way.

    It must be exactly what was asked for. And either an earlier attempt of the same operation
    made it, or an answer to this call was lost and the rule was born during it.
    """
    found = ecr.describe_rule(operation.target, rule.ecr_repository_prefix)
    if new_rule_like(found) != rule:  # guard: F12
        return False
    if was_lost and is_born_since(found, since):
        return True
    return is_made_by_a_step(operation, found, before=since)


def is_made_by_a_step(operation: Operation, found: Rule, *, before: datetime | None = None) -> bool:
    """Whether the operation made a rule that is as it planned it.

    A Create that succeeded proves it. One that was refused never does: whoever else made the rule
    then must not lose it. Of one whose answer nobody has, the rule must be born after it was sent.
    """
    steps = operation.steps.filter(action=CREATE_RULE)
    for step in steps.filter(started_at__lt=before) if before else steps:
        if step.state == OperationState.SUCCEEDED:
            return True
        if step.is_unknown and is_born_since(found, step.started_at):  # guard: F7
            return True
    return False


def is_born_since(rule: Rule, moment: datetime) -> bool:
    """Whether AWS made a rule after that moment, as far as two clocks can tell."""
    return rule.created_at is not None and rule.created_at >= moment - CLOCK_TOLERANCE


def _take(operation: Operation, condition: Q, **columns: Any) -> bool:
    """Claim an operation in that condition; one statement decides, so one of two has it."""
    columns |= {
        "state": OperationState.RUNNING,
        "lease_until": timezone.now() + LEASE,
        "next_try_at": None,
        "finished_at": None,
    }
    is_ours = Operation.objects.filter(condition, pk=operation.pk).update(**columns) == 1
    if is_ours:
        operation.refresh_from_db()
        operation.is_held = True
    return is_ours


def _passes(operation: Operation, error: AwsError) -> bool:
    """Whether AWS refuses for now only, so that the background can go on without a credential.

    A rule that takes another one's place is no such case: the old one is put back at once.
    """
    if operation.needs_credential or operation.replaced is not None:
        return False
    if isinstance(error, SecretNotFound):
        return _made_lately(operation, operation.rule.credential_arn)  # guard: F9
    since = operation.waiting_since or timezone.now()
    return isinstance(error, Throttled) and timezone.now() - since < BACKGROUND_LIMIT


class _TakenByAnother(Exception):
    """A row that another request has taken; ends the transaction that claims them all."""


def _claimed(draft: RuleDraft, actor: User, batch_id: uuid.UUID, replica_of: str) -> Operation:
    """Insert the draft's row, or take up the one that failed."""
    is_replica = replica_of not in ("", draft.target.region)
    # A replica's ARN is noted when Secrets Manager has made it.
    rule = draft.new_rule(credential_arn=None) if draft.makes_secret else draft.new_rule()
    rule = replace(rule, credential_arn=None) if is_replica else rule
    fields: dict[str, Any] = {
        "batch_id": batch_id,
        "actor": actor,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_registry_url": rule.upstream_registry_url,
        "planned_rule": asdict(rule),
        "replaced_rule": asdict(draft.replaces) if draft.replaces else None,
        "secret_name": "" if is_replica else draft.secret_name,
        "replica_of": replica_of if is_replica else "",
        "state": OperationState.RUNNING,
        "lease_until": timezone.now() + LEASE,
        "finished_at": None,
    }
    known = Operation.objects.select_for_update().filter(draft_id=draft.draft_id).first()
    if known is None:
        known = Operation.objects.create(
            draft_id=draft.draft_id,
            account_id=draft.target.account_id,
            region=draft.target.region,
            **fields,
        )
        known.is_held = True
        return known
    if known.state not in OPEN_AGAIN:
        raise _TakenByAnother
    if draft.makes_secret or (known.has_orphan and rule.credential_arn != known.made_secret_arn):
        fields |= _for_another_secret(known, fields["secret_name"])
    note(known, **fields)
    known.is_held = True
    return known


def _for_another_secret(operation: Operation, secret_name: str) -> dict[str, Any]:
    """The columns of a failed row whose next try is to make a secret of that name, or none.

    The same secret is found again by its token. Another one leaves the first to be listed, and one
    that is on its way out is none of the operation's any more.
    """
    arn = operation.made_secret_arn
    name = SecretArn.parse(arn).name if arn else operation.secret_name
    fields: dict[str, Any] = {"made_secret_arn": "", "secret_removed_at": None}
    if operation.has_orphan and name != secret_name:
        _set_aside(operation)
    if operation.secret_removed_at is not None or name != secret_name:
        fields["client_request_token"] = new_request_token()
    return fields


def _set_aside(operation: Operation) -> None:
    """Keep a row for the secret that an earlier try made, now that its rule is to do without it."""
    aside = Operation.objects.get(pk=operation.pk)
    aside.pk = aside.batch_id = uuid.uuid4()
    aside.draft_id = f"aside-{aside.pk}"
    aside.replaced_rule = None  # that goes on with the draft
    aside._state.adding = True
    aside.save(force_insert=True)
    # Whether AWS made it is told by these.
    operation.steps.filter(action=CREATE_SECRET).update(operation=aside)


def _creation(operation: Operation, error: AwsError | None = None) -> Creation:
    made = operation.made_secret_arn if operation.makes_secret else ""
    return Creation(operation=operation, made_secret_arn=made, error=error)


def _secret_then_rule(operation: Operation, credential: Credential | None) -> None:
    make_secret(operation, credential)
    if operation.replaced is None:
        _create_rule(operation)
    else:
        _replace_rule(operation, operation.replaced)


def _create_or_find_secret(operation: Operation, credential: Credential) -> str:
    """Create the secret; one that this operation made already gets what was typed this time."""
    target, name = operation.target, operation.secret_name
    try:
        return secretsmanager.create_secret(
            target,
            name=name,
            credential=credential,
            client_request_token=operation.client_request_token,  # guard: F10
        )
    except SecretAlreadyExists:
        arn = own_secret(operation)
        if not arn:
            raise
    except AwsError as error:
        if not is_answer_lost(error):
            raise
        return _read_back(lambda: own_secret(operation), error)  # guard: F10
    renew_lease(operation)
    secretsmanager.put_secret_value(
        target, arn, credential=credential, client_request_token=str(uuid.uuid4())
    )
    return arn


def _read_back(look: Callable[[], str], error: AwsError) -> str:
    """What AWS holds of a change whose answer was lost; the error when it holds nothing of it."""
    with suppress(AwsError):
        if found := look():
            return found
    raise error


def own_secret(operation: Operation) -> str:
    """ARN of the secret that the operation made, also when the answer was lost; else empty.

    A secret's first version has the id that the request's token had.
    """
    if not operation.makes_secret or operation.secret_removed_at is not None:
        return ""
    try:
        arn, versions = secretsmanager.secret_versions(operation.target, operation.secret_name)
    except SecretNotFound:
        return ""
    return arn if operation.client_request_token in versions else ""


def _create_rule(operation: Operation) -> None:
    rule = operation.rule

    def create(step: OperationStep) -> str:
        # The background comes back instead of waiting.
        waits = operation.waiting_since is None
        is_fresh = waits and _made_lately(operation, rule.credential_arn)
        try:
            with_patience(
                lambda: ecr.create_rule(operation.target, rule),
                waits=WAITS if is_fresh else (),  # guard: F9
                passing=(SecretNotFound,),
                before_wait=lambda: renew_lease(operation),
            )
        except RuleAlreadyExists as error:
            if not is_rule_ours(  # guard: C2
                operation, rule, was_lost=error.was_lost, since=step.started_at
            ):
                raise
        except AwsError as error:
            if not is_answer_lost(error):
                raise
            ours = partial(is_rule_ours, operation, rule, was_lost=True, since=step.started_at)
            prefix = rule.ecr_repository_prefix
            return _read_back(lambda: prefix if ours() else "", error)  # guard: F12
        return rule.ecr_repository_prefix

    try:
        journal(operation, CREATE_RULE, rule.ecr_repository_prefix, create)
    except RuleAlreadyExists:
        # Exactly as asked is as good, whoever made it; the journal says that it was not we.
        found = ecr.describe_rule(operation.target, rule.ecr_repository_prefix)
        if new_rule_like(found) != rule:  # guard: F12
            raise


def _replace_rule(operation: Operation, replaced: NewRule) -> None:
    """Put the new rule in the old one's place in the order that leaves no gap, or the shortest.

    Under another prefix the new rule is made first. Under the same prefix AWS lets the two not
    stand side by side: the old one goes first, and comes back when the new one is refused.
    """
    if operation.ecr_repository_prefix != replaced.ecr_repository_prefix:
        _create_rule(operation)
        _delete_replaced(operation, replaced)
        return
    try:
        _delete_replaced(operation, replaced)
        _create_rule(operation)
    except AwsError:
        if operation.is_old_rule_gone:
            # When that fails too, the journal says so, and the operation is listed for it.
            with suppress(AwsError):
                put_back(operation, replaced)  # guard: F13
        raise


def _delete_replaced(operation: Operation, replaced: NewRule) -> None:
    """Delete the old rule, unless an earlier attempt of the same operation did so.

    Raises RuleAlreadyExists, and deletes nothing, when another rule has its prefix by now.
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
            raise RuleAlreadyExists(operation=DELETE_RULE, region=operation.region)
        ecr.delete_rule_surely(target, prefix)
        return prefix

    journal(operation, DELETE_RULE, prefix, delete)


def _is_new_rule(operation: Operation, found: Rule) -> bool:
    """Whether what has the old rule's prefix is what the operation put in its place."""
    return new_rule_like(found) == operation.rule and is_made_by_a_step(operation, found)


def put_back(operation: Operation, replaced: NewRule) -> None:
    """Make the old rule again, patiently. Raises what AWS answers in the end."""
    target, prefix = operation.target, replaced.ecr_repository_prefix

    def create(_step: OperationStep) -> str:
        try:
            with_patience(
                lambda: ecr.create_rule(target, replaced),
                waits=PUT_BACK_WAITS,
                passing=(Throttled, *ANSWER_LOST),
                before_wait=lambda: renew_lease(operation),
            )
        except RuleAlreadyExists:
            if new_rule_like(ecr.describe_rule(target, prefix)) != replaced:
                raise
        return prefix

    journal(operation, PUT_BACK, prefix, create)


def _facts(operation: Operation, action: str) -> dict[str, Any]:
    """Before and after of a step, for the audit trail; never a credential."""
    old = operation.replaced
    if action == CREATE_RULE:
        return {"after": rule_facts(operation.rule)}
    if action == DELETE_RULE and old is not None:
        return {"before": rule_facts(old)}
    if action == PUT_BACK and old is not None:
        return {"after": rule_facts(old)}
    if action == DELETE_SECRET:
        return {"after": {"recovery_days": RECOVERY_DAYS}}
    return {}


def placeholder_arn(draft: RuleDraft) -> str:
    """An ARN as the secret will have it, so that the rule can be checked before it exists."""
    target = draft.target
    name = draft.secret_name
    return f"arn:aws:secretsmanager:{target.region}:{target.account_id}:secret:{name}-000000"


def _check_replaced(draft: RuleDraft) -> None:
    """The rule to be replaced must still be as it was when the draft began.

    Where an earlier try of the same draft deleted it and could not put it back, there is none.
    """
    if draft.replaces is None:
        return
    known = Operation.objects.filter(draft_id=draft.draft_id).first()
    if known is not None and known.is_old_rule_gone:
        return
    now = ecr.describe_rule(draft.target, draft.replaces.ecr_repository_prefix)
    if new_rule_like(now) != draft.replaces:
        raise RuleChangedMeanwhile(now)


def _made_lately(operation: Operation, secret_arn: str | None) -> bool:
    """Whether these operations made that secret, or its original, less than a minute ago."""
    return OperationStep.objects.filter(
        operation__batch_id=operation.batch_id,
        action__in=(CREATE_SECRET, REPLICATE_SECRET),
        state=OperationState.SUCCEEDED,
        identifier__endswith=(secret_arn or "-").rpartition(":")[2],
        finished_at__gt=timezone.now() - FRESH,
    ).exists()
