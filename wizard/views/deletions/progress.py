"""The progress of a deletion, while the request that does the work is waited for by a script.

`static/js/progress.js` shows it in place of the page that sent the form. The rows say what was
done; AWS is not called.
"""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain.errors import DeletionNotFound
from wizard.services import deletions
from wizard.views.deletions import results, titles
from wizard.views.operations.results import results_listing
from wizard.web import ConsoleRequest, at_account, see_other


@require_safe
@at_account
def deletion_progress(request: ConsoleRequest, deletion_id: uuid.UUID) -> HttpResponse:
    """Show how far a deletion is, as a fragment; everybody else is led to its page.

    Before the deletion is begun, the selected rules are being read.
    """
    try:
        deletion = deletions.get_deletion(deletion_id=deletion_id, account_id=request.account_id)
        rules = results.own_rules(request, deletion)
    except DeletionNotFound:
        if not request.htmx:
            return see_other(reverse("operation-list", kwargs={"account_id": request.account_id}))
        waiting = {"heading": _("Deleting rules"), "place": _("Reading the selected rules")}
        return render(request, "operations/_progress.html", waiting)
    if not request.htmx:
        return see_other(titles.deletion_url(deletion))
    context: dict[str, Any] = {
        "heading": titles.title_of(deletion, rules),
        "place": titles.place_of(rules, deletion.account_id),
        "progress": results.progress_of(rules),
        "listing": results_listing(request, results.rows_of(deletion, rules), is_running=True),
        "url": titles.deletion_url(deletion) if deletion.is_running else "",
    }
    return render(request, "operations/_progress.html", context)
