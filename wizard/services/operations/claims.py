"""Claims: the rows of a confirmed draft's operations, inserted or taken up in one transaction.

The database decides which of several concurrent confirmations gets them: all or none.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.backend import ecr
from wizard.domain.actions import AwsAction
from wizard.domain.errors import AwsError, RegionUnreachable
from wizard.domain.identifiers import SecretArn, replica_arn
from wizard.domain.regions import Target
from wizard.domain.rules import RuleChangedMeanwhile, check_new_rule, new_rule_like
from wizard.drafting.drafts import RuleDraft
from wizard.models import UNDER_WAY, Operation, OperationState, new_request_token
from wizard.services.operations import leases
from wizard.services.operations.lookups import operation_of
from wizard.services.operations.plans import CopyPlan, CopyState, Spread, expected_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One operation that a confirmed draft asks for.

    `draft` is the draft as it applies in the operation's Region. `replica_of` is the Region whose
    secret is replicated there, empty when it has one of its own. With `unread` nothing is tried:
    the Region could not be read, so nobody knows which secret the rule should use.
    """

    draft: RuleDraft
    replica_of: str = ""
    unread: AwsError | None = None


def claims_of(draft: RuleDraft, plans: Collection[CopyPlan]) -> list[Claim]:
    """The draft's own Region, then those whose plans create a rule, then those left untried."""
    spread = Spread(draft.spread)
    tried = [plan for plan in plans if _is_tried(plan, draft, spread)]
    source = draft.target.region if spread is Spread.REPLICATED and tried else ""
    further = [Claim(draft=_elsewhere(draft, plan, spread), replica_of=source) for plan in tried]
    untried = [
        Claim(
            draft=replace(_in_region(draft, plan.target), sealed_credential=""),
            unread=plan.error or RegionUnreachable(region=plan.target.region),
        )
        for plan in plans
        if _is_unknown(plan, draft, spread)
    ]
    return [Claim(draft=draft), *further, *untried]


def check_claim(claim: Claim) -> None:
    """Check before anything is written that the answers make a rule.

    Raises InvalidRule or InvalidIdentifier when they do not, and RuleChangedMeanwhile or
    RuleNotFound when the rule to be replaced has changed since the draft began.
    """
    draft = claim.draft
    check_new_rule(expected_rule(draft), draft.target)
    known = operation_of(draft)
    # An earlier attempt of the same draft deleted it and could not put it back.
    if draft.replaces is None or (known is not None and known.is_old_rule_gone):
        return
    now = ecr.describe_rule(draft.target, draft.replaces.ecr_repository_prefix)
    if new_rule_like(now) != draft.replaces:
        raise RuleChangedMeanwhile(now)


def take_claims(
    claims: Sequence[Claim], *, actor: User, batch_id: uuid.UUID | None = None
) -> list[Operation] | None:
    """Insert or take up all operations, or none: None when another request has one of them."""
    batch_id = batch_id or _batch_of(claims[0].draft)
    try:
        with transaction.atomic():
            return [_taken(claim, actor, batch_id) for claim in claims]
    except (IntegrityError, _TakenByAnother):  # guard: W1
        return None


class _TakenByAnother(Exception):
    """Another request has the row; rolls back the transaction that takes all of them."""


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
    """Whether to create a rule in the Region: the plan says so, or could not be made.

    A Region that could not be read just now may answer when the rule is created. An earlier attempt
    that is still running, or whose rule cannot be looked at, is left alone.
    """
    known = _known_state(draft, plan.target)
    if plan.makes_rule:
        return known not in UNDER_WAY
    is_unread = plan.state is CopyState.UNREADABLE and not _is_unknown(plan, draft, spread)
    return is_unread and known in (None, *leases.OPEN_AGAIN)


