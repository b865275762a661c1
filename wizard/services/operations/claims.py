"""Claims: the rows of a confirmed draft's operations, inserted or taken up in one transaction.

The database decides which of several concurrent confirmations gets them: all or none.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.backend import ecr
from wizard.domain import (
    AwsAction,
    RuleChangedMeanwhile,
    RuleDraft,
    Spread,
    Target,
    check_new_rule,
    is_arn_of,
    new_rule_like,
    replica_arn,
)
from wizard.domain.draft_templates import template_of_draft
from wizard.domain.errors import (
    AwsError,
    RegionUnreachable,
    RuleAlreadyExists,
    RuleLimitExceeded,
    SecretUnusable,
    UpstreamIsHere,
)
from wizard.domain.templates import settings_of
from wizard.models import UNDER_WAY, Operation, OperationState, new_request_token
from wizard.services.operations import leases
from wizard.services.operations.lookups import operation_of
from wizard.services.operations.plans import (
    PlanState,
    RegionPlan,
    exists_at_home,
    expected_rule,
)

# Why no rule can be created in a Region, by what its plan says.
_UNSENT: Final[dict[PlanState, type[AwsError]]] = {
    PlanState.TAKEN: RuleAlreadyExists,
    PlanState.FULL: RuleLimitExceeded,
    PlanState.OWN_UPSTREAM: UpstreamIsHere,
    PlanState.SECRET_PROBLEM: SecretUnusable,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One operation that a confirmed draft asks for.

    `draft` is the draft as it applies in the operation's Region. `replica_of` is the Region whose
    secret is replicated there, empty when it has one of its own. `supersedes` allows another rule
    after one that an earlier attempt created there, which was different or no longer exists.
    With `untried`, which is the reason, nothing is sent to AWS: the plan says that no rule can be
    created there, or the Region could not be read. With `exists` nothing is sent either: the rule
    exists already.
    """

    draft: RuleDraft
    replica_of: str = ""
    supersedes: bool = False
    untried: AwsError | None = None
    exists: bool = False

    @property
    def is_tried(self) -> bool:
        return self.untried is None and not self.exists


def claims_of(draft: RuleDraft, plans: Collection[RegionPlan]) -> list[Claim]:
    """The draft's own Region, then those whose plans create a rule, then those left untried, then
    those where the rule exists already.
    """
    exists, known = exists_at_home(draft, plans), _known_states(draft)
    plans = [plan for plan in plans if plan.target != draft.target]
    tried = [plan for plan in plans if _is_tried(plan, draft, known.get(plan.target))]
    source = draft.target.region if draft.spread is Spread.REPLICATED and tried else ""
    further = [
        Claim(
            draft=_elsewhere(draft, plan),
            replica_of=source,
            supersedes=plan.makes_rule,
        )
        for plan in tried
    ]
    untried = [
        Claim(
            draft=replace(draft, target=plan.target, sealed_credential=""),
            untried=_reason(plan),
        )
        for plan in plans
        if _is_left_out(plan, draft, known.get(plan.target))
    ]
    there = [
        Claim(draft=_with_secret_of(draft, plan), exists=True)
        for plan in plans
        if plan.state is PlanState.EXISTS and plan.target not in known
    ]
    return [Claim(draft=draft, exists=exists), *further, *untried, *there]


def check_claim(claim: Claim) -> None:
    """Check before anything is written that the answers make a rule.

    Raises InvalidRule or InvalidIdentifier when they do not, and RuleChangedMeanwhile or
    RuleNotFound when the rule to be replaced has changed since the draft began.
    """
    draft = claim.draft
    check_new_rule(expected_rule(draft), draft.target)
    if draft.replaces is None:
        return
    known = operation_of(draft)
    # An earlier attempt of the same draft deleted it and could not put it back.
    if known is not None and known.is_old_rule_gone:
        return
    now = ecr.describe_rule(draft.target, draft.replaces.ecr_repository_prefix)
    if new_rule_like(now) != draft.replaces:
        raise RuleChangedMeanwhile(now)


def take_claims(
    claims: Sequence[Claim], *, actor: User, planned_at: datetime | None = None
) -> list[Operation] | None:
    """Insert or take up all operations, or none: None when another request has one of them.

    `planned_at` is when AWS was asked for the plans. They do not know of an operation that has
    succeeded since, which is therefore not superseded.
    """
    batch_id = _batch_of(claims[0].draft)
    try:
        with transaction.atomic():
            return _taken(claims, actor, batch_id, planned_at)
    except (IntegrityError, _TakenByAnother):  # guard: W1
        return None


