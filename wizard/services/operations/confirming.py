"""Confirming a draft: what Create on the review does, as one of four results.

The caller has the request and the place where drafts are kept; it saves the draft of the result and
turns the result into a response.
"""

from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from wizard.domain.actions import AwsAction
from wizard.domain.credentials import Credential
from wizard.domain.errors import AwsError, error_record
from wizard.domain.grants import Role
from wizard.drafting.drafts import RuleDraft
from wizard.drafting.plans import Step
from wizard.models import Operation, OperationState
from wizard.services import access
from wizard.services.operations import lookups, plans, replicas
from wizard.services.operations.batches import work
from wizard.services.operations.claims import check_claim, claims_of, take_claims
from wizard.services.operations.journal import end_without_call
from wizard.services.operations.running import Creation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAgain:
    """Nothing was created: the review has to be looked at once more.

    `is_stale` when the answers are not those that were reviewed; otherwise other Regions were
    chosen, which are not planned yet.
    """

    draft: RuleDraft
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOpen:
    """Nothing was created: a step is not answered, or its credential has expired."""

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
    whether that is the only Region.
    """

    draft: RuleDraft
    creation: Creation
    is_alone: bool


Confirmation = ReviewAgain | StepOpen | AlreadyConfirmed | Confirmed


def confirm(
    *,
    draft: RuleDraft,
    shown: str,
    chosen: RuleDraft | None,
    credential: Credential | None,
    actor: User,
) -> Confirmation:
    """Create the draft's secret and rule in its Region and the further ones, once.

    `shown` is the fingerprint of the answers that the person reviewed, empty when not known;
    `chosen` the draft with the Regions of the form, None when the form is not valid; `credential`
    what the sealed credential contains, None when it has expired. Raises what `check_claim` does,
    and NotPermitted for a Region that is not the person's, before anything is written.
    """
    if draft.next_open_step is Step.REVIEW and shown not in ("", draft.fingerprint):  # guard: W4
        return ReviewAgain(draft=draft, is_stale=True)
    usable = draft if credential is not None else replace(draft, sealed_credential="")
    if usable.next_open_step is not Step.REVIEW:
        was_reviewed = draft.with_any_credential.next_open_step is Step.REVIEW
        if was_reviewed and chosen is not None:  # guard: W6
            draft = chosen
        return StepOpen(draft=draft, step=usable.next_open_step)
    if chosen != draft:
        return ReviewAgain(draft=chosen or draft)
    return _create(draft, credential, actor)


def _create(
    draft: RuleDraft, credential: Credential | None, actor: User
) -> AlreadyConfirmed | Confirmed:
    claims = claims_of(draft, plans.plans_of(draft))
    for claim in claims:
        access.check_access(user=actor, role=Role.OPERATOR, target=claim.draft.target)  # guard: W9
        if claim.unread is None:
            check_claim(claim)
    if any(claim.replica_of for claim in claims) and not draft.makes_secret:
        replicas.check_original(draft.target, draft.new_rule().credential_arn, actor=actor)
    operations = take_claims(claims, actor=actor)
    if operations is None:
        return AlreadyConfirmed(operation=lookups.current_rows(draft.draft_id, draft.target).get())
    tried = []
    for claim, operation in zip(claims, operations, strict=True):
        if claim.unread is None:
            tried.append(operation)
        else:
            _leave_untried(operation, claim.unread)
    creation = work(tried, credential)[draft.target]
    if not creation.is_ours:
        return AlreadyConfirmed(operation=creation.operation)
    is_alone = lookups.is_alone(creation.operation)
    return Confirmed(draft=_after(draft, creation), creation=creation, is_alone=is_alone)


def _leave_untried(operation: Operation, reason: AwsError) -> None:
    """End an operation whose Region could not be read. Without its secret it cannot be retried."""
    action, prefix = AwsAction.CREATE_RULE, operation.ecr_repository_prefix
    end_without_call(operation, action, prefix, reason, state=OperationState.UNTRIED)


def _after(draft: RuleDraft, creation: Creation) -> RuleDraft:
    """The draft after its creation: the next attempt uses a secret that was created already."""
    if creation.made_secret_arn:
        draft = draft.with_made_secret(creation.made_secret_arn)
    if creation.error is None:
        return replace(draft, sealed_credential="", refusal=None)
    return replace(draft, refusal=error_record(creation.error))
