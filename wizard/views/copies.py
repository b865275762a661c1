"""Copying a rule to other Regions: choose them, see the plan, make it, see what came of it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from wizard import tasks
from wizard.domain.grants import Role
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.forms.copy import CopyForm, RegionsForm
from wizard.services import copies, places, rules
from wizard.services.operations.plans import CopyPlan, CopyState, plan_copies
from wizard.views.error_lines import error_line
from wizard.views.operation_sections import batch_url
from wizard.views.progress import tell_of_role_left
from wizard.views.rows import RuleRow
from wizard.views.rules import list_url
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_account, at_target, targets_of
from wizard.words.errors import error_view


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(CopyForm, "create")
@at_target
def rule_copy(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Ask for Regions; with them show the plan; with the plan confirmed make it."""
    rule = rules.get_rule(target=request.target, ecr_repository_prefix=ecr_repository_prefix)
    if request.method == "POST" and rule.registry is None:
        text = _("The upstream %(url)s is none that the wizard knows; it cannot be copied.")
        messages.error(request, text % {"url": rule.upstream_registry_url})
        return HttpResponseRedirect(list_url(request.target), status=303)
    offered = [
        places.region_named(target.region)
        for target in targets_of(request, Role.OPERATOR)
        if target != request.target
    ]
    chosen = RegionsForm(request.POST or None, offered=offered)
    if request.method != "POST" or not chosen.is_valid():
        status = 422 if chosen.is_bound else 200
        return _show(request, rule, status=status, regions_form=chosen)
    targets = [
        Target(account_id=request.target.account_id, region=code)
        for code in chosen.cleaned_data["regions"]
    ]
    plans = plan_copies(rule=rule, targets=targets)
    needs = any(plan.makes_secret for plan in plans)
    is_confirmed = "create" in request.POST
    form = CopyForm(request.POST if is_confirmed else None, offered=offered, needs_credential=needs)
    if not is_confirmed or not form.is_valid():
        status = 422 if form.is_bound else 200
        tell_of_role_left(request, rule)
        return _show(request, rule, status=status, form=form, plans=plans)
    copy_id = form.cleaned_data["copy_id"].hex
    left_out = copies.create_copies(
        copy_id=copy_id,
        rule=rule,
        plans=plans,
        credential=form.credential(),
        actor=request.user,
    )
    tasks.finish_in_background(UUID(copy_id))
    _tell(request, left_out)  # guard: F6
    kwargs = {"account_id": request.target.account_id, "copy_id": UUID(copy_id)}
    return HttpResponseRedirect(reverse("copy-detail", kwargs=kwargs), status=303)


@require_safe
@at_account
def copy_detail(request: ConsoleRequest, copy_id: UUID) -> HttpResponseBase:
    """What a copying made: its batch's page; a page of its own where nothing was made."""
    own = {target.region for target in targets_of(request, Role.VIEWER)}
    every = copies.copies_of(copy_id=copy_id.hex, account_id=request.account_id)
    made = [each for each in every if each.region in own]
    if made:
        return HttpResponseRedirect(batch_url(made[0]))
    return render(request, "copies/detail.html")


def _show(
    request: ConsoleRequest,
    rule: Rule,
    *,
    status: int,
    regions_form: RegionsForm | None = None,
    form: CopyForm | None = None,
    plans: list[CopyPlan] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "row": RuleRow(target=request.target, rule=rule, validation=None),
        "regions_form": regions_form,
        "form": form,
        "plans": [
            {
                "plan": plan,
                "region": places.region_named(plan.target.region),
                "words": plan_words(plan),
                "error": error_view(plan.error) if plan.error else None,
            }
            for plan in plans or []
        ],
        "makes_any": any(plan.makes_rule for plan in plans or []),
    }
    return render(request, "copies/copy.html", context, status=status)


def _tell(request: ConsoleRequest, left_out: Iterable[CopyPlan]) -> None:
    """Name each Region that the plan was confirmed for and where nothing was made, and why."""
    for plan in left_out:
        line = f"{places.region_named(plan.target.region).label}: {plan_words(plan)}"
        if plan.error is None:
            messages.info(request, line)
        else:
            messages.error(request, f"{line} {error_line(plan.error)}")


def plan_words(plan: CopyPlan) -> str:
    """What is made in the Region, or why nothing is."""
    words = {
        CopyState.READY: _("Create the rule."),
        CopyState.NEEDS_CREDENTIAL: _("Create the secret, then the rule."),
        CopyState.REPLICA: _("Replicate the secret, then create the rule."),
        CopyState.EXISTS: _("Nothing: the rule exists there exactly as it is here."),
        CopyState.TAKEN: _("Nothing: another rule has this prefix there."),
        CopyState.OWN_UPSTREAM: _("Nothing: the upstream registry is that of this very Region."),
        CopyState.FULL: _("Nothing: the Region has as many rules as AWS allows."),
        CopyState.NO_SECRET: _(
            "Nothing: there is no secret of this name there. Let it be replicated, or create it."
        ),
        CopyState.SECRET_PROBLEM: _(
            "Nothing: the secret there has no value or is scheduled for deletion."
        ),
        CopyState.UNREADABLE: _("Nothing: the Region could not be read."),
    }
    return words[plan.state]
