"""Confirming a draft: what Create on the review does, as one of four results.

The caller has the request and the place where drafts are kept; it saves the draft of the result and
turns the result into a response.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.domain import AwsAction, Credential, Role, RuleDraft, Step
from wizard.domain.errors import AwsError, error_record
from wizard.models import Operation, OperationState
from wizard.services import access
from wizard.services.operations import lookups, plans, replicas
from wizard.services.operations.batches import work
from wizard.services.operations.claims import check_claim, claims_of, take_claims
from wizard.services.operations.journal import end_without_call
from wizard.services.operations.plans import RegionPlan
from wizard.services.operations.running import Creation, succeed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAgain:
    """Nothing was created: the review has to be looked at once more.

    `is_stale` when the answers are not those that were reviewed; `is_rule_gone` when the rule that
    existed in the draft's own Region does not any more; otherwise other Regions were chosen, which
    are not planned yet.
    """

    draft: RuleDraft
    is_stale: bool = False
    is_rule_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOpen:
    """Nothing was created: a step is not answered, or its credential has expired.

    The step is the review when the credential for further Regions is missing, which is typed there.
    """

    draft: RuleDraft
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyConfirmed:
    """Another request has confirmed the draft; this is its operation."""

    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The work was done, or failed, or goes on in the background.

    `draft` is the draft as it is to be kept, `creation` the result in its own Region, `is_alone`
    whether that is the only Region, `left_out` the plans of Regions that have no operation.
    """

    draft: RuleDraft
    creation: Creation
    is_alone: bool
    left_out: Sequence[RegionPlan] = ()


Confirmation = ReviewAgain | StepOpen | AlreadyConfirmed | Confirmed


def confirm(
    *,
    draft: RuleDraft,
    shown: str,
    chosen: RuleDraft | None,
    credential: Credential | None,
    typed: Credential | None = None,
    actor: User,
) -> Confirmation:
    """Create the draft's secret and rule in its Region and the further ones, once.

    `shown` is what `reviewed` gave for the review, empty when not known; `chosen` the draft with
    the Regions of the form, None when the form is not valid; `credential` what the sealed
    credential contains, None when it has expired; `typed` the credential of the review, for secrets
    of further Regions. Raises what `check_claim` does, and NotPermitted for a Region that is not
    the person's, before anything is written.
    """
    answers, _separator, was_found = shown.partition("-")
    if draft.next_open_step is Step.REVIEW and answers not in ("", draft.fingerprint):  # guard: W4
        return ReviewAgain(draft=draft, is_stale=True)
    usable = draft if credential is not None else replace(draft, sealed_credential="")
    if usable.next_open_step is not Step.REVIEW:
        was_reviewed = draft.with_any_credential.next_open_step is Step.REVIEW
        if was_reviewed and chosen is not None:  # guard: W6
            draft = chosen
        return StepOpen(draft=draft, step=usable.next_open_step)
    if chosen != draft:
        return ReviewAgain(draft=chosen or draft)
    planned_at = timezone.now()
    planned = plans.plans_of(draft)
    if was_found and not plans.exists_at_home(draft, planned):  # guard: W4
        return ReviewAgain(draft=draft, is_rule_gone=bool(planned))
    if plans.asks_for_credential(draft, planned) and typed is None:
        return StepOpen(draft=draft, step=Step.REVIEW)
    used = credential if draft.makes_secret else typed
    return _create(draft, planned, used, actor, planned_at)


def reviewed(draft: RuleDraft, *, exists: bool) -> str:
    """What a review shows, in short: its answers, and whether the rule exists at home already."""
    return f"{draft.fingerprint}-found" if exists else draft.fingerprint


def _create(
    draft: RuleDraft,
    planned: Sequence[RegionPlan],
    credential: Credential | None,
    actor: User,
    planned_at: datetime,
) -> AlreadyConfirmed | Confirmed:
    claims = claims_of(draft, planned)
    for claim in claims:
        access.check_access(user=actor, role=Role.OPERATOR, target=claim.draft.target)  # guard: W9
        if claim.is_tried:
            check_claim(claim)
    if any(claim.replica_of for claim in claims) and not draft.makes_secret:
        replicas.check_original(draft.target, draft.new_rule().credential_arn, actor=actor)
    operations = take_claims(claims, actor=actor, planned_at=planned_at)
    if operations is None:
        return AlreadyConfirmed(operation=lookups.current_rows(draft.draft_id, draft.target).get())
    claimed = list(zip(claims, operations, strict=True))
    for claim, operation in claimed:
        if claim.untried is not None:
            _leave_untried(operation, claim.untried)  # guard: F6
    found = {operation.target: succeed(operation) for claim, operation in claimed if claim.exists}
    done = work([operation for claim, operation in claimed if claim.is_tried], credential)
    creation = {**found, **done}[draft.target]
    if not creation.is_ours:
        return AlreadyConfirmed(operation=creation.operation)
    begun = {claim.draft.target for claim in claims}
    return Confirmed(
        draft=_after(draft, creation),
        creation=creation,
        is_alone=_is_alone(creation.operation),
        left_out=[plan for plan in planned if plan.target not in begun],
    )


def _leave_untried(operation: Operation, reason: AwsError) -> None:
    """End an operation without a call. It is not retried: its rule may need another secret."""
    action, prefix = AwsAction.CREATE_RULE, operation.ecr_repository_prefix
    end_without_call(operation, action, prefix, reason, state=OperationState.UNTRIED)


def _is_alone(operation: Operation) -> bool:
    """Whether its batch has no other operation, of earlier attempts either."""
    return Operation.objects.filter(batch_id=operation.batch_id).count() == 1


def _after(draft: RuleDraft, creation: Creation) -> RuleDraft:
    """The draft after its creation: the next attempt uses a secret that was created already."""
    if creation.made_secret_arn:
        draft = draft.with_made_secret(creation.made_secret_arn)
    if creation.error is None:
        return replace(draft, sealed_credential="", refusal=None)
    return replace(draft, refusal=error_record(creation.error))
