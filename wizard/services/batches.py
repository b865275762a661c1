"""One rule in many Regions: operations confirmed together, the Regions in parallel.

Each Region is an operation of its own, with its own secret and its own token, so one that fails
keeps no other from going on. Where Secrets Manager is to replicate the secret, it is made and
replicated first.
"""

import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import asdict, replace
from enum import StrEnum
from itertools import groupby

from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Max, QuerySet

from wizard.backend import secretsmanager
from wizard.domain.credentials import Credential
from wizard.domain.errors import (
    AwsError,
    OperationNotFound,
    RegionUnreachable,
    SecretNotFound,
    is_answer_lost,
)
from wizard.domain.grants import Role
from wizard.domain.identifiers import replica_arn
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.drafting.drafts import RuleDraft
from wizard.models import UNDER_WAY, Operation, OperationState, OperationStep
from wizard.services import access, operations
from wizard.services.copy_plans import CopyPlan, CopyState, plan_copies
from wizard.services.operations import Creation, LeaseLost


class Spread(StrEnum):
    """Where the secrets of further Regions come from."""

    EACH = "each"
    REPLICATED = "replicated"


def create_rules(
    *,
    draft: RuleDraft,
    plans: Collection[CopyPlan] = (),
    spread: Spread = Spread.EACH,
    credential: Credential | None,
    actor: User,
) -> Creation:
    """Make the draft's rule in its own Region and in the plans' further ones, once.

    Of the plans those count that make a rule, or may after all; a Region whose plan asks for a
    credential gets a secret of its own, and one of which nothing is known a failure that says why.
    Returns what came of the own Region; its batch has the others. Raises what
    `operations.create_rule` does, and NotPermitted for a Region that is not the person's, before
    anything is written.
    """
    further = [_elsewhere(draft, plan, spread) for plan in plans if _is_tried(plan, draft, spread)]
    drafts = [draft, *further]
    for each in drafts:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)  # guard: W9
        operations.check_draft(each)
    unknown = {plan.target: plan.error for plan in plans if _is_unknown(plan, draft, spread)}
    for target in unknown:
        access.check_access(user=actor, role=Role.OPERATOR, target=target)
    source = draft.target.region if spread is Spread.REPLICATED and further else ""
    if source and not draft.makes_secret:
        _check_original(draft.target, draft.new_rule().credential_arn, actor)
    untried = [replace(_in_region(draft, target), sealed_credential="") for target in unknown]
    claimed = operations.claim(
        [*drafts, *untried], actor=actor, batch_id=_batch_of(draft), replica_of=source
    )
    if claimed is None:
        found = Operation.objects.get(draft_id=draft.draft_id)
        return Creation(operation=found, is_ours=False)
    for left in claimed[len(drafts) :]:
        _leave_untried(left, unknown[left.target])
    return work(claimed[: len(drafts)], credential)[draft.target]


def plan_further(
    *, draft: RuleDraft, targets: Collection[Target], spread: Spread
) -> list[CopyPlan]:
    """What the draft's rule comes to in further Regions, in the order of their codes."""
    rule = _as_rule(draft)
    plans = plan_copies(rule=rule, targets=targets)
    if spread is Spread.EACH or rule.credential_arn is None:
        if draft.makes_secret or rule.credential_arn is None:
            return plans
        return [_without_credential(plan) for plan in plans]
    return [_replicated(plan, draft.target.region) for plan in plans]


def create_each(
    *,
    drafts: Collection[RuleDraft],
    batch_id: uuid.UUID,
    credential: Credential | None,
    actor: User,
) -> None:
    """Make the rule of each draft, Regions in parallel, and each only once."""
    for draft in drafts:
        access.check_access(user=actor, role=Role.OPERATOR, target=draft.target)
        operations.check_draft(draft)
    claimed = []
    for draft in drafts:
        claimed += operations.claim([draft], actor=actor, batch_id=batch_id) or []
    _run_all(claimed, credential)


def operations_of(*, batch_id: uuid.UUID, account_id: str) -> list[Operation]:
    """The operations confirmed together, by Region; raises OperationNotFound."""
    rows = _rows(account_id).filter(batch_id=batch_id).order_by("region", "created_at")
    if found := list(rows):
        return found
    raise OperationNotFound(str(batch_id))


