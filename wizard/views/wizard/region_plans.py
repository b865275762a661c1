"""The plan of a Region in words, for the review and for what was left out of a Create."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.utils.translation import gettext as _

from wizard.domain.regions import Region
from wizard.services import places
from wizard.services.operations.plans import PlanState, RegionPlan
from wizard.views.error_lines import error_line
from wizard.web.requests import ConsoleRequest
from wizard.words.errors import ErrorView, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One Region as the review shows it; `taken_by` is the upstream of the rule in the way."""

    region: Region
    words: str
    makes_rule: bool
    taken_by: str
    error: ErrorView | None


def plan_row(plan: RegionPlan, *, is_own: bool = False) -> PlanRow:
    """The plan as the review shows it; `is_own` for the draft's own Region."""
    taken_by = plan.taken_by if plan.state is PlanState.TAKEN else None
    return PlanRow(
        region=places.region_named(plan.target.region),
        words=_own_words(plan) if is_own else plan_words(plan),
        makes_rule=plan.makes_rule,
        taken_by=taken_by.upstream_registry_url if taken_by else "",
        error=error_view(plan.error) if plan.error else None,
    )


def tell_left_out(request: ConsoleRequest, plans: Iterable[RegionPlan]) -> None:
    """Name each planned Region in which nothing was begun, and why."""
    for plan in plans:
        line = f"{places.region_named(plan.target.region).label}: {plan_words(plan)}"
        if plan.error is None:
            messages.info(request, line)
        else:
            messages.error(request, f"{line} {error_line(plan.error)}")


def plan_words(plan: RegionPlan) -> str:
    """What is created in the Region, or why nothing is."""
    words = {
        PlanState.READY: _("Create the rule."),
        PlanState.NEEDS_CREDENTIAL: _("Create the secret, then the rule."),
        PlanState.REPLICA: _("Replicate the secret, then create the rule."),
        PlanState.EXISTS: _("Nothing: the rule exists there exactly as it is here."),
        PlanState.TAKEN: _("Nothing: another rule has this prefix there."),
        PlanState.OWN_UPSTREAM: _("Nothing: the upstream registry is that of this very Region."),
        PlanState.FULL: _("Nothing: the Region has as many rules as AWS allows."),
        PlanState.SECRET_PROBLEM: _(
            "Nothing: the secret there has no value or is scheduled for deletion."
        ),
        PlanState.UNREADABLE: _(
            "Not known: the Region could not be read. The result says whether the rule was created."
        ),
    }
    return words[plan.state]


def _own_words(plan: RegionPlan) -> str:
    """The same for the draft's own Region, where Create lets AWS refuse what cannot be created."""
    words = {
        PlanState.EXISTS: _("Nothing: the rule exists there exactly as it is."),
        PlanState.TAKEN: _("AWS refuses it: another rule has this prefix."),
        PlanState.FULL: _("AWS refuses it: the Region has as many rules as AWS allows."),
    }
    return words.get(plan.state) or plan_words(plan)
