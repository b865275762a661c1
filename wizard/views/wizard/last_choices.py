"""What a new rule takes over from the person's last one: secret, role, naming, further Regions.

The steps are filled in, say where that is from, and can be cleared. Further Regions are offered
only, because each means changes that nobody asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import EXISTING_SECRET, SPECIFIC_NAMESPACE, Answers, Region, RuleDraft, Step
from wizard.domain.last_choices import (
    CreatedRule,
    last_with_role,
    last_with_secret,
    prefix_named_like,
)
from wizard.domain.prefixes import free_prefix
from wizard.services.last_choices import created_rules

_STEPS: Final = (Step.AUTHENTICATION, Step.PERMISSIONS, Step.DESTINATION, Step.NAMESPACES)
_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """The draft with the suggestions for a step, and where they are from; empty without any."""

    draft: RuleDraft
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRegions:
    """The further Regions of the last rule."""

    codes: list[str]
    text: str


def filled_in(draft: RuleDraft, step: Step, choices: Sequence[Any] | None) -> FilledIn:
    """Fill in a step that has no answer yet; `choices` are what its form offers."""
    is_begun = step in draft.answers or step in draft.suggested or step in draft.typed
    if step not in _STEPS or is_begun or draft.replaces or draft.forgets_last:
        return FilledIn(draft=draft)
    created = created_rules(user_id=draft.owner_id, account_id=draft.target.account_id)
    values, text = _suggestion(draft, step, created, choices or ())
    if not values:
        return FilledIn(draft=draft)
    return FilledIn(draft=replace(draft, suggested={**draft.suggested, step: values}), text=text)


def last_regions(draft: RuleDraft, offered: Iterable[Region]) -> LastRegions | None:
    """Return the further Regions of the last rule that the person may choose, or None."""
    if draft.further_regions:
        return None
    created = created_rules(user_id=draft.owner_id, account_id=draft.target.account_id)
    codes = created[0].regions if created else ()
    regions = [region for region in offered if region.code in codes]
    if not regions:
        return None
    prefix = created[0].rule.ecr_repository_prefix
    if len(regions) > _MOST_NAMED:
        where = ngettext("%d other Region", "%d other Regions", len(regions)) % len(regions)
    else:
        where = ", ".join(str(region.label) for region in regions)
    text = _("You also created your last rule, %(prefix)s, in %(regions)s.")
    codes_offered = [region.code for region in regions]
    return LastRegions(codes=codes_offered, text=text % {"prefix": prefix, "regions": where})


def _suggestion(
    draft: RuleDraft, step: Step, created: Sequence[CreatedRule], choices: Sequence[Any]
) -> tuple[Answers, str]:
    if step is Step.AUTHENTICATION:
        return _secret(draft, created, choices)
    if step is Step.PERMISSIONS:
        return _role(draft, created, choices)
    return _prefix(draft, created, choices)


def _secret(
    draft: RuleDraft, created: Sequence[CreatedRule], secrets: Sequence[Any]
) -> tuple[Answers, str]:
    """Return the secret of the last rule of this registry, if it still exists."""
    last = last_with_secret(
        created, upstream_registry_url=draft.upstream_registry_url, target=draft.target
    )
    usable = {secret.arn for secret in secrets if secret.exists and not secret.deleted_at}
    arn = last.rule.credential_arn if last else None
    if last is None or arn not in usable:
        return {}, ""
    text = _("The secret is from your last rule for this registry, %(prefix)s.")
    values = {"credential_source": EXISTING_SECRET, "credential_arn": arn or ""}
    return values, text % {"prefix": last.rule.ecr_repository_prefix}


def _role(
    draft: RuleDraft, created: Sequence[CreatedRule], roles: Sequence[Any]
) -> tuple[Answers, str]:
    """Return the role of the last rule of this registry, if it exists and ECR can assume it."""
    last = last_with_role(
        created, upstream_registry_url=draft.upstream_registry_url, target=draft.target
    )
    usable = {role.arn for role in roles if not role.trust.is_refusal}
    arn = last.rule.custom_role_arn if last else None
    if last is None or arn not in usable:
        return {}, ""
    text = _("The role is from your last rule for this registry, %(prefix)s.")
    return {"custom_role_arn": arn or ""}, text % {"prefix": last.rule.ecr_repository_prefix}


def _prefix(
    draft: RuleDraft, created: Sequence[CreatedRule], rules: Sequence[Any]
) -> tuple[Answers, str]:
    """Return a prefix that is named like that of the last rule, and that no rule has."""
    if not created or draft.registry is None:
        return {}, ""
    named = prefix_named_like(created[0], draft.registry)
    if not named:
        return {}, ""
    free = free_prefix(named, (rule.ecr_repository_prefix for rule in rules))
    text = _("The prefix is named like that of your last rule, %(prefix)s.")
    values = {"cache_namespace": SPECIFIC_NAMESPACE, "ecr_repository_prefix": free}
    return values, text % {"prefix": created[0].rule.ecr_repository_prefix}
