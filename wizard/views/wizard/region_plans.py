"""Texts for the plan of a Region, on the review and for Regions that Create left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.utils.translation import gettext as _

from wizard.domain import Region
from wizard.services import places
from wizard.services.operations import PlanState, RegionPlan
from wizard.web import ConsoleRequest
from wizard.words import ErrorView, error_line, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One Region on the review; `taken_by` is the upstream URL of the rule that has the prefix.

    `calls` is the number of AWS calls that change something there; `replicates` that the secret is
    replicated to it, which is one call for all Regions. `repositories` says how many repositories
    the rule would cover there already.
    """

    region: Region
    words: str
    makes_rule: bool
    calls: int
    replicates: bool
    taken_by: str
    error: ErrorView | None
    repositories: str = ""


def plan_row(plan: RegionPlan, *, is_own: bool = False) -> PlanRow:
    """Return the row for a plan; `is_own` for the draft's own Region."""
    taken_by = plan.taken_by if plan.state is PlanState.TAKEN else None
    return PlanRow(
        region=places.region_named(plan.target.region),
        words=_own_words(plan) if is_own else _plan_words(plan),
        makes_rule=plan.makes_rule,
        calls=plan.makes_rule + plan.makes_secret,
        replicates=plan.state is PlanState.REPLICA,
        taken_by=taken_by.upstream_registry_url if taken_by else "",
        error=error_view(plan.error) if plan.error else None,
    )


def tell_left_out(request: ConsoleRequest, plans: Iterable[RegionPlan]) -> None:
    """Flash the Regions for which no operation was started, with the reason."""
    for plan in plans:
        line = f"{places.region_named(plan.target.region).label}: {_plan_words(plan)}"
        if plan.error is None:
            messages.info(request, line)
        else:
            messages.error(request, f"{line} {error_line(plan.error)}")


def _plan_words(plan: RegionPlan) -> str:
    """Return what Create does in the Region, or why it does nothing."""
    words = {
        PlanState.READY: (
            _("Create the rule with the secret %(secret)s.")
            if plan.secret_name
            else _("Create the rule.")
        ),
        PlanState.NEEDS_CREDENTIAL: _("Create the secret %(secret)s, then the rule."),
        PlanState.REPLICA: _("Replicate the secret %(secret)s, then create the rule."),
        PlanState.EXISTS: _("No change. An identical rule already exists."),
        PlanState.TAKEN: _("No change. Another rule uses this prefix."),
        PlanState.OWN_UPSTREAM: _("No change. The upstream registry is in this Region."),
        PlanState.FULL: _("No change. The Region has reached the maximum number of rules."),
        PlanState.SECRET_PROBLEM: _(
            "No change. The secret %(secret)s isn't the one to replicate, has no value, or is"
            " scheduled for deletion."
        ),
        PlanState.SECRET_UNKNOWN: _(
            "No change. The console couldn't read the secret of the rule in its own Region,"
            " so it doesn't know the name of the secret."
        ),
        PlanState.UNREADABLE: _(
            "Unknown. The console couldn't read the Region. The result shows whether the rule"
            " was created."
        ),
    }
    return str(words[plan.state]) % {"secret": plan.secret_name}


def _own_words(plan: RegionPlan) -> str:
    """Return the same for the draft's own Region, where Create calls AWS in any case."""
    words = {
        PlanState.EXISTS: _("No change. An identical rule already exists."),
        PlanState.TAKEN: _("AWS will reject the rule because another rule uses this prefix."),
        PlanState.FULL: _(
            "AWS will reject the rule because the Region has reached the maximum number of rules."
        ),
    }
    return words.get(plan.state) or _plan_words(plan)
