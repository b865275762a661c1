"""The pages that copy a template to several Regions, or delete it there.

The Regions are in the query string, so that the plan has an address. A Region where a template
would be overwritten, or where another one than this would be deleted, is not selected at first.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain import Region, Role, Target
from wizard.domain.templates import CreationTemplate, settings_of
from wizard.forms.template_regions import DeletionPlanForm, PlanForm, RegionsForm
from wizard.models import TemplateVerb
from wizard.services import places, template_operations, templates
from wizard.services.template_operations import Planned, RegionPlan
from wizard.views.templates.operation_rows import operation_url
from wizard.web import ConsoleRequest, at_target, regions_of, see_other, takes
from wizard.words import SETTING_LABELS, ErrorView, Text, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One Region of the plan; `differing` are the labels of settings that are different there."""

    region: Region
    plan: RegionPlan
    status: str
    word: Text
    differing: list[Text]
    is_chosen: bool
    error: ErrorView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a request is about: a template of this Region, and where to copy or delete it."""

    request: ConsoleRequest
    template: CreationTemplate
    verb: TemplateVerb
    offered: list[Region]

    @property
    def form_class(self) -> type[PlanForm]:
        return DeletionPlanForm if self.verb == TemplateVerb.DELETE else PlanForm

    @property
    def key_region(self) -> str:
        """The Region of a KMS key that the other Regions cannot use; empty without one."""
        has_key = self.verb == TemplateVerb.COPY and bool(self.template.kms_key)
        return self.request.target.region if has_key else ""

    def copied(self, *, without_key: bool) -> CreationTemplate:
        return replace(self.template, kms_key="") if without_key else self.template

    def known(self, codes: Iterable[str]) -> list[str]:
        """Return those of the Regions that are offered, sorted."""
        return sorted({each.code for each in self.offered}.intersection(codes))

    def plan(self, codes: Iterable[str], *, without_key: bool) -> list[RegionPlan]:
        account_id = self.request.account_id
        targets = [Target(account_id=account_id, region=code) for code in codes]
        if self.verb == TemplateVerb.DELETE:
            return template_operations.plan_deletions(template=self.template, targets=targets)
        copied = self.copied(without_key=without_key)
        return template_operations.plan_copies(template=copied, targets=targets)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(PlanForm)
@at_target
def template_copy(request: ConsoleRequest, prefix: str) -> HttpResponse:
    """Copy a template of this Region to others."""
    template = templates.get_template(target=request.target, prefix=prefix)
    here = request.target.region
    offered = [each for each in regions_of(request, Role.OPERATOR) if each.code != here]
    return _answer(
        Work(request=request, template=template, verb=TemplateVerb.COPY, offered=offered)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@takes(DeletionPlanForm)
@at_target
def template_remove(request: ConsoleRequest, prefix: str) -> HttpResponse:
    """Delete the templates with the prefix of this one, here and in other Regions."""
    template = templates.get_template(target=request.target, prefix=prefix)
    offered = regions_of(request, Role.OPERATOR)
    return _answer(
        Work(request=request, template=template, verb=TemplateVerb.DELETE, offered=offered)
    )


def _answer(work: Work) -> HttpResponse:
    return _apply(work) if work.request.method == "POST" else _ask(work)


def _ask(work: Work) -> HttpResponse:
    """Ask for the Regions; with Regions in the query string, show the plan."""
    query = work.request.GET
    is_asked = "regions" in query or "plan" in query
    choice = RegionsForm(
        query if is_asked else None, offered=work.offered, key_region=work.key_region
    )
    if not is_asked or not choice.is_valid():
        context = {"form": choice, "template": work.template, "verb": str(work.verb)}
        status = 422 if choice.is_bound else 200
        return render(work.request, "creation_templates/regions.html", context, status=status)
    without_key = bool(choice.cleaned_data.get("without_key"))
    plans = work.plan(choice.cleaned_data["regions"], without_key=without_key)
    return _show(work, plans, without_key=without_key)


def _apply(work: Work) -> HttpResponse:
    """Do what the confirmed plan says, if the Regions are as they were when it was shown."""
    request = work.request
    form = work.form_class(request.POST, offered=work.offered)
    is_valid = form.is_valid()
    without_key = bool(form.cleaned_data.get("without_key"))
    chosen = work.known(request.POST.getlist("regions"))
    shown = work.known([*chosen, *form.seen()])
    if not is_valid:
        plans = work.plan(shown, without_key=without_key)
        return _show(work, plans, without_key=without_key, refused=form, chosen=chosen)
    ids: Any = {"operation_id": form.id(), "account_id": request.account_id}
    operation = template_operations.find_operation(**ids)
    if operation is not None:
        return see_other(operation_url(operation))
    plans = work.plan(chosen, without_key=without_key)
    if any(form.seen().get(each.target.region) != _mark(each) for each in plans):
        plans = work.plan(shown, without_key=without_key)
        return _show(work, plans, without_key=without_key, has_changed=True)
    operation = template_operations.start(
        **ids,
        template=work.copied(without_key=without_key),
        verb=work.verb,
        plans=[each for each in plans if each.changes_something],
        actor=request.user,
    )
    if operation is None:
        operation = template_operations.get_operation(**ids)
    else:
        template_operations.run(operation, list(operation.changes.all()))
    return see_other(operation_url(operation))


def _show(
    work: Work,
    plans: list[RegionPlan],
    *,
    without_key: bool,
    refused: PlanForm | None = None,
    chosen: Collection[str] | None = None,
    has_changed: bool = False,
) -> HttpResponse:
    """Show the plan. `refused` is the form that was sent, with its errors."""
    marks = json.dumps({each.target.region: _mark(each) for each in plans})
    fresh = work.form_class(
        offered=work.offered, initial={"plan": marks, "without_key": without_key}
    )
    context: dict[str, Any] = {
        "form": refused or fresh,
        "hidden": fresh,
        "template": work.template,
        "verb": str(work.verb),
        "rows": [_row(each, chosen) for each in plans],
        "has_changed": has_changed,
        "can_change": any(each.changes_something for each in plans),
        "without_key": without_key,
    }
    status = 409 if has_changed else 422 if refused is not None else 200
    return render(work.request, "creation_templates/plan.html", context, status=status)


def _row(plan: RegionPlan, chosen: Collection[str] | None) -> PlanRow:
    status, word = {
        Planned.CREATE: ("pending", _("Create")),
        Planned.UPDATE: ("warning", _("Overwrite")),
        Planned.DELETE: ("warning", _("Delete")),
        Planned.NOTHING: ("valid", _("Nothing to change")),
        Planned.UNREAD: ("failed", _("Unknown")),
    }[plan.planned]
    code = plan.target.region
    is_usual = plan.changes_something and not plan.differing
    return PlanRow(
        region=places.region_named(code),
        plan=plan,
        status=status,
        word=word,
        differing=[SETTING_LABELS[name] for name in plan.differing],
        is_chosen=is_usual if chosen is None else code in chosen,
        error=error_view(plan.error) if plan.error else None,
    )


def _mark(plan: RegionPlan) -> str:
    """Return a short text for what the Region has; empty for no template."""
    if plan.found is None:
        return ""
    text = json.dumps(settings_of(plan.found), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
