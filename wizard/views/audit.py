"""The page of the audit trail with its filter, and the export, for administrators only."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from wizard.domain import ActionGroup, group_of
from wizard.exports import AUDIT_FORMATS, ListedAudit
from wizard.forms.audit import AuditFilterForm
from wizard.models import AuditOutcome
from wizard.services import access, places
from wizard.services.audit import (
    AuditFilter,
    AuditLine,
    LineOutcome,
    Sort,
    all_lines,
    current_head,
    find_lines,
    known_actions,
    record_event,
    usernames_with,
)
from wizard.views.audit_lines import LineView
from wizard.views.tables import cut_listing, keyset_pages
from wizard.web import ConsoleRequest, table_look_of

# The number of suggestions of a text field, and the size of the chunks of an export in bytes.
MOST_SUGGESTED: Final = 200
_PIECE: Final = 64 * 1024


@require_safe
def audit(request: ConsoleRequest) -> HttpResponse:
    """Show the trail, newest first; `before` and `after` in the query string are page keys."""
    # A second check, besides that of the middleware.
    access.check_administrator(user=request.user, what="the audit trail")
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    page = find_lines(
        wanted=_filter(form),
        before=_place(request, "before"),
        after=_place(request, "after"),
        size=table_look_of(request).page_size,
    )
    listing = cut_listing(
        request,
        [LineView(line=line) for line in page.lines],
        table="audit",
        pages=keyset_pages(request.GET, newer=page.newer, older=page.older),
        is_filtered=form.is_filtered,
    )
    return _page(request, form, page=page, listing=listing)


@require_GET
def audit_export(request: ConsoleRequest) -> HttpResponseBase:
    """Stream all lines that match the filter as a file.

    The download is audited before the first byte is sent.
    """
    # A second check, besides that of the middleware.
    access.check_administrator(user=request.user, what="the audit trail")
    format_name = request.GET.get("format", "")
    if format_name not in AUDIT_FORMATS:
        raise Http404
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    head = current_head()
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"audit-trail-{stamp}.{format_name}"
    asked = {field: str(value) for field, value in form.cleaned_data.items() if value}
    record_event(
        "ExportAudit",
        subject=name,
        outcome=AuditOutcome.SUCCEEDED,
        after={"filter": asked, "up_to": head.sequence},
    )
    lines = all_lines(wanted=_filter(form), up_to=head.sequence)
    export = AUDIT_FORMATS[format_name]
    pieces = _in_pieces(export.render(_listed(line) for line in lines))
    response = StreamingHttpResponse(pieces, content_type=export.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    request: ConsoleRequest, form: AuditFilterForm, *, status: int = 200, **found: Any
) -> HttpResponse:
    people = User.objects.order_by("username").values_list("username", flat=True)
    head = current_head()
    context = {
        "form": form,
        "head": head,
        "verify_command": (
            f"{settings.MANAGE_COMMAND} verify_audit --head {head.sequence}:{head.seal}"
        ),
        "people": people[:MOST_SUGGESTED],
        "formats": [("csv", _("CSV")), ("jsonl", _("JSON lines"))],
        **found,
    }
    return render(request, "audit/page.html", context, status=status)


def _form(request: ConsoleRequest) -> AuditFilterForm:
    regions = [(region.code, region.label) for region in places.list_regions()]
    return AuditFilterForm(request.GET, regions=regions, actions=known_actions())


def _filter(form: AuditFilterForm) -> AuditFilter:
    asked = form.cleaned_data
    return AuditFilter(
        usernames=usernames_with(asked["person"]) if asked["person"] else None,
        actions=_actions(asked["action"]),
        account_id=asked["account"],
        region=asked["region"],
        subject_part=asked["subject"],
        outcome=LineOutcome(asked["outcome"]) if asked["outcome"] else None,
        sort=Sort(asked["phase"]) if asked["phase"] else None,
        since=_midnight(asked["since"]),
        until=_midnight(asked["until"], days=1),
        event_id=asked["event"],
    )


def _actions(wanted: str) -> list[str] | None:
    """Return the action, or all of the group; None for any."""
    if wanted in list(ActionGroup):
        return [action for action in known_actions() if group_of(action) == wanted]
    return [wanted] if wanted else None


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """Return the start of the day plus `days`, in the time zone of the pages."""
    if day is None:
        return None
    moment = datetime.combine(day + timedelta(days=days), datetime.min.time())
    return timezone.make_aware(moment)


def _place(request: ConsoleRequest, name: str) -> int | None:
    """Parse a page key of the query string; an invalid one is ignored (newest page)."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Join the texts into chunks."""
    piece = bytearray()
    for text in texts:
        piece += text.encode()
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _listed(line: AuditLine) -> ListedAudit:
    first, result = line.first, line.result
    return ListedAudit(
        sequence=first.sequence,
        result_sequence=result.sequence if result else None,
        event_id=str(first.event_id),
        started_at=_iso(first.happened_at),
        ended_at=_iso(line.last.happened_at) if result or first.outcome else "",
        username=first.username,
        user_id=first.user_id,
        address=first.address,
        way=first.way,
        action=first.action,
        account_id=first.account_id,
        region=first.region,
        subject=first.subject,
        outcome=line.outcome.value,
        before=line.before,
        after=line.after,
        error=line.last.error,
        request_ids=line.last.request_ids,
        seal=first.seal.hex(),
        result_seal=result.seal.hex() if result else "",
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
