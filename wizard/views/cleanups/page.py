"""The page of a clean-up: its preview with the confirmation, then the results with Retry."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wizard.domain import Target
from wizard.domain.cleanup import freed_bytes
from wizard.domain.errors import AwsError
from wizard.domain.principals import PrincipalKind
from wizard.forms.cleanup import DeleteImagesForm
from wizard.models import CleanUp
from wizard.services import cleanups
from wizard.views.cleanups import rows, titles
from wizard.web import ConsoleRequest, at_target, redirects_scripts, see_other, takes


@require_http_methods(["GET", "HEAD", "POST"])
@takes(DeleteImagesForm)
@redirects_scripts
@at_target
def cleanup_detail(request: ConsoleRequest, cleanup_id: uuid.UUID) -> HttpResponse:
    """Show a clean-up; a confirmed POST deletes what its preview shows."""
    cleanup = cleanups.get_cleanup(cleanup_id=cleanup_id, target=request.target)
    form = DeleteImagesForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not cleanups.start(cleanup=cleanup, actor=request.user):
            messages.info(request, _("Nothing was changed by this request."))
        return see_other(titles.cleanup_url(cleanup))
    status = 422 if form.is_bound else 200
    return render(request, "cleanups/detail.html", _context(request, cleanup, form), status=status)


@require_POST
@takes()
@redirects_scripts
@at_target
def cleanup_retry(request: ConsoleRequest, cleanup_id: uuid.UUID) -> HttpResponse:
    """Delete the images of the preview that still exist and have not changed."""
    cleanup = cleanups.get_cleanup(cleanup_id=cleanup_id, target=request.target)
    if not cleanups.retry(cleanup=cleanup, actor=request.user):
        messages.info(request, _("Nothing was changed by this request."))
    return see_other(titles.cleanup_url(cleanup))


def _context(request: ConsoleRequest, cleanup: CleanUp, form: DeleteImagesForm) -> dict[str, Any]:
    batches = list(cleanup.batches.all())
    for batch in batches:
        batch.cleanup = cleanup
    images = rows.rows_of(cleanup, batches)
    is_preview = cleanup.started_at is None
    unread = cleanup.unread_lists if is_preview else 0
    return {
        "form": form,
        "cleanup": cleanup,
        "is_preview": is_preview,
        "is_recent": cleanups.is_recent(cleanup),
        "title": titles.title_of(cleanup, batches),
        "criteria": list(titles.criteria_of(cleanup)),
        "counts": titles.counts_of(batches),
        "repositories": len({batch.repository for batch in batches}),
        "freed": freed_bytes(row.image for row in images),
        "listing": rows.images_listing(request, cleanup, images),
        "skipped": titles.skipped_of(cleanup),
        "outcome": titles.outcome_of(cleanup, batches),
        "progress": rows.progress_of(batches) if cleanup.is_running else None,
        "progress_url": titles.cleanup_url(cleanup, "cleanup-progress"),
        "own_arn": _own_arn(cleanup.target) if unread else "",
    }


def _own_arn(target: Target) -> str:
    """Return the ARN of the console to exclude; empty if it is unknown or cannot be excluded."""
    try:
        principal = cleanups.own_principal(target=target)
    except AwsError:
        return ""
    if principal.kind is PrincipalKind.ROLE:
        return principal.role_arn_without_path
    return principal.arn if principal.kind is PrincipalKind.USER else ""
