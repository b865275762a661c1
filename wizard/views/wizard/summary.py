"""The review: all answers, and the policies of a cross-account rule to copy."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import RULES_PER_REGION, Rule, RuleDraft, Step
from wizard.domain import policies as iam_policies
from wizard.domain.namespaces import RepositoryCount
from wizard.drafting.steps import PAGES, ReviewRow
from wizard.services import places
from wizard.views.wizard.progress import edit_url
from wizard.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The answers of one step."""

    number: int
    title: Text
    heading: Text
    edit_url: str
    rows: Sequence[ReviewRow]
    warnings: Sequence[Text]


def sections(draft: RuleDraft) -> list[Section]:
    """One section per step before the review."""
    return [
        Section(
            number=draft.plan.number(step),
            title=PAGES[step].review_title,
            heading=PAGES[step].heading,
            edit_url=edit_url(draft, step),
            rows=[_shown(row) for row in PAGES[step].review_rows(draft)],
            warnings=PAGES[step].review_warnings(draft),
        )
        for step in draft.plan.steps
        if step is not Step.REVIEW
    ]


def _shown(row: ReviewRow) -> ReviewRow:
    """Return the answer as the review shows it: a Region with name and code."""
    if not row.is_region:
        return row
    return replace(row, value=places.region_label(str(row.value)))


def place(draft: RuleDraft) -> list[ReviewRow]:
    """Return the draft's own account and Region, for display."""
    target = draft.target
    region = places.region_named(target.region)
    return [
        ReviewRow(label=_("Account"), value=target.account_id),
        ReviewRow(label=_("Region"), value=region.label),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """The number of rules in the Region, and whether one more fits."""

    text: str
    is_full: bool


def rule_count(draft: RuleDraft, rules: Collection[Rule] | None) -> RuleCount | None:
    """Compare the number of rules with AWS's limit; None if they could not be read."""
    if rules is None:
        return None
    numbers = {"count": len(rules), "most": RULES_PER_REGION}
    goes_first = draft.replaces and draft.replaces.ecr_repository_prefix == draft.cache_prefix
    if len(rules) >= RULES_PER_REGION and not goes_first:  # guard: I5
        text = _(
            "This Region has %(count)d of the %(most)d rules that AWS allows, so AWS will"
            " reject this rule. AWS doesn't increase this quota. Delete a rule that you don't"
            " use, or create this rule in another Region."
        )
        return RuleCount(text=text % numbers, is_full=True)
    text = _("This Region has %(count)d of the %(most)d rules that AWS allows.")
    return RuleCount(text=text % numbers, is_full=False)


def repositories_text(count: RepositoryCount | None) -> str:
    """Return how many repositories the rule would cover already; empty if none is known."""
    if count is None or not count.covered:
        return ""
    text = ngettext(
        "%(number)d existing repository has a name that this rule covers. If you pull an"
        " image that it doesn't contain, ECR pulls the image from the upstream registry.",
        "%(number)d existing repositories have names that this rule covers. If you pull an"
        " image that they don't contain, ECR pulls the image from the upstream registry.",
        count.covered,
    )
    text %= {"number": count.covered}
    return text if count.is_complete else f"{text} {_('There might be more.')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy to copy: title, place, and JSON."""

    title: Text
    description: Text
    text: str


def policies(draft: RuleDraft) -> list[Policy]:
    """Return the three policies of a cross-account rule, filled in for this draft."""
    upstream = iam_policies.upstream_registry_policy(
        account_id=draft.target.account_id,
        upstream_account_id=draft.source.get("account_id", ""),
        upstream_region=draft.source.get("region", ""),
    )
    return [
        Policy(
            title=_("Trust policy of the role"),
            description=_(
                "Allows pull through cache to assume the role, which is in this account."
            ),
            text=_json(iam_policies.trust_policy()),
        ),
        Policy(
            title=_("Permissions policy of the role"),
            description=_("Allows the role to read the upstream and write the cached images."),
            text=_json(iam_policies.permissions_policy()),
        ),
        Policy(
            title=_("Registry policy of the upstream account"),
            description=_(
                "Attach it to the private registry of the upstream account, in the upstream Region."
            ),
            text=_json(upstream),
        ),
    ]


def _json(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2)
