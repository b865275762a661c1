"""The page of one bulk validation: progress, failures by reason, results by page, and files."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.exports import FORMATS
from wizard.models import BulkValidation, BulkValidationItem
from wizard.services import places
from wizard.services.bulk_validation import (
    Progress,
    ResultQuery,
    ResultStatus,
    Scope,
    ended_items,
    failed_items,
    find_results,
    get_bulk_validation,
    may_cancel,
    progress_of,
    scopes_of,
)
from wizard.views import bulk_facts
from wizard.views.downloads import results_file
from wizard.views.failure_groups import FailureGroup, group_failures
from wizard.views.table_filters import Filter, options
from wizard.views.tables import cut_listing, pages_of, search_of, sort_of
from wizard.views.validated_items import MOST_GROUPS, groups_of, rows_of
from wizard.web import ConsoleRequest, at_account, regions_of, table_look_of, wants_json
from wizard.words import Text

# htmx stops polling at a response with this status.
STOP_POLLING: Final = 286
# While it runs, the newest results that are sent every two seconds.
MOST_WHILE_RUNNING: Final = 50
# The ID of the results on the page, below the failures.
ANCHOR: Final = "results"


@require_safe
@at_account
def bulk_validation_detail(request: ConsoleRequest, bulk_id: uuid.UUID) -> HttpResponse:
    """Show progress, failures with cures, and a page of results; for htmx, that part only.

    The query string filters the results. With `format`, all that match are a file.
    """
    regions = bulk_facts.own_regions(request)
    bulk = get_bulk_validation(bulk_id=bulk_id, account_id=request.account_id, regions=regions)
    if wants_json(request) and "format" not in request.GET:
        return bulk_facts.answer_for_programs(request, bulk, status=200)
    query = _query_of(request)
    groups = group_failures(failed_items(bulk, regions))
    of_reason = [item.pk for group in groups if group.key == query.reason for item in group.items]
    results = find_results(bulk, query, regions=regions, of_reason=of_reason)
    if request.GET.get("format") in FORMATS:
        format_name = request.GET["format"]
        return results_file(results, format_name=format_name, account_id=bulk.account_id)
    scope = scopes_of([bulk], regions).get(bulk.pk)
    context = {
        "bulk": bulk,
        "groups": groups_of(request, groups),
        "unshown_groups": max(len(groups) - MOST_GROUPS, 0),
        "reason_title": _title_of(groups, query.reason),
        "query": query,
        "may_cancel": may_cancel(bulk=bulk, actor=request.user),
        "may_repeat": bulk.is_finished and _may_repeat(request, groups),
        **_state(bulk, regions, scope),
        **_results(request, bulk, query, results, regions, scope.regions if scope else ()),
        **_urls(bulk),
    }
    if request.htmx:
        status = STOP_POLLING if bulk.is_finished else 200
        return render(request, "validations/detail.html#progress", context, status=status)
    return render(request, "validations/detail.html", context)


def _state(bulk: BulkValidation, regions: list[str] | None, scope: Scope | None) -> dict[str, Any]:
    """Return what is validated and how far it is."""
    progress = progress_of(bulk, regions)
    codes = scope.regions if scope else ()
    return {
        "scope": bulk_facts.scope_text(scope),
        "only_region": places.region_named(codes[0]) if len(codes) == 1 else None,
        "duration": bulk_facts.duration_text(bulk),
        "status": bulk_facts.status_of(bulk, progress),
        "progress": progress,
        "counts": _counts(progress),
    }


def _results(
    request: ConsoleRequest,
    bulk: BulkValidation,
    query: ResultQuery,
    results: "QuerySet[BulkValidationItem]",
    regions: list[str] | None,
    codes: Sequence[str],
) -> dict[str, Any]:
    """Return a page of the results; while it runs, the newest."""
    if not bulk.is_finished:
        newest = rows_of(ended_items(bulk, most=MOST_WHILE_RUNNING, regions=regions))
        listing = cut_listing(request, newest, table="results", pages=None, sorts=False)
        return {"listing": listing, "is_cut": len(newest) == MOST_WHILE_RUNNING}
    page = Paginator(results, table_look_of(request).page_size).get_page(request.GET.get("page"))
    listing = cut_listing(
        request,
        rows_of(page),
        table="results",
        pages=pages_of(request.GET, page, anchor=ANCHOR),
        matches=page.paginator.count,
        filters=_filters(query, codes),
        is_filtered=query.is_filtered,
        anchor=ANCHOR,
    )
    kept = [("reason", query.reason)] if query.reason else []
    return {"listing": listing, "kept": kept, "formats": FORMATS.items()}


def _filters(query: ResultQuery, codes: Sequence[str]) -> list[Filter]:
    """Return the lists to filter by; the Regions (`codes`) if there are several."""
    status = options(_status_choices(), query.status or "")
    found = [Filter(name="status", label=_("Status"), options=status)]
    if len(codes) > 1:
        regions = options(_region_choices(codes), query.region)
        found.append(Filter(name="region", label=_("Region"), options=regions))
    return found


def _query_of(request: ConsoleRequest) -> ResultQuery:
    """Return the filter in the query string; unknown values are left out."""
    status, region = request.GET.get("status", ""), request.GET.get("region", "")
    sort, descending = sort_of(request, "results")
    codes = {each.code for each in places.list_regions()}
    return ResultQuery(
        text=search_of(request),
        status=ResultStatus(status) if status in list(ResultStatus) else None,
        region=region if region in codes else "",
        reason=request.GET.get("reason", "")[:200],
        sort=sort,
        descending=descending,
    )


def _counts(progress: Progress) -> list[tuple[ResultStatus, str, Text, int]]:
    """Return how many rules have each result: its filter, its icon, its word, the number."""
    counts = [
        (ResultStatus.FAILED, "failed", _("Failed"), progress.failed),
        (ResultStatus.ERROR, "failed", _("Not validated because of an error"), progress.errors),
        (ResultStatus.CANCELLED, "not-validated", _("Cancelled"), progress.cancelled),
        (ResultStatus.VALID, "valid", _("Valid"), progress.valid),
    ]
    return [each for each in counts if each[3] or each[0] is ResultStatus.VALID]


def _status_choices() -> list[tuple[str, str]]:
    words = {
        ResultStatus.FAILED: _("Failed"),
        ResultStatus.ERROR: _("Not validated"),
        ResultStatus.CANCELLED: _("Cancelled"),
        ResultStatus.VALID: _("Valid"),
    }
    return [("", _("Any status")), *((status.value, word) for status, word in words.items())]


def _region_choices(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Return the Regions to filter by."""
    return [("", _("Any Region")), *((code, places.region_named(code).label) for code in codes)]


def _title_of(groups: Sequence[FailureGroup], key: str) -> Text:
    return next((group.reason.title for group in groups if group.key == key), "")


def _may_repeat(request: ConsoleRequest, groups: Sequence[FailureGroup]) -> bool:
    """Whether something failed in a Region where the person is an operator."""
    workable = {region.code for region in regions_of(request, Role.OPERATOR)}
    return any(item.region in workable for group in groups for item in group.items)


def _urls(bulk: BulkValidation) -> dict[str, Any]:
    return {
        "detail_url": bulk_facts.detail_url(bulk),
        "cancel_url": bulk_facts.url_of("bulk-validation-cancel", bulk),
        "list_url": bulk_facts.list_url(bulk.account_id),
    }
