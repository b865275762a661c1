"""After a crash: operations cut off, what AWS really holds of them, and the two ways to end them.

An operation whose lease has run out has nobody working at it. Its row says what was to be made; AWS
says what is there. `complete` makes what is missing, `clean_up` takes back what the operation made.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Credential, Secret
from wizard.domain.errors import (
    AwsError,
    ConsoleError,
    RuleNotFound,
    SecretAwaited,
    SecretInUse,
    SecretNotFound,
)
from wizard.domain.grants import Role
from wizard.domain.identifiers import replica_arn
from wizard.domain.regions import Target
from wizard.domain.rules import Rule, new_rule_like
from wizard.models import UNDER_WAY, AuditOutcome, Operation, OperationState, OperationStep
from wizard.services import access, batches, operations, secrets
from wizard.services.audit.writing import close_cut_off
from wizard.services.operations import CREATE_RULE, DELETE_RULE, Creation, LeaseLost


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What AWS holds of an operation.

    `secret_arn` is the secret it made, empty when there is none, and `replica_regions` where that
    has replicas; `rule` what has its prefix, whoever made it; `free_prefixes` those of its rule and
    of the one to be replaced that no rule has; `error` why AWS could not be asked, and then nothing
    else is known.
    """

    operation: Operation
    secret_arn: str = ""
    replica_regions: tuple[str, ...] = ()
    rule: Rule | None = None
    is_rule_as_planned: bool = False
    free_prefixes: frozenset[str] = frozenset()
    error: AwsError | None = None

    @property
    def has_lost_rule(self) -> bool:
        """Whether the operation deleted the rule to be replaced, or may have, and it is gone."""
        old = self.operation.replaced
        is_gone = old is not None and old.ecr_repository_prefix in self.free_prefixes
        return is_gone and self.operation.is_old_rule_gone


def interrupted_operations(*, account_id: str = "") -> list[Operation]:
    """Operations in progress at which nobody works any more, oldest first."""
    rows = Operation.objects.filter(state__in=UNDER_WAY).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    )
    found = rows.filter(account_id=account_id) if account_id else rows
    return list(found.select_related("actor").prefetch_related("steps").order_by("created_at"))


def orphans(*, account_id: str, regions: Collection[str]) -> list[Operation]:
    """Operations with a secret whose rule does not exist, oldest first."""
    rows = (
        Operation.objects.filter(
            account_id=account_id, region__in=regions, secret_removed_at__isnull=True
        )
        .exclude(secret_name="", made_secret_arn="")
        .exclude(state=OperationState.SUCCEEDED)
        .select_related("actor")
        .prefetch_related("steps")
    )
    return [each for each in rows.order_by("created_at") if each.has_orphan]


def lost_rules(*, account_id: str, regions: Collection[str]) -> list[Operation]:
    """Failed replacements whose old rule is gone, or may be, oldest first."""
    rows = Operation.objects.filter(
        account_id=account_id,
        region__in=regions,
        state=OperationState.FAILED,
        replaced_rule__isnull=False,
    )
    found = rows.select_related("actor").prefetch_related("steps").order_by("created_at")
    return [each for each in found if each.has_lost_rule]


def has_unsettled(*, target: Target) -> bool:
    """Whether the Region has an operation cut off, a secret without its rule, or a rule lost."""
    if lost_rules(account_id=target.account_id, regions=[target.region]):
        return True
    cut_off = interrupted_operations(account_id=target.account_id)
    if any(each.region == target.region for each in cut_off):
        return True
    return bool(orphans(account_id=target.account_id, regions=[target.region]))


def compare(operation: Operation) -> Finding:
    """Ask AWS what there is. Changes nothing."""
    try:
        secret = _secret_of(operation)
        rule = _rule_at(operation)
        free = _free_prefixes(operation, rule)
    except AwsError as error:
        return Finding(operation=operation, error=error)
    arn = secret.arn if secret else ""
    return Finding(
        operation=operation,
        secret_arn=arn,
        replica_regions=secret.replica_regions if secret else (),
        rule=rule,
        free_prefixes=free,
        is_rule_as_planned=(
            rule is not None and _is_as_planned(operation, rule, arn or operation.made_secret_arn)
        ),
    )


def note_secrets(failed: Collection[Operation]) -> None:
    """Note which of their secrets AWS holds: a retry uses those and asks for no credential.

    One may have been made although the answer was lost, another deleted by somebody since. A
    Region that does not answer is left as it is.
    """
    for operation in failed:
        if not operation.has_orphan:
            continue
        with suppress(AwsError):
            secret = _secret_of(operation)
            _note_unheld(operation, secret.arn if secret else "")


