"""How far work in several Regions is, for the page whose script has sent the form.

The request that does the work is still waited for (`static/js/progress.js`). The journal says what
it has done so far; AWS is not called.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.operations.page import own_batch
from wizard.views.operations.results import (
    Progress,
    ResultRow,
    progress_of,
    results_listing,
    results_of,
    waiting_rows,
)
from wizard.views.operations.sections import journal_sections
from wizard.views.operations.titles import batch_url, heading_of, is_running, place_of
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest, at_account, at_target, load_own_draft, see_other


@require_safe
@at_account
def batch_progress(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Show how far a retry is, as a fragment. Everybody else is led to the page of the batch."""
    batch = own_batch(request, batch_id)
    if not request.htmx:
        return see_other(batch_url(batch[0]))
    return _of_batch(request, batch)


@require_safe
@at_target
def draft_progress(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Show how far the Create of a draft is, as a fragment.

    Everybody else is led to the page of the batch, or to the draft if nothing was begun.
    """
    draft = load_own_draft(request, draft_id)
    found = operations.operations_of_draft(draft)
    # Before the first row is claimed, those of an earlier attempt have failed.
    is_begun = any(each.is_under_way or each.state == OperationState.SUCCEEDED for each in found)
    if not request.htmx:
        return see_other(batch_url(found[0]) if is_begun else step_url(draft, draft.next_open_step))
    if is_begun:
        return _of_batch(request, found)
    # The Regions are being read once more.
    regions = {draft.target.region, *draft.further_regions}
    return _planned(request, regions, draft.cache_prefix)


def _of_batch(request: ConsoleRequest, batch: Sequence[Operation]) -> HttpResponse:
    return _rendered(
        request,
        heading=heading_of(batch),
        place=place_of(batch),
        progress=progress_of(batch),
        rows=results_of(journal_sections(batch), is_running=True),
        url=batch_url(batch[0]) if is_running(batch) else "",
    )


def _planned(request: ConsoleRequest, regions: Collection[str], prefix: str) -> HttpResponse:
    heading = _("Creating the rule in %(number)d Regions: %(prefix)s")
    return _rendered(
        request,
        heading=heading % {"number": len(regions), "prefix": prefix},
        place=_("Checking the Regions"),
        progress=Progress(ended=0, total=len(regions)),
        rows=waiting_rows(regions, prefix),
    )


def _rendered(
    request: ConsoleRequest,
    *,
    heading: str,
    place: str,
    progress: Progress,
    rows: Sequence[ResultRow],
    url: str = "",
) -> HttpResponse:
    """Render the fragment; `url` is the address of the results, empty before there are any."""
    context = {
        "heading": heading,
        "place": place,
        "progress": progress,
        "listing": results_listing(request, rows, is_running=True),
        "url": url,
    }
    return render(request, "operations/_progress.html", context)
