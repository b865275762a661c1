"""Bulk validations: their list, starting one, also for what failed in another, and cancelling."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wizard import tasks
from wizard.domain import Role
from wizard.domain.prefixes import ROOT, prefix_problem
from wizard.models import BulkValidation
from wizard.services import places
from wizard.services.bulk_validation import (
    Progress,
    RuleSelection,
    cancel_bulk_validation,
    failed_selections,
    get_bulk_validation,
    latest_bulk_validations,
    progress_of,
    scopes_of,
    start_bulk_validation,
)
from wizard.views.bulk_facts import (
    BulkStatus,
    answer_for_programs,
    detail_url,
    list_url,
    own_regions,
    scope_text,
    status_of,
)
from wizard.views.selection import SELECTION_FIELDS, nothing_selected, selected_names
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_account, refused, see_other, takes, targets_of, wants_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A bulk validation in the list."""

    bulk: BulkValidation
    scope: str
    state: BulkStatus
    progress: Progress
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@takes("all", "again", *SELECTION_FIELDS, many=["region", "rule"])
@at_account
def bulk_validation_list(request: ConsoleRequest) -> HttpResponse:
    """List the latest bulk validations; a POST starts one and redirects to its page."""
    if request.method == "POST":
        return _create(request)
    if wants_json(request):
        return _listfacts_of(request)
    return _list_page(request)


@require_POST
@takes()
@at_account
def bulk_validation_cancel(request: ConsoleRequest, bulk_id: uuid.UUID) -> HttpResponse:
    """Cancel: start no more calls; running ones end."""
    bulk = get_bulk_validation(
        bulk_id=bulk_id, account_id=request.account_id, regions=own_regions(request)
    )
    cancel_bulk_validation(bulk=bulk, actor=request.user)
    return see_other(detail_url(bulk))


def _create(request: ConsoleRequest) -> HttpResponse:
    selections = _selections(request)
    if not selections and wants_json(request):
        return refused("Send all=1, region, or rule as region/prefix.", status=422)
    if not selections:
        return nothing_selected(request, list_url(request.account_id))
    bulk, is_new = start_bulk_validation(
        account_id=request.account_id, selections=selections, actor=request.user
    )
    if is_new:
        tasks.start_in_background(bulk)
    if wants_json(request):
        return answer_for_programs(request, bulk, status=202)
    if not is_new:
        messages.info(request, _("This validation was already running."))
    return see_other(detail_url(bulk))


def _listfacts_of(request: ConsoleRequest) -> HttpResponse:
    found = latest_bulk_validations(account_id=request.account_id, regions=own_regions(request))
    facts = [
        {
            "id": str(bulk.pk),
            "url": request.build_absolute_uri(detail_url(bulk)),
            "state": bulk.state,
            "created_at": bulk.created_at,
        }
        for bulk in found
    ]
    return JsonResponse({"validations": facts})


def _selections(request: ConsoleRequest) -> list[RuleSelection]:
    """Return the selection of the form: all Regions, one Region, or rules as `region/prefix`.

    `again` is a bulk validation, of which what failed is selected. Raises UnknownRegion. Invalid
    prefixes are ignored.
    """
    if request.POST.get("again"):
        return _failed_before(request, request.POST["again"])
    if request.POST.get("all"):
        return [
            RuleSelection(region=target.region) for target in targets_of(request, Role.OPERATOR)
        ]
    selections = [RuleSelection(region=code) for code in request.POST.getlist("region") if code]
    for address in selected_names(request):
        region, _slash, prefix = address.partition("/")
        if prefix == ROOT or prefix_problem(prefix) is None:
            selections.append(RuleSelection(region=region, ecr_repository_prefix=prefix))
    for each in selections:
        places.region_named(each.region)
    return selections


def _failed_before(request: ConsoleRequest, bulk_id: str) -> list[RuleSelection]:
    """Return what failed in a bulk validation, in the Regions where the person is an operator."""
    try:
        wanted = uuid.UUID(bulk_id)
    except ValueError:
        return []
    regions = [target.region for target in targets_of(request, Role.OPERATOR)]
    bulk = get_bulk_validation(bulk_id=wanted, account_id=request.account_id, regions=regions)
    return failed_selections(bulk, regions)


def _list_page(request: ConsoleRequest) -> HttpResponse:
    regions = own_regions(request)
    found = latest_bulk_validations(account_id=request.account_id, regions=regions)
    scopes = scopes_of(found, regions)
    entries = []
    for bulk in found:
        progress = progress_of(bulk, regions)
        entries.append(
            ListEntry(
                bulk=bulk,
                scope=scope_text(scopes.get(bulk.pk)),
                state=status_of(bulk, progress),
                progress=progress,
                url=detail_url(bulk),
            )
        )
    context = {
        "listing": listing_of(request, entries, table="validations", searched=_searched),
        "create_url": list_url(request.account_id),
    }
    return render(request, "validations/list.html", context)


def _searched(entry: ListEntry) -> tuple[str, ...]:
    return entry.scope, str(entry.bulk.actor), str(entry.state.word)