def complete(*, operation: Operation, credential: Credential | None, actor: User) -> Creation:
    """Make what is missing; whatever exists is not made again.

    `credential` is needed only where the secret is still to be made. Raises an AwsError when AWS
    cannot be asked, and NotPermitted when a secret is to be replicated out of a Region that is not
    the person's, before anything is changed.
    """
    finding = compare(operation)
    if finding.error is not None:
        raise finding.error
    batches.check_sources([operation], actor=actor)
    if not operations.take_up(operation, actor=actor):
        return Creation(operation=operation, is_ours=False)
    _settle_steps(operation, finding)
    _note_secret(operation, finding.secret_arn)
    if not _is_done(operation, finding):
        return batches.work([operation], credential)[operation.target]
    try:
        operations.finish(operation, OperationState.SUCCEEDED)
    except LeaseLost:
        return operations.left_to_another(operation)
    return Creation(operation=operation)


def clean_up(*, operation: Operation, actor: User) -> ConsoleError | None:
    """Take back what the operation made: its rule, then its secret, which can be restored.

    What it did not make, or what a rule uses, stays. Returns AWS's refusal, or SecretInUse where
    nobody knows whether a rule uses the secret, and then the operation stays open; SecretAwaited,
    before anything is changed, while another Region is about to use it. Raises NotPermitted when
    replicas would go in a Region that is not the person's.
    """
    finding = compare(operation)
    if finding.error is not None:
        return finding.error
    if _is_awaited(operation, finding):
        return SecretAwaited(operation.region)
    if finding.replica_regions and not _is_used_elsewhere(operation, finding):
        for region in finding.replica_regions:
            target = replace(operation.target, region=region)
            access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    if not operations.take_up(operation, actor=actor):
        return None
    try:
        return _clean_up(operation, finding)
    except LeaseLost:
        operations.left_to_another(operation)
        return None


def _clean_up(operation: Operation, finding: Finding) -> ConsoleError | None:
    try:
        # What was ours is known only while the steps say what is not known.
        made_the_rule = _made_the_rule(operation, finding)
        _settle_steps(operation, finding)
        _take_back(operation, finding, made_the_rule=made_the_rule)
    except (AwsError, SecretInUse) as error:
        operations.finish(operation, OperationState.FAILED)
        return error
    operations.finish(operation, OperationState.CLEANED)
    return None


def _secret_of(operation: Operation) -> Secret | None:
    """The operation's secret if AWS holds it, None if it is gone or on its way out."""
    if operation.secret_removed_at is not None:
        return None
    arn = operation.made_secret_arn or operations.own_secret(operation)
    if not arn:
        return None
    try:
        secret = secretsmanager.describe_secret(operation.target, arn)
    except SecretNotFound:
        return None
    return None if secret.deleted_at else secret


def _note_secret(operation: Operation, arn: str) -> None:
    """What AWS holds counts, not what was noted when the secret was made."""
    if operation.makes_secret and arn != operation.made_secret_arn:  # guard: F7
        operations.note(operation, made_secret_arn=arn)


def _note_unheld(operation: Operation, arn: str) -> None:
    """The same for a row that nobody holds: unless it is another by now than it was read."""
    noted = operation.made_secret_arn
    row = Operation.objects.filter(
        pk=operation.pk, state=OperationState.FAILED, made_secret_arn=noted
    )
    if operation.makes_secret and arn != noted and row.update(made_secret_arn=arn):
        operation.made_secret_arn = arn


def _free_prefixes(operation: Operation, rule: Rule | None) -> frozenset[str]:
    """Where no rule stands, of the operation's own prefix and that of the rule to be replaced."""
    own, old = operation.ecr_repository_prefix, operation.replaced
    free = {own} if rule is None else set()
    if old is not None and old.ecr_repository_prefix != own:
        free |= (
            {old.ecr_repository_prefix} if _is_gone(operation, old.ecr_repository_prefix) else set()
        )
    return frozenset(free)


def _rule_at(operation: Operation) -> Rule | None:
    try:
        return ecr.describe_rule(operation.target, operation.ecr_repository_prefix)
    except RuleNotFound:
        return None


def _is_as_planned(operation: Operation, rule: Rule, secret_arn: str) -> bool:
    """Whether the rule is what was to be made, also when the answer to CreateSecret was lost."""
    planned = operation.rule
    if operation.makes_secret:
        planned = replace(planned, credential_arn=secret_arn or None)
    return new_rule_like(rule) == planned