def retry_failed(
    *,
    batch_id: uuid.UUID,
    account_id: str,
    regions: Collection[str],
    credential: Credential | None,
    actor: User,
) -> None:
    """Do once more what failed in those Regions, and nothing else."""
    failed = [
        operation
        for operation in operations_of(batch_id=batch_id, account_id=account_id)
        if can_retry(operation) and operation.region in regions
    ]
    for operation in failed:
        access.check_access(user=actor, role=Role.OPERATOR, target=operation.target)
    check_sources(failed, actor=actor)
    claimed = [each for each in failed if operations.take_up(each, actor=actor)]  # guard: F6
    if claimed:
        work(claimed, credential)


def check_sources(wanted: Sequence[Operation], *, actor: User) -> None:
    """Raises NotPermitted when a secret is to be replicated out of a Region not the person's."""
    for each in wanted:
        if _waits_for_replica(each):
            source = _source_of(each, wanted)
            access.check_access(user=actor, role=Role.OPERATOR, target=source.target)  # guard: Z2
            _check_original(source.target, source.rule.credential_arn, actor)


def is_alone(operation: Operation) -> bool:
    """Whether nothing else was confirmed together with it."""
    return (
        not Operation.objects.filter(batch_id=operation.batch_id).exclude(pk=operation.pk).exists()
    )


def can_retry(operation: Operation) -> bool:
    """Whether the row says enough to go on; those of older versions do not."""
    return operation.state == OperationState.FAILED and bool(operation.planned_rule)


def needs_credential(batch: Collection[Operation]) -> bool:
    """Whether going on with what failed takes the upstream credential once more."""
    return any(each.needs_credential for each in batch if can_retry(each))


def list_batches(
    *, account_id: str, regions: Collection[str], state: str = "", limit: int = 50
) -> list[list[Operation]]:
    """The newest batches with an operation in that state, each with all of its operations."""
    rows = _rows(account_id).filter(region__in=regions)
    states = UNDER_WAY if state in UNDER_WAY else (state,)
    chosen = rows.filter(state__in=states) if state else rows
    newest = (
        chosen.order_by()
        .values("batch_id")
        .annotate(latest=Max("created_at"))
        .order_by("-latest")[:limit]
    )
    ids = [row["batch_id"] for row in newest]
    found = sorted(rows.filter(batch_id__in=ids), key=lambda each: ids.index(each.batch_id))
    return [
        sorted(batch, key=lambda each: each.region)
        for _id, batch in groupby(found, key=lambda each: each.batch_id)
    ]


def _rows(account_id: str) -> QuerySet[Operation]:
    rows = Operation.objects.filter(account_id=account_id)
    return rows.select_related("actor").prefetch_related("steps")


def _elsewhere(draft: RuleDraft, plan: CopyPlan, spread: Spread) -> RuleDraft:
    """The draft in a further Region, with the secret that its rule is to use there."""
    region = plan.target.region
    there = _in_region(draft, plan.target)
    if plan.makes_rule and Operation.objects.filter(
        draft_id=there.draft_id, state=OperationState.SUCCEEDED
    ):
        # The rule that an earlier try made there was another, or is gone.
        there = replace(there, draft_id=f"{there.draft_id}-{uuid.uuid4().hex[:8]}")
    own_arn = None if draft.makes_secret else draft.new_rule().credential_arn
    if spread is Spread.REPLICATED:
        return there.with_secret(replica_arn(own_arn, region)) if own_arn else there
    return there.with_secret(plan.secret.arn) if plan.secret else there


def _in_region(draft: RuleDraft, target: Target) -> RuleDraft:
    """The draft for a further Region; an operation of its own there, the same at the next try."""
    return replace(draft, draft_id=f"{draft.draft_id}-{target.region}", target=target)


def _is_tried(plan: CopyPlan, draft: RuleDraft, spread: Spread) -> bool:
    """Whether a rule is to be made in the Region: where it can be, or may be after all.

    A Region that could not be read just now fails truthfully or succeeds. An earlier try that did
    not end, or whose rule nobody can look at, is left alone.
    """
    if plan.makes_rule:
        return _state_of(draft, plan) not in UNDER_WAY
    is_unread = plan.state is CopyState.UNREADABLE and not _is_unknown(plan, draft, spread)
    return is_unread and _is_open(draft, plan)


