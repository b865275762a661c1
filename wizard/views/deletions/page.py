"""The page of a deletion: results with failures first, Retry, and secrets that are unused now."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wizard.exports import FORMATS
from wizard.services import deletions
from wizard.views.deletions import flashes, results, titles
from wizard.views.deletions.came_from import list_url
from wizard.views.downloads import outcomes_file
from wizard.views.operations.results import is_search, results_listing
from wizard.web import (
    ConsoleRequest,
    at_account,
    redirects_scripts,
    see_other,
    takes,
)


@require_safe
@at_account
def deletion_detail(request: ConsoleRequest, deletion_id: uuid.UUID) -> HttpResponse:
    """Show a deletion; with `format`, its results are a file."""
    deletion = deletions.get_deletion(deletion_id=deletion_id, account_id=request.account_id)
    rules = results.own_rules(request, deletion)
    if request.GET.get("format") in FORMATS:
        lines, account_id = results.lines_of(rules), deletion.account_id
        return outcomes_file(lines, format_name=request.GET["format"], account_id=account_id)
    # The secrets are read from AWS, not once more with every character of a search.
    is_partial = deletion.is_running or is_search(request)
    unused = deletions.left_secrets(results.secrets_of([] if is_partial else rules))
    rows = results.rows_of(deletion, rules)
    context: dict[str, Any] = {
        "deletion": deletion,
        "title": titles.title_of(deletion, rules),
        "place": titles.place_of(rules, deletion.account_id),
        "outcome": titles.outcome_of(deletion, rules),
        "listing": results_listing(request, rows, is_running=deletion.is_running),
        "progress": results.progress_of(rules) if deletion.is_running else None,
        "left": results.left_of(request, deletion, rules),
        "formats": FORMATS.items(),
        "progress_url": titles.deletion_url(deletion, "deletion-progress"),
        "rules_url": list_url(deletion.account_id, {each.region for each in rules}),
        "orphans": flashes.orphan_links(unused),
        "unknown": flashes.unknown_texts(unused),
    }
    return render(request, "deletions/detail.html", context)


@require_POST
@takes()
@redirects_scripts
@at_account
def deletion_retry(request: ConsoleRequest, deletion_id: uuid.UUID) -> HttpResponse:
    """Delete the rules that still exist, in the Regions where this person is an operator."""
    deletion = deletions.get_deletion(deletion_id=deletion_id, account_id=request.account_id)
    results.own_rules(request, deletion)
    if not deletions.retry(deletion=deletion, actor=request.user):
        text = _("The deletion is running. Nothing was changed by this request.")
        messages.info(request, text)
    return see_other(titles.deletion_url(deletion))
