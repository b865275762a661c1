"""The same rule in other Regions: the confirmed plan of a copying, made once per Region.

A Region that has no secret of the rule's name gets a new one, of a credential asked for once.
"""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import User

from wizard.domain.credentials import Credential
from wizard.domain.grants import Role
from wizard.domain.identifiers import SecretArn
from wizard.domain.rules import NewRule, Rule, new_rule_like
from wizard.drafting.drafts import CREATE, EXISTING, NONE, SPECIFIC, RuleDraft
from wizard.drafting.plans import Step
from wizard.models import Operation
from wizard.services import access
from wizard.services.operations.batches import work
from wizard.services.operations.claims import Claim, check_claim, take_claims
from wizard.services.operations.plans import CopyPlan


def create_copies(
    *,
    copy_id: str,
    rule: Rule,
    plans: Iterable[CopyPlan],
    credential: Credential | None,
    actor: User,
) -> list[CopyPlan]:
    """Make what the plans say, Regions in parallel, each journaled as an operation of its own.

    `copy_id` (hex) makes it happen once per Region however often it is sent; it is the batch of
    the operations. Returns the plans of the Regions that have none.
    """
    plans = list(plans)
    drafts = [
        _draft(copy_id, rule, plan, actor)
        for plan in plans
        if plan.makes_rule and not (plan.makes_secret and credential is None)
    ]
    _create_each(drafts=drafts, batch_id=UUID(copy_id), credential=credential, actor=actor)
    made = {each.region for each in Operation.objects.filter(batch_id=UUID(copy_id))}
    return [plan for plan in plans if plan.target.region not in made]


def _create_each(
    *, drafts: list[RuleDraft], batch_id: UUID, credential: Credential | None, actor: User
) -> None:
    """Make the rule of each draft, Regions in parallel, and each only once."""
    claims = [Claim(draft=draft) for draft in drafts]
    for claim in claims:
        access.check_access(user=actor, role=Role.OPERATOR, target=claim.draft.target)
        check_claim(claim)
    claimed = []
    for claim in claims:
        claimed += take_claims([claim], actor=actor, batch_id=batch_id) or []
    work(claimed, credential)


def copies_of(*, copy_id: str, account_id: str) -> list[Operation]:
    """The operations of one copying, by Region."""
    found = Operation.objects.filter(account_id=account_id, batch_id=UUID(copy_id))
    return list(found.prefetch_related("steps").order_by("region"))


def _draft(copy_id: str, rule: Rule, plan: CopyPlan, actor: User) -> RuleDraft:
    """The answers that make the rule in the plan's Region."""
    draft = RuleDraft.of_rule(
        rule,
        draft_id=f"{copy_id}-{plan.target.region}",
        owner_id=actor.pk,
        target=plan.target,
    )
    if rule.credential_arn:
        draft = draft.with_answers(Step.AUTHENTICATION, _authentication(rule, plan))
    step = Step.DESTINATION if Step.DESTINATION in draft.plan.steps else Step.NAMESPACES
    return draft.with_answers(step, _prefixes(new_rule_like(rule)))


def _authentication(rule: Rule, plan: CopyPlan) -> dict[str, str]:
    if plan.secret is not None:
        return {"credential_source": EXISTING, "credential_arn": plan.secret.arn}
    name = SecretArn.parse(rule.credential_arn or "").name
    return {"credential_source": CREATE, "secret_name": name}


def _prefixes(rule: NewRule) -> dict[str, str]:
    is_root = rule.ecr_repository_prefix == "ROOT"
    upstream = rule.upstream_repository_prefix or ""
    return {
        "cache_namespace": NONE if is_root else SPECIFIC,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_namespace": SPECIFIC if upstream else NONE,
        "upstream_repository_prefix": upstream,
    }