class _TakenByAnother(Exception):
    """Another request has the row; rolls back the transaction that takes all of them."""


def _elsewhere(draft: RuleDraft, plan: RegionPlan) -> RuleDraft:
    """The draft in a further Region, with the secret that its rule is to use there."""
    there = replace(draft, target=plan.target)
    own_arn = None if draft.makes_secret else draft.new_rule().credential_arn
    if draft.spread is Spread.REPLICATED:
        return there.with_secret(replica_arn(own_arn, plan.target.region)) if own_arn else there
    if plan.secret is not None:
        return there.with_secret(plan.secret.arn, name=plan.secret.name)
    if own_arn and plan.makes_secret:
        return there.with_new_secret(plan.secret_name)
    return there


def _with_secret_of(draft: RuleDraft, plan: RegionPlan) -> RuleDraft:
    """The draft in a Region where the rule exists, with the secret that the rule uses there."""
    there = replace(draft, target=plan.target, sealed_credential="")
    if plan.secret is None:
        return there
    return there.with_secret(plan.secret.arn, name=plan.secret.name)


def _is_tried(plan: RegionPlan, draft: RuleDraft, known: str | None) -> bool:
    """Whether to create a rule in the Region: the plan says so, or could not be made.

    A Region that could not be read just now may answer when the rule is created. An earlier attempt
    that is still running, or whose rule cannot be looked at, is left alone; `known` is its state.
    """
    if plan.makes_rule:
        return known not in UNDER_WAY
    is_unread = plan.state is PlanState.UNREADABLE and not _is_unknown(plan, draft, known)
    return is_unread and known in (None, *leases.OPEN_AGAIN)


def _is_unknown(plan: RegionPlan, draft: RuleDraft, known: str | None) -> bool:
    """Whether the secret to use there is not known, because the Region could not be read."""
    has_own_way = draft.makes_secret or draft.spread is Spread.REPLICATED
    needs_own = bool(draft.new_rule().credential_arn) and not has_own_way
    is_unread = plan.state is PlanState.UNREADABLE and needs_own
    return is_unread and known in (None, *leases.OPEN_AGAIN)


def _is_left_out(plan: RegionPlan, draft: RuleDraft, known: str | None) -> bool:
    """Whether the Region gets an operation that only says why there is no rule.

    An earlier attempt that created a rule there, or is still running, keeps its own.
    """
    if plan.state in _UNSENT or plan.state is PlanState.SECRET_UNKNOWN:
        return known in (None, *leases.OPEN_AGAIN)
    return _is_unknown(plan, draft, known)


def _reason(plan: RegionPlan) -> AwsError:
    """Why the rule is not created in the Region."""
    region = plan.target.region
    return plan.error or _UNSENT.get(plan.state, RegionUnreachable)(region=region)


def _known_states(draft: RuleDraft) -> dict[Target, str]:
    """The states of earlier attempts, by Region."""
    rows = Operation.objects.filter(draft_id=draft.draft_id, superseded_at__isnull=True)
    return {row.target: row.state for row in rows}


def _batch_of(draft: RuleDraft) -> uuid.UUID:
    """The batch of an earlier attempt; a new one when that created another rule somewhere."""
    known = operation_of(draft)
    if known is None:
        return uuid.uuid4()
    others = Operation.objects.filter(batch_id=known.batch_id).exclude(pk=known.pk)
    kept = others.exclude(state__in=leases.OPEN_AGAIN)
    is_same = known.ecr_repository_prefix == draft.cache_prefix
    return known.batch_id if is_same or not kept.exists() else uuid.uuid4()


def _taken(
    claims: Sequence[Claim], actor: User, batch_id: uuid.UUID, planned_at: datetime | None
) -> list[Operation]:
    """Take up the rows of earlier attempts that failed, and insert the others in one statement."""
    known = _known_rows(claims[0].draft.draft_id)
    taken, new = [], []
    for claim in claims:
        row, columns = known.get(claim.draft.target), _columns(claim, actor, batch_id)
        if row is not None and row.state == OperationState.SUCCEEDED and claim.supersedes:
            if planned_at and row.finished_at and row.finished_at >= planned_at:  # guard: W1
                raise _TakenByAnother
            _supersede(row, batch_id)
            row = None
        if row is None:
            row = _new_row(claim.draft, columns)
            new.append(row)
        else:
            _take_up(row, claim.draft, columns)
        row.is_held = True
        taken.append(row)
    # Sorted, because a row that is inserted concurrently is waited for, in the order of insertion.
    Operation.objects.bulk_create(sorted(new, key=lambda row: row.target))
    return taken