def _is_unknown(plan: CopyPlan, draft: RuleDraft, spread: Spread) -> bool:
    """Whether the secret to use there has not been found out, for the Region could not be read."""
    has_own_way = draft.makes_secret or spread is Spread.REPLICATED
    needs_own = bool(draft.new_rule().credential_arn) and not has_own_way
    return plan.state is CopyState.UNREADABLE and needs_own and _is_open(draft, plan)


def _is_open(draft: RuleDraft, plan: CopyPlan) -> bool:
    """Whether no earlier try in that Region is under way or succeeded."""
    return _state_of(draft, plan) in (None, *operations.OPEN_AGAIN)


def _state_of(draft: RuleDraft, plan: CopyPlan) -> str | None:
    known = Operation.objects.filter(draft_id=_in_region(draft, plan.target).draft_id).first()
    return known.state if known else None


def _leave_untried(operation: Operation, error: AwsError | None) -> None:
    """Say of a Region that nothing was made there, and why; without its secret none can retry."""
    operations.note(operation, planned_rule=None)
    unread = error or RegionUnreachable(region=operation.region)
    prefix = operation.ecr_repository_prefix
    operations.note_failure(operation, operations.CREATE_RULE, prefix, unread)


def _batch_of(draft: RuleDraft) -> uuid.UUID:
    """The batch of an earlier try; another one when that has made another rule in some Region."""
    known = Operation.objects.filter(draft_id=draft.draft_id).first()
    if known is None:
        return uuid.uuid4()
    others = Operation.objects.filter(batch_id=known.batch_id).exclude(pk=known.pk)
    kept = others.exclude(state__in=operations.OPEN_AGAIN)
    is_same = known.ecr_repository_prefix == draft.cache_prefix
    return known.batch_id if is_same or not kept.exists() else uuid.uuid4()


def _as_rule(draft: RuleDraft) -> Rule:
    """The rule as it would be in the draft's Region, its secret by the name it will have."""
    arn = operations.placeholder_arn(draft) if draft.makes_secret else None
    new = draft.new_rule(credential_arn=arn) if draft.makes_secret else draft.new_rule()
    return Rule(**asdict(new), registry_id=draft.target.account_id)


def _without_credential(plan: CopyPlan) -> CopyPlan:
    """An existing secret has no counterpart there, and the console cannot read its value."""
    if plan.state is not CopyState.NEEDS_CREDENTIAL:
        return plan
    return replace(plan, state=CopyState.NO_SECRET)


def _replicated(plan: CopyPlan, source: str) -> CopyPlan:
    """A replica takes the place of a secret of its own, if the name is free there."""
    if plan.state is CopyState.NEEDS_CREDENTIAL:
        return replace(plan, state=CopyState.REPLICA)
    is_own = plan.secret is not None and plan.secret.primary_region == source
    if plan.makes_rule and not is_own:
        return replace(plan, state=CopyState.SECRET_PROBLEM)
    return plan


def work(claimed: Sequence[Operation], credential: Credential | None) -> dict[Target, Creation]:
    """Do the work of claimed operations, Regions in parallel; replicas of secrets come first."""
    replicas = [each for each in claimed if _waits_for_replica(each)]
    try:
        _replicate(replicas, claimed, credential)
    except AwsError as error:
        return _all_failed(claimed, replicas, error, credential)
    except LeaseLost:
        # Whoever has the source now makes the secret; there is none to wait for here.
        gone = SecretNotFound(operation=operations.REPLICATE_SECRET, region=replicas[0].replica_of)
        return _all_failed(claimed, replicas, gone, credential)
    except Exception:
        for each in claimed:
            with suppress(LeaseLost):
                operations.finish(each, OperationState.FAILED)
        raise
    return _run_all(claimed, credential)


def _waits_for_replica(operation: Operation) -> bool:
    """Whether Secrets Manager is still to be asked for the replica that its rule uses."""
    return bool(operation.replica_of) and not operation.rule.credential_arn


