"""Replacing a rule: the banner of its steps, and the typed confirmation of its review."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from wizard.domain import Region, RuleDraft, Step, grouped_account_id
from wizard.drafting.interrupted import put_kept_errors
from wizard.forms.confirm import ReplacementForm
from wizard.services import operations, places
from wizard.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """Which rule is replaced; `warning` says what that breaks, on the first step only."""

    prefix: str
    region: Region
    account: str
    warning: Text


def journey(draft: RuleDraft) -> Text:
    """Return what the wizard does, for titles and breadcrumbs."""
    if draft.replaces is None:
        return _("Add rule")
    return _("Replace rule %(prefix)s") % {"prefix": draft.replaces.ecr_repository_prefix}


def banner_of(draft: RuleDraft, step: Step) -> Banner | None:
    """Return the banner of a step; None if no rule is replaced."""
    if draft.replaces is None:
        return None
    warning = _(
        "AWS can't change the upstream or the prefixes of a rule, so the console deletes the"
        " rule and creates a new one. Cached images aren't deleted. Until the new rule exists,"
        " pulls under the old prefix fail for images that aren't cached yet. If the new rule"
        " has another prefix, those pulls continue to fail."
    )
    return Banner(
        prefix=draft.replaces.ecr_repository_prefix,
        region=places.region_named(draft.target.region),
        account=grouped_account_id(draft.target.account_id),
        warning=warning if step is draft.plan.first else "",
    )


def is_rule_lost(draft: RuleDraft) -> bool:
    """Whether the rule to be replaced was deleted and no rule was created."""
    return draft.replaces is not None and operations.has_lost_rule(draft)


def is_empty(draft: RuleDraft) -> bool:
    """Whether the answers are those of the rule, so that there is nothing to replace."""
    return draft.replaces_nothing and not is_rule_lost(draft)


def confirmation(draft: RuleDraft, data: Mapping[str, str] | None = None) -> ReplacementForm | None:
    """Return the form of the confirmation, with the errors of the last one.

    None if none is needed: no rule is replaced, it was deleted already, or nothing differs.
    """
    if draft.replaces is None or is_rule_lost(draft) or is_empty(draft):
        return None
    form = ReplacementForm(data)
    if data is None:
        put_kept_errors(form, draft, Step.REVIEW)
    return form
