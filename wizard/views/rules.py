"""The rules of a Region: the list, Validate, Delete."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard import tasks
from wizard.domain.errors import AwsError
from wizard.domain.regions import Target
from wizard.drafting import store
from wizard.drafting.drafts import RuleDraft
from wizard.exports import FORMATS
from wizard.forms.confirm import ConfirmForm
from wizard.models import ValidationResult
from wizard.services import deletion, rules, validation
from wizard.services.deletion import RuleName
from wizard.services.operations import lookups
from wizard.views.downloads import rules_file
from wizard.views.progress import step_url
from wizard.views.rows import RuleQuery, RuleRow, rows_of
from wizard.views.rule_deletion import offer_orphans
from wizard.views.rule_filters import rule_filters
from wizard.views.rule_table import RuleTable
from wizard.web.answers import local_url
from wizard.web.api import wants_json
from wizard.web.context import table_look_of
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_target
from wizard.words.errors import error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraftRow:
    """An unfinished draft in the list, with its next step."""

    draft: RuleDraft
    updated_at: datetime
    url: str

    @property
    def registry_label(self) -> str:
        return _(self.draft.registry.label) if self.draft.registry else ""


@require_safe
@at_target
def rule_list(request: ConsoleRequest) -> HttpResponse:
    """List the rules of the Region; an error of AWS is distinguished from an empty list."""
    query = RuleQuery.of(request.GET)
    context: dict[str, Any] = {
        "query": query,
        "filters": rule_filters(query),
        "formats": FORMATS.items(),
        "rule_count": None,
        "error": None,
        "open_drafts": _open_drafts(request),
        "has_unsettled": lookups.has_unsettled(target=request.target),
    }
    try:
        found = rules.read_rules(target=request.target)
    except AwsError as error:
        if request.GET.get("format") in FORMATS:
            raise  # a file cannot show an error
        context["error"] = error_view(error)
        return render(request, "rules/list.html", context, status=context["error"].status)
    rows = query.apply(rows_of(request.target, found))
    if request.GET.get("format") in FORMATS:
        place = f"{request.target.account_id}-{request.target.region}"
        return rules_file(rows, format_name=request.GET["format"], place=place)
    page = Paginator(rows, table_look_of(request).page_size).get_page(request.GET.get("page"))
    context |= {"page": page, "rule_count": len(found), "match_count": len(rows)}
    if rows:
        table = RuleTable(request=request, query=query)
        context["table"] = table.render(page.object_list, labelled_by="rules-heading")
    return render(request, "rules/list.html", context)


@require_POST
@takes("next", "many_regions")
@at_target
def rule_validate(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Validate the rule, store the result, and show the rule with it."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    result = validation.validate_rule(target=target, rule=rule, actor=request.user)
    tasks.send_new_alerts()
    row = RuleRow(target=target, rule=rule, validation=result)
    if wants_json(request):
        return JsonResponse(_facts(result))
    if request.htmx:
        many_regions = "many_regions" in request.POST
        table = RuleTable(
            request=request, query=RuleQuery(), many_regions=many_regions, announces=True
        )
        return HttpResponse(table.row(row))
    _tell(request, result)
    wanted = local_url(request, request.POST.get("next", ""))
    return HttpResponseRedirect(wanted or f"{list_url(target)}#{quote(row.name)}", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ConfirmForm)
@at_target
def rule_delete(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Delete a rule after a typed confirmation; tell what remains."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rules.delete_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
        text = _("Rule %(prefix)s is deleted. Its repositories and images stay.")
        messages.success(request, text % {"prefix": ecr_repository_prefix})
        name = RuleName(target=target, ecr_repository_prefix=ecr_repository_prefix)
        offer_orphans(request, deletion.left_secrets(deleted=[(name, rule)]))
        return HttpResponseRedirect(list_url(target), status=303)
    context = {"row": RuleRow(target=target, rule=rule, validation=None), "form": form}
    return render(request, "rules/delete.html", context, status=422 if form.is_bound else 200)


def list_url(target: Target) -> str:
    return reverse("rule-list", kwargs={"account_id": target.account_id, "region": target.region})


def _open_drafts(request: ConsoleRequest) -> list[OpenDraftRow]:
    found = store.list_open_drafts(owner_id=request.user.pk, target=request.target)
    return [
        OpenDraftRow(draft=draft, updated_at=updated_at, url=step_url(draft, draft.next_open_step))
        for draft, updated_at in found
    ]


def _facts(result: ValidationResult) -> dict[str, Any]:
    """Return a result as JSON members."""
    return {
        "account_id": result.account_id,
        "region": result.region,
        "ecr_repository_prefix": result.ecr_repository_prefix,
        "is_valid": result.is_valid,
        "failure": result.failure,
        "validated_at": result.validated_at,
        "duration_ms": result.duration_ms,
    }


def _tell(request: ConsoleRequest, result: ValidationResult) -> None:
    prefix = result.ecr_repository_prefix
    if result.is_valid:
        messages.success(request, _("Rule %(prefix)s is valid.") % {"prefix": prefix})
        return
    text = _("Validation of rule %(prefix)s failed: %(reason)s")
    messages.error(request, text % {"prefix": prefix, "reason": result.failure})