def _run_all(claimed: Sequence[Operation], credential: Credential | None) -> dict[Target, Creation]:
    by_target = {each.target: each for each in claimed}
    if len(by_target) < 2:
        return {each.target: operations.run(each, credential=credential) for each in claimed}

    def run(target: Target) -> Creation:
        try:
            return operations.run(by_target[target], credential=credential)
        finally:
            connections.close_all()

    # Leaving the block waits for all of them: each ends by its own limits, none outlives it.
    with ThreadPoolExecutor(len(by_target), thread_name_prefix="operations") as pool:
        running = {target: pool.submit(copy_context().run, run, target) for target in by_target}
    return {target: future.result() for target, future in running.items()}


def _replicate(
    replicas: Sequence[Operation], claimed: Sequence[Operation], credential: Credential | None
) -> None:
    """Make the secret, let Secrets Manager replicate it, and note each Region's ARN."""
    if not replicas:
        return
    source = _source_of(replicas[0], claimed)
    operations.make_secret(source, credential)
    _renew(claimed)
    arn = source.rule.credential_arn or ""
    target, arn = _original(source.target, arn)
    failed = secretsmanager.replica_problems(target, arn)
    there = set(secretsmanager.describe_secret(target, arn).replica_regions) - set(failed)
    missing = [each.region for each in replicas if each.region not in (*there, target.region)]

    def replicate(_step: OperationStep) -> str:
        try:
            secretsmanager.replicate_secret(target, arn, missing)
        except AwsError as error:
            if not (is_answer_lost(error) and _has_replicas(target, arn, missing)):  # guard: F10
                raise
        return arn

    _renew(claimed)
    if missing:
        after = {"regions": missing}
        action = operations.REPLICATE_SECRET
        operations.journal(source, action, arn, replicate, target=target, after=after)
    _renew(claimed)
    for each in replicas:
        rule = replace(each.rule, credential_arn=replica_arn(arn, each.region))
        operations.note(each, planned_rule=asdict(rule))


def _has_replicas(target: Target, arn: str, regions: Collection[str]) -> bool:
    """Whether AWS says that the secret is replicated there, or on its way."""
    with suppress(AwsError):
        return set(regions) <= set(secretsmanager.describe_secret(target, arn).replica_regions)
    return False


def _renew(claimed: Sequence[Operation]) -> None:
    """All wait for the secret. Who has lost an operation meanwhile learns it at its own turn."""
    for each in claimed:
        with suppress(LeaseLost):
            operations.renew_lease(each)


def _check_original(target: Target, arn: str | None, actor: User) -> None:
    """What is chosen may be a replica: then its original's Region is where a change is made."""
    if arn:
        original, _arn = _original(target, arn)
        access.check_access(user=actor, role=Role.OPERATOR, target=original)  # guard: Z2


def _original(target: Target, arn: str) -> tuple[Target, str]:
    """The secret that can be replicated: a replica cannot, what it is made of can."""
    primary = secretsmanager.describe_secret(target, arn).primary_region
    if not primary:
        return target, arn
    return replace(target, region=primary), replica_arn(arn, primary)


def _source_of(replica: Operation, claimed: Sequence[Operation]) -> Operation:
    """The operation of the Region whose secret is replicated. SecretNotFound when it is gone."""
    for each in claimed:
        if each.region == replica.replica_of:
            return each
    batch = Operation.objects.filter(batch_id=replica.batch_id, region=replica.replica_of)
    if found := batch.first():
        return found
    raise SecretNotFound(operation=operations.REPLICATE_SECRET, region=replica.replica_of)


def _all_failed(
    claimed: Sequence[Operation],
    replicas: Sequence[Operation],
    error: AwsError,
    credential: Credential | None,
) -> dict[Target, Creation]:
    """Nothing can use a secret that is not there; the own Region goes on if it has one."""
    creations = {}
    for each in replicas:
        with suppress(LeaseLost):
            operations.note_failure(each, operations.REPLICATE_SECRET, each.replica_of, error)
        creations[each.target] = Creation(operation=each, error=error)
    for each in claimed:
        if each.target in creations:
            continue
        if each.needs_credential:
            with suppress(LeaseLost):
                operations.finish(each, OperationState.FAILED)
            creations[each.target] = Creation(operation=each, error=error)
        else:
            creations[each.target] = operations.run(each, credential=credential)
    return creations
