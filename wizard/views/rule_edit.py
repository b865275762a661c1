"""The page that edits a rule, and shows the conflict after a concurrent change."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain import Rule, RuleChangedMeanwhile, Target
from wizard.domain.errors import AwsError
from wizard.forms.edit import EditForm
from wizard.forms.search import search_choices
from wizard.services import rule_changes, rules
from wizard.views.rows import RuleRow
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import ErrorView, error_line, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A member when the form was opened, now, and as the person wants it.

    `wanted` is empty for a member that the form does not change.
    """

    label: str
    seen: str
    now: str
    wanted: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@takes(EditForm)
@at_target
def rule_edit(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Edit the rule's secret or role; a rule with neither cannot be edited."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    if not rule.is_editable:
        return _show(request, rule, form=None)
    proposed = request.GET.get("use", "")
    listed, list_error = _listed(target, rule, request.POST.get("typed_arn", "") or proposed)
    form = EditForm(
        request.POST or None, rule=rule, target=target, listed=listed, proposed=proposed
    )
    if request.method != "POST":
        return _show(request, rule, form=form, list_error=list_error)
    if not form.is_valid():
        return _show(request, rule, form=form, list_error=list_error, status=422)
    try:
        if not form.is_seen(rule):  # guard: C1
            raise RuleChangedMeanwhile(rule)
        changed = rule_changes.update_rule(target=target, change=form.change(), seen=rule)
    except RuleChangedMeanwhile as conflict:
        fresh = EditForm(rule=conflict.rule, target=target, listed=listed)
        fresh.initial.update(form.wanted())
        return _show(
            request,
            conflict.rule,
            form=fresh,
            list_error=list_error,
            error=error_view(conflict),
            differences=_differences(form, conflict.rule),
            status=409,
        )
    except AwsError as refused:
        view = error_view(refused)
        return _show(
            request, rule, form=form, list_error=list_error, error=view, status=view.status
        )
    _tell(request, rule, changed)
    return see_other(f"{_detail_url(target, rule)}?changed=1")


def _listed(target: Target, rule: Rule, typed: str) -> tuple[Any, AwsError | None]:
    try:
        return rule_changes.choices(target=target, rule=rule, typed=typed.strip()), None
    except AwsError as error:
        return None, error


def _show(
    request: ConsoleRequest,
    rule: Rule,
    *,
    form: EditForm | None,
    list_error: AwsError | None = None,
    error: ErrorView | None = None,
    differences: list[Conflict] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "row": RuleRow(target=request.target, rule=rule, validation=None),
        "form": form,
        "choices_error": error_view(list_error) if list_error else None,
        "error": error,
        "differences": differences or [],
        "detail_url": _detail_url(request.target, rule),
        "search": search_choices(form["arn"], request.GET.get("find", "")) if form else None,
    }
    return render(request, "rules/edit.html", context, status=status)


def _differences(form: EditForm, now: Rule) -> list[Conflict]:
    """Return the members that changed concurrently, and the one that the form changes."""
    seen, own = form.seen_members(), "credential_arn" if form.has_secret else "custom_role_arn"
    labels = {
        "upstream_registry_url": _("Upstream URL"),
        "upstream_repository_prefix": _("Upstream repository prefix"),
        "credential_arn": _("Secret ARN"),
        "custom_role_arn": _("Role ARN"),
    }
    found = [
        Conflict(
            label=label,
            seen=seen.get(name, "-"),
            now=str(getattr(now, name) or "-"),
            wanted=form.cleaned_data["arn"] if name == own else "",
        )
        for name, label in labels.items()
    ]
    return [each for each in found if each.wanted or each.seen != each.now]


def _detail_url(target: Target, rule: Rule) -> str:
    return place_url("rule-detail", target, ecr_repository_prefix=rule.ecr_repository_prefix)


def _tell(request: ConsoleRequest, rule: Rule, changed: rule_changes.Changed) -> None:
    names = {"prefix": rule.ecr_repository_prefix, "region": request.target.region}
    if changed.unread is not None:
        text = _(
            "Updated rule %(prefix)s (%(region)s), but the console couldn't read its current"
            " state from AWS. %(error)s"
        )
        messages.success(request, text % {**names, "error": error_line(changed.unread)})
        return
    if changed.is_as_asked:
        text = _("Updated rule %(prefix)s (%(region)s). Validate the rule to check the change.")
        messages.success(request, text % names)
        return
    text = _(
        "Another person changed rule %(prefix)s (%(region)s) at the same time. Review the rule"
        " again."
    )
    messages.warning(request, text % names)
