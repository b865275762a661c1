"""The progress of a clean-up, while the request that does the work is waited for by a script."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.services import cleanups
from wizard.views.cleanups import rows, titles
from wizard.views.operations.results import results_listing
from wizard.web import ConsoleRequest, at_target, see_other


@require_safe
@at_target
def cleanup_progress(request: ConsoleRequest, cleanup_id: uuid.UUID) -> HttpResponse:
    """Show how far a clean-up is, as a fragment; everybody else is led to its page."""
    cleanup = cleanups.get_cleanup(cleanup_id=cleanup_id, target=request.target)
    if not request.htmx:
        return see_other(titles.cleanup_url(cleanup))
    batches = list(cleanup.batches.all())
    found = rows.batch_rows(cleanup, batches)
    context: dict[str, Any] = {
        "heading": titles.title_of(cleanup, batches),
        "place": cleanup.name,
        "progress": rows.progress_of(batches),
        "listing": results_listing(request, found, is_running=True),
        "url": titles.cleanup_url(cleanup) if cleanup.is_running else "",
    }
    return render(request, "operations/_progress.html", context)