def _is_done(operation: Operation, finding: Finding) -> bool:
    """Whether only the result was not written down any more."""
    if not finding.is_rule_as_planned or finding.rule is None:
        return False
    old = operation.replaced
    moved = old is not None and old.ecr_repository_prefix != operation.ecr_repository_prefix
    return not moved and _asked_since(operation) is not None


def _asked_since(operation: Operation) -> datetime | None:
    """When the operation first asked for its rule."""
    steps: Sequence[OperationStep] = list(operation.steps.filter(action=CREATE_RULE))
    return min((step.started_at for step in steps), default=None)


def _made_the_rule(operation: Operation, finding: Finding) -> bool:
    """Whether the rule is as planned and the operation made it."""
    if finding.rule is None or not finding.is_rule_as_planned:
        return False
    return operations.is_made_by_a_step(operation, finding.rule)


def _settle_steps(operation: Operation, finding: Finding) -> None:
    """Write the ends of steps that a crash cut off, in the journal and in the audit trail.

    What became of a secret or a rule AWS tells. Of the others it is not known; they are made again,
    and what is made already is not made twice.
    """
    for step in operation.steps.filter(state=OperationState.RUNNING):
        made = {
            operations.CREATE_SECRET: bool(finding.secret_arn),
            CREATE_RULE: finding.is_rule_as_planned,
            DELETE_RULE: step.identifier in finding.free_prefixes,  # guard: F7 F13
        }
        was_made = made.get(step.action, False)
        outcome = AuditOutcome.SUCCEEDED if was_made else AuditOutcome.FAILED
        close_cut_off(
            step.action, target=operation.target, subject=step.identifier, outcome=outcome
        )
        step.state = OperationState.SUCCEEDED if was_made else OperationState.FAILED
        if step.action == operations.CREATE_SECRET and was_made:
            step.identifier = finding.secret_arn
        step.finished_at = timezone.now()
        step.save()


def _take_back(operation: Operation, finding: Finding, *, made_the_rule: bool) -> None:
    if made_the_rule:  # guard: F7
        _delete_rule(operation)
    old = operation.replaced
    was_gone = old is not None and operation.is_old_rule_gone
    if old is not None and was_gone and _is_gone(operation, old.ecr_repository_prefix):
        operations.put_back(operation, old)  # guard: F13
    if finding.secret_arn:
        try:
            _remove_secret(operation, finding)
        except SecretInUse as error:
            if error.unread:
                raise


def _is_awaited(operation: Operation, finding: Finding) -> bool:
    """Whether a Region is about to make a rule that uses a replica of the operation's secret."""
    if not finding.secret_arn:
        return False
    others = Operation.objects.filter(account_id=operation.account_id, state__in=UNDER_WAY)
    for other in others.filter(replica_of=operation.region):
        replica = replica_arn(finding.secret_arn, other.region)
        is_to_come = other.rule.credential_arn is None and other.batch_id == operation.batch_id
        if other.is_under_way and (is_to_come or other.rule.credential_arn == replica):
            return True  # guard: F8
    return False


def _is_used_elsewhere(operation: Operation, finding: Finding) -> bool:
    """Whether a rule besides the operation's own uses the secret, which then stays."""
    own = (operation.region, operation.ecr_repository_prefix)
    try:
        secrets.check_unused(target=operation.target, arn=finding.secret_arn)
    except SecretInUse as error:
        return any(user != own for user in error.users)
    return False


def _remove_secret(operation: Operation, finding: Finding) -> None:
    """A secret with replicas cannot be deleted: those go first, and only where none is used."""
    secrets.check_unused(target=operation.target, arn=finding.secret_arn)  # guard: F8
    if finding.replica_regions:
        _remove_replicas(operation, finding.secret_arn, finding.replica_regions)
    operations.remove_secret(operation, finding.secret_arn)


def _delete_rule(operation: Operation) -> None:
    prefix = operation.ecr_repository_prefix

    def delete(_step: OperationStep) -> str:
        with suppress(RuleNotFound):
            ecr.delete_rule_surely(operation.target, prefix)
        return prefix

    operations.journal(operation, DELETE_RULE, prefix, delete)


def _is_gone(operation: Operation, prefix: str) -> bool:
    with suppress(RuleNotFound):
        ecr.describe_rule(operation.target, prefix)
        return False
    return True


def _remove_replicas(operation: Operation, arn: str, regions: Sequence[str]) -> None:
    def remove(_step: OperationStep) -> str:
        secretsmanager.remove_replicas(operation.target, arn, regions)
        return arn

    after = {"regions": list(regions)}
    operations.journal(operation, "RemoveRegionsFromReplication", arn, remove, after=after)
