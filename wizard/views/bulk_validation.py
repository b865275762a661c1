"""The pages of bulk validations: start, progress, cancel, list."""

import uuid
from dataclasses import asdict, dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard import tasks
from wizard.domain import Role
from wizard.domain.prefixes import ROOT, prefix_problem
from wizard.models import BulkValidation
from wizard.services import places
from wizard.services.bulk_validation import (
    Progress,
    RuleSelection,
    cancel_bulk_validation,
    ended_items,
    get_bulk_validation,
    group_failures,
    items_of,
    latest_bulk_validations,
    may_cancel,
    progress_of,
    start_bulk_validation,
)
from wizard.views.validated_items import group_of, rows_of
from wizard.web import ConsoleRequest, at_account, refused, see_other, takes, targets_of, wants_json

# htmx stops polling at a response with this status.
STOP_POLLING: Final = 286
# The number of newest results that are sent every two seconds while it runs; afterwards all.
ROWS_WHILE_RUNNING: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A bulk validation in the list."""

    bulk: BulkValidation
    progress: Progress
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@takes("all", many=["region", "rule"])
@at_account
def bulk_validation_list(request: ConsoleRequest) -> HttpResponse:
    """List the latest bulk validations; a POST starts one and redirects to its page."""
    if request.method == "POST":
        return _create(request)
    if wants_json(request):
        return _list_for_programs(request)
    return _list_page(request)


@require_safe
@at_account
def bulk_validation_detail(request: ConsoleRequest, bulk_id: uuid.UUID) -> HttpResponse:
    """Show progress, failures with their reasons, and rules; for htmx, that part only."""
    regions = _own_regions(request)
    bulk = get_bulk_validation(bulk_id=bulk_id, account_id=request.account_id, regions=regions)
    items = items_of(bulk, regions)
    rows = (
        items if bulk.is_finished else ended_items(bulk, most=ROWS_WHILE_RUNNING, regions=regions)
    )
    if wants_json(request):
        return _for_programs(request, bulk, status=200)
    context = {
        "bulk": bulk,
        "progress": progress_of(bulk, regions),
        "groups": [group_of(group) for group in group_failures(items)],
        "rows": rows_of(rows),
        "is_cut": not bulk.is_finished and len(rows) == ROWS_WHILE_RUNNING,
        "may_cancel": may_cancel(bulk=bulk, actor=request.user),
        "detail_url": _detail_url(bulk),
        "cancel_url": _url("bulk-validation-cancel", bulk),
        "list_url": _list_url(bulk.account_id),
    }
    if request.htmx:
        status = STOP_POLLING if bulk.is_finished else 200
        return render(request, "validations/detail.html#progress", context, status=status)
    return render(request, "validations/detail.html", context)


@require_POST
@takes()
@at_account
def bulk_validation_cancel(request: ConsoleRequest, bulk_id: uuid.UUID) -> HttpResponse:
    """Cancel: start no more calls; running ones end."""
    bulk = get_bulk_validation(
        bulk_id=bulk_id, account_id=request.account_id, regions=_own_regions(request)
    )
    cancel_bulk_validation(bulk=bulk, actor=request.user)
    return see_other(_detail_url(bulk))


def _detail_url(bulk: BulkValidation) -> str:
    return _url("bulk-validation-detail", bulk)


def _create(request: ConsoleRequest) -> HttpResponse:
    selections = _selections(request)
    if not selections and wants_json(request):
        return refused("Send all=1, region, or rule as region/prefix.", status=422)
    if not selections:
        return _list_page(request, problem=_("Select at least one rule."), status=422)
    bulk, is_new = start_bulk_validation(
        account_id=request.account_id, selections=selections, actor=request.user
    )
    if is_new:
        tasks.start_in_background(bulk)
    if wants_json(request):
        return _for_programs(request, bulk, status=202)
    if not is_new:
        messages.info(request, _("This validation was already running."))
    return see_other(_detail_url(bulk))


def _list_for_programs(request: ConsoleRequest) -> HttpResponse:
    found = latest_bulk_validations(account_id=request.account_id, regions=_own_regions(request))
    facts = [
        {
            "id": str(bulk.pk),
            "url": request.build_absolute_uri(_detail_url(bulk)),
            "state": bulk.state,
            "created_at": bulk.created_at,
        }
        for bulk in found
    ]
    return JsonResponse({"validations": facts})


def _for_programs(request: ConsoleRequest, bulk: BulkValidation, *, status: int) -> HttpResponse:
    """Return progress and failures as JSON; `url` is the address to poll."""
    regions = _own_regions(request)
    progress = asdict(progress_of(bulk, regions))
    failed = [row for row in rows_of(items_of(bulk, regions)) if row.reason]
    facts = {
        "id": str(bulk.pk),
        "url": request.build_absolute_uri(_detail_url(bulk)),
        "state": bulk.state,
        "is_finished": bulk.is_finished,
        "progress": {name: value for name, value in progress.items() if name != "is_held"},
        "failures": [
            {
                "region": row.item.region,
                "ecr_repository_prefix": row.prefix,
                "status": row.status,
                "reason": row.reason,
            }
            for row in failed
        ],
    }
    return JsonResponse(facts, status=status)


def _selections(request: ConsoleRequest) -> list[RuleSelection]:
    """Return the selection of the form: all Regions, one Region, or rules as `region/prefix`.

    Raises UnknownRegion. Invalid prefixes are ignored.
    """
    if request.POST.get("all"):
        return [
            RuleSelection(region=target.region) for target in targets_of(request, Role.OPERATOR)
        ]
    selections = [RuleSelection(region=code) for code in request.POST.getlist("region") if code]
    for address in request.POST.getlist("rule"):
        region, _slash, prefix = address.partition("/")
        if prefix == ROOT or prefix_problem(prefix) is None:
            selections.append(RuleSelection(region=region, ecr_repository_prefix=prefix))
    for each in selections:
        places.region_named(each.region)
    return selections


def _list_page(request: ConsoleRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    regions = _own_regions(request)
    found = latest_bulk_validations(account_id=request.account_id, regions=regions)
    entries = [
        ListEntry(
            bulk=bulk,
            progress=progress_of(bulk, regions),
            url=_detail_url(bulk),
        )
        for bulk in found
    ]
    context = {
        "entries": entries,
        "problem": problem,
        "create_url": _list_url(request.account_id),
    }
    return render(request, "validations/list.html", context, status=status)


def _own_regions(request: ConsoleRequest) -> list[str] | None:
    """Return the Regions that the person may look at; None for all."""
    targets = targets_of(request, Role.VIEWER)
    if len(targets) == len(places.list_regions()):
        return None
    return [target.region for target in targets]


def _url(name: str, bulk: BulkValidation) -> str:
    return reverse(name, kwargs={"account_id": bulk.account_id, "bulk_id": bulk.pk})


def _list_url(account_id: str) -> str:
    return reverse("bulk-validation-create", kwargs={"account_id": account_id})
