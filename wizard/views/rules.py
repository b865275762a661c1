"""The list of a Region's rules."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain.errors import AwsError
from wizard.exports import RULE_FORMATS
from wizard.services import operations
from wizard.services.missing_secrets import read_rules_and_secrets
from wizard.views.downloads import rule_downloads, rules_file
from wizard.views.rows import RuleQuery, rows_of
from wizard.views.rule_filters import rule_filters
from wizard.views.rule_table import RuleTable
from wizard.views.selection import Selection
from wizard.views.tables import heads_of, pages_of
from wizard.views.wizard.open_drafts import open_drafts
from wizard.views.wizard.quota import region_full_text
from wizard.web import ConsoleRequest, at_target, place_url, table_look_of
from wizard.words import error_view


@require_safe
@at_target
def rule_list(request: ConsoleRequest) -> HttpResponse:
    """List the rules of the Region; an error of AWS is distinguished from an empty list."""
    query, selection = RuleQuery.of(request.GET), Selection.of(request.GET)
    context: dict[str, Any] = {
        "query": query,
        "filters": rule_filters(query),
        "downloads": rule_downloads(is_of_one_region=True),
        "import_url": place_url("rule-import", request.target),
        "rule_count": None,
        "error": None,
        "open_drafts": open_drafts(request),
        "has_unsettled": operations.has_unsettled(target=request.target),
    }
    try:
        read = read_rules_and_secrets(target=request.target)
    except AwsError as error:
        if request.GET.get("format") in RULE_FORMATS:
            raise  # a file cannot show an error
        context["error"] = error_view(error)
        return render(request, "rules/list.html", context, status=context["error"].status)
    found = read.rules
    rows = query.apply(rows_of(request.target, found, known=read.known))
    if request.GET.get("format") in RULE_FORMATS:
        return rules_file(
            rows,
            format_name=request.GET["format"],
            account_id=request.target.account_id,
            where=request.target.region,
        )
    page = Paginator(rows, table_look_of(request).page_size).get_page(request.GET.get("page"))
    shown = [row.name for row in page.object_list]
    context |= {
        "pages": pages_of(request.GET, page),
        "rule_count": len(found),
        "match_count": len(rows),
        "missing": read.missing,
        "full": region_full_text(len(found)),
        "selection": selection,
        "selected_count": selection.count(shown, len(rows)),
        "selected_elsewhere": selection.elsewhere(shown),
    }
    table = RuleTable(request=request, query=query, selection=selection)
    if rows:
        context["table"] = table.render(page.object_list, labelled_by="rules-heading")
    else:
        context["heads"] = heads_of(request.GET, table.columns, sort=query.sort, sorts=False)
    return render(request, "rules/list.html", context)