def _known_rows(draft_id: str) -> dict[Target, Operation]:
    """The rows of earlier attempts, locked. Raises _TakenByAnother when a row is locked already.

    Never waits for a lock: a group commit of the audit trail locks rows of several operations in
    any order, and would deadlock with this.
    """
    rows = Operation.objects.filter(draft_id=draft_id, superseded_at__isnull=True)
    locked = {row.target: row for row in rows.select_for_update(skip_locked=True, no_key=True)}
    if len(locked) != rows.count():
        raise _TakenByAnother
    return locked


def _new_row(draft: RuleDraft, columns: dict[str, Any]) -> Operation:
    target = draft.target
    return Operation(
        draft_id=draft.draft_id, account_id=target.account_id, region=target.region, **columns
    )


def _take_up(known: Operation, draft: RuleDraft, columns: dict[str, Any]) -> None:
    if known.state not in leases.OPEN_AGAIN:
        raise _TakenByAnother
    secret_arn = columns["planned_rule"]["credential_arn"]
    if draft.makes_secret or (known.has_orphan and secret_arn != known.made_secret_arn):
        columns |= _for_another_secret(known, columns["secret_name"])
    leases.note(known, **columns)


def _columns(claim: Claim, actor: User, batch_id: uuid.UUID) -> dict[str, Any]:
    """What a row says at the beginning of each attempt."""
    draft = claim.draft
    is_replica = claim.replica_of not in ("", draft.target.region)
    rule, template = draft.new_rule(), template_of_draft(draft)
    if draft.makes_secret or is_replica or claim.untried is not None:
        # The ARN is written when AWS has created the secret or replica, and never without a try.
        rule = replace(rule, credential_arn=None)
    return {
        "batch_id": batch_id,
        "actor": actor,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_registry_url": rule.upstream_registry_url,
        "planned_rule": asdict(rule),
        "replaced_rule": asdict(draft.replaces) if draft.replaces else None,
        "planned_template": settings_of(template) if template else None,
        "secret_name": "" if is_replica else draft.secret_name,
        "replica_of": claim.replica_of if is_replica else "",
        **leases.started(),
    }


def _for_another_secret(operation: Operation, secret_name: str) -> dict[str, Any]:
    """The columns of a failed row whose next attempt creates a secret of that name, or none.

    The same secret is found again by its token. A secret of another name is set aside. One that is
    scheduled for deletion does not belong to the operation any more.
    """
    arn = operation.made_secret_arn
    is_same = is_arn_of(arn, secret_name) if arn else operation.secret_name == secret_name
    columns: dict[str, Any] = {"made_secret_arn": "", "secret_removed_at": None}
    if operation.has_orphan and not is_same:
        _set_secret_aside(operation)
    if operation.secret_removed_at is not None or not is_same:
        columns["client_request_token"] = new_request_token()
    return columns


def _supersede(operation: Operation, batch_id: uuid.UUID) -> None:
    """Make room for another operation of the draft in this Region. The row stays.

    It leaves the batch that the new operation gets: a batch has one operation per Region.
    """
    is_same = operation.batch_id == batch_id
    kept_in = uuid.uuid4() if is_same else operation.batch_id
    leases.note(operation, superseded_at=timezone.now(), batch_id=kept_in)


def _set_secret_aside(operation: Operation) -> None:
    """Keep the secret of an earlier attempt in a superseded row; the operation uses another now."""
    aside = Operation.objects.get(pk=operation.pk)
    aside.pk = aside.batch_id = uuid.uuid4()
    aside.superseded_at = timezone.now()
    aside.replaced_rule = None  # the rule to be replaced stays with the draft's operation
    aside._state.adding = True
    aside.save(force_insert=True)
    # The results of these steps say whether AWS has created the secret.
    operation.steps.filter(action=AwsAction.CREATE_SECRET).update(operation=aside)
