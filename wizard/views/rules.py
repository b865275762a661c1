"""The list of a Region's rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import RuleDraft
from wizard.domain.errors import AwsError
from wizard.drafting import store
from wizard.exports import FORMATS
from wizard.services import operations
from wizard.services.missing_secrets import read_rules_and_secrets
from wizard.views.downloads import rules_file
from wizard.views.rows import RuleQuery, rows_of
from wizard.views.rule_filters import rule_filters
from wizard.views.rule_table import RuleTable
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest, at_target, table_look_of
from wizard.words import error_view


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
        "has_unsettled": operations.has_unsettled(target=request.target),
    }
    try:
        read = read_rules_and_secrets(target=request.target)
    except AwsError as error:
        if request.GET.get("format") in FORMATS:
            raise  # a file cannot show an error
        context["error"] = error_view(error)
        return render(request, "rules/list.html", context, status=context["error"].status)
    found = read.rules
    rows = query.apply(rows_of(request.target, found))
    if request.GET.get("format") in FORMATS:
        place = f"{request.target.account_id}-{request.target.region}"
        return rules_file(rows, format_name=request.GET["format"], place=place)
    page = Paginator(rows, table_look_of(request).page_size).get_page(request.GET.get("page"))
    context |= {"page": page, "rule_count": len(found), "match_count": len(rows)}
    context["missing"] = read.missing
    if rows:
        table = RuleTable(request=request, query=query)
        context["table"] = table.render(page.object_list, labelled_by="rules-heading")
    return render(request, "rules/list.html", context)


def _open_drafts(request: ConsoleRequest) -> list[OpenDraftRow]:
    found = store.list_open_drafts(owner_id=request.user.pk, target=request.target)
    return [
        OpenDraftRow(draft=draft, updated_at=updated_at, url=step_url(draft, draft.next_open_step))
        for draft, updated_at in found
    ]