def _is_unknown(plan: CopyPlan, draft: RuleDraft, spread: Spread) -> bool:
    """Whether the secret to use there is not known, because the Region could not be read."""
    has_own_way = draft.makes_secret or spread is Spread.REPLICATED
    needs_own = bool(draft.new_rule().credential_arn) and not has_own_way
    is_unread = plan.state is CopyState.UNREADABLE and needs_own
    return is_unread and _known_state(draft, plan.target) in (None, *leases.OPEN_AGAIN)


def _known_state(draft: RuleDraft, target: Target) -> str | None:
    """The state of an earlier attempt in that Region; None when there was none."""
    known = operation_of(_in_region(draft, target))
    return known.state if known else None


def _batch_of(draft: RuleDraft) -> uuid.UUID:
    """The batch of an earlier attempt; a new one when that created another rule somewhere."""
    known = operation_of(draft)
    if known is None:
        return uuid.uuid4()
    others = Operation.objects.filter(batch_id=known.batch_id).exclude(pk=known.pk)
    kept = others.exclude(state__in=leases.OPEN_AGAIN)
    is_same = known.ecr_repository_prefix == draft.cache_prefix
    return known.batch_id if is_same or not kept.exists() else uuid.uuid4()


def _taken(claim: Claim, actor: User, batch_id: uuid.UUID) -> Operation:
    """Insert the claim's row, or take up the one of an earlier attempt that failed."""
    draft = claim.draft
    is_replica = claim.replica_of not in ("", draft.target.region)
    # The ARN of a secret or replica that does not exist yet is noted when AWS has created it.
    rule = draft.new_rule(credential_arn=None) if draft.makes_secret else draft.new_rule()
    rule = replace(rule, credential_arn=None) if is_replica else rule
    columns: dict[str, Any] = {
        "batch_id": batch_id,
        "actor": actor,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_registry_url": rule.upstream_registry_url,
        "planned_rule": asdict(rule) if claim.unread is None else None,
        "replaced_rule": asdict(draft.replaces) if draft.replaces else None,
        "secret_name": "" if is_replica else draft.secret_name,
        "replica_of": claim.replica_of if is_replica else "",
        "state": OperationState.RUNNING,
        "lease_until": timezone.now() + leases.LEASE,
        "finished_at": None,
    }
    known = Operation.objects.select_for_update().filter(draft_id=draft.draft_id).first()
    if known is None:
        known = Operation.objects.create(
            draft_id=draft.draft_id,
            account_id=draft.target.account_id,
            region=draft.target.region,
            **columns,
        )
        known.is_held = True
        return known
    if known.state not in leases.OPEN_AGAIN:
        raise _TakenByAnother
    if draft.makes_secret or (known.has_orphan and rule.credential_arn != known.made_secret_arn):
        columns |= _for_another_secret(known, columns["secret_name"])
    leases.note(known, **columns)
    known.is_held = True
    return known


def _for_another_secret(operation: Operation, secret_name: str) -> dict[str, Any]:
    """The columns of a failed row whose next attempt creates a secret of that name, or none.

    The same secret is found again by its token. A secret of another name is set aside. One that is
    scheduled for deletion does not belong to the operation any more.
    """
    arn = operation.made_secret_arn
    name = SecretArn.parse(arn).name if arn else operation.secret_name
    columns: dict[str, Any] = {"made_secret_arn": "", "secret_removed_at": None}
    if operation.has_orphan and name != secret_name:
        _set_aside(operation)
    if operation.secret_removed_at is not None or name != secret_name:
        columns["client_request_token"] = new_request_token()
    return columns


def _set_aside(operation: Operation) -> None:
    """Keep a row for the secret that an earlier attempt created, now that its rule uses another."""
    aside = Operation.objects.get(pk=operation.pk)
    aside.pk = aside.batch_id = uuid.uuid4()
    aside.draft_id = f"aside-{aside.pk}"
    aside.replaced_rule = None  # that goes on with the draft
    aside._state.adding = True
    aside.save(force_insert=True)
    # Whether AWS made it is told by these.
    operation.steps.filter(action=AwsAction.CREATE_SECRET).update(operation=aside)
