"""What the pages of the fleet share: their views, the applied filters, and their lists as files.

A file is streamed, so that one of any length takes little memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.exports import FORMATS, Listed
from wizard.models import LeftOut
from wizard.services.fleet import rules
from wizard.views.downloads import Download
from wizard.views.fleet import filters
from wizard.views.fleet.filters import AskedForm
from wizard.views.fleet.selected import selection_of
from wizard.views.table_filters import Choices, Filter, options
from wizard.web import ConsoleRequest
from wizard.words import Text

# The size of the pieces of a file, in characters.
_PIECE: Final = 64 * 1024

# The views of the fleet: the names of their addresses, and the words for them.
VIEWS: Final[Sequence[tuple[str, Text]]] = (
    ("fleet-rules", gettext_lazy("Rules")),
    ("fleet-accounts", gettext_lazy("Accounts")),
    ("fleet-groups", gettext_lazy("Groups")),
    ("fleet-matrix", gettext_lazy("Matrix")),
    ("fleet-readings", gettext_lazy("Regions")),
    ("fleet-trend", gettext_lazy("Trend")),
    ("fleet-sweeps", gettext_lazy("Sweeps")),
    ("fleet-operation-list", gettext_lazy("Operations")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """A link to another view of the fleet."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFilter:
    """A filter that no list shows, with the address without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutLine:
    """What the pages leave out: Regions by reason. An address is empty for what is shown now."""

    number: int
    reasons: Sequence[tuple[str, int]]
    choice: str
    leave_url: str
    include_url: str
    only_url: str


def fleet_page(
    request: ConsoleRequest,
    template: str,
    context: dict[str, Any],
    *,
    asked: AskedForm,
    names: Sequence[str] | None = None,
    field: str = "rule",
) -> HttpResponse:
    """Render a page of the fleet; 422 if a filter cannot be applied.

    `names` are the rows of its `listing` in a selection, and `field` the name of the check boxes.
    """
    shared: dict[str, Any] = {
        "views": fleet_views(request),
        "wrong": asked.errors,
        "left_out": _left_out(request, asked),
    }
    if names is not None:
        matches = context["listing"].matches or 0
        shared |= selection_of(request, names, matches, field=field)
    return render(request, template, shared | context, status=200 if asked.is_valid else 422)


def fleet_views(request: ConsoleRequest) -> list[FleetView]:
    """Return the links to the views of the fleet."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return [
        FleetView(label=label, url=reverse(view), is_current=view == name) for view, label in VIEWS
    ]


def _left_out(request: ConsoleRequest, asked: AskedForm) -> LeftOutLine | None:
    numbers = rules.left_out(user=request.user)
    if not numbers:
        return None
    choice: str = asked.value("left_out")
    urls = {
        each: "" if each == choice else address_with(request, left_out=each)
        for each in ("", *filters.LEFT_OUT)
    }
    return LeftOutLine(
        number=sum(numbers.values()),
        reasons=[(str(LeftOut(each).label), numbers[each]) for each in LeftOut if each in numbers],
        choice=choice,
        leave_url=urls[""],
        include_url=urls[rules.INCLUDE],
        only_url=urls[rules.ONLY],
    )


def applied_filters(
    request: ConsoleRequest, asked: AskedForm, names: Iterable[str]
) -> list[AppliedFilter]:
    """Return those of the filters that are applied and that no list shows."""
    found = []
    for name in names:
        if value := asked.applied.get(name, ""):
            query = request.GET.copy()
            for each in (name, "page"):
                query.pop(each, None)
            found.append(
                AppliedFilter(
                    label=str(asked.form.fields[name].label),
                    value=_reason(value) if name == "reason" else value,
                    url=f"?{query.urlencode()}",
                )
            )
    return found


def kept_filters(asked: AskedForm, names: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the filters that no list of the page shows; choosing another one keeps them."""
    kept = (*names, "left_out")
    return [(name, asked.applied[name]) for name in kept if name in asked.applied]


def address_with(request: ConsoleRequest, **given: str) -> str:
    """Return the query string with other values, at the first page."""
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("sort", None)
    for name, value in given.items():
        query[name] = value
        if not value:
            del query[name]
    return f"?{query.urlencode()}"


def _reason(key: str) -> str:
    return filters.named(filters.reason_choices(), key)


def owner_filter(request: ConsoleRequest, chosen: str) -> list[Filter]:
    """Return the list of owners, if there are any."""
    names = rules.owners(user=request.user)
    if not names:
        return []
    choices = [*((name, name) for name in names), (rules.NO_OWNER, _("No owner"))]
    return [choice_filter("owner", _("Owner"), _("Any owner"), choices, chosen)]


def list_filter(name: str, label: str, choices: Choices, chosen: str) -> Filter:
    """Return a list of which one choice always holds."""
    return Filter(name=name, label=label, options=options(choices, chosen))


def choice_filter(name: str, label: str, anything: str, choices: Choices, chosen: str) -> Filter:
    """Return a list of choices with one that filters nothing."""
    return Filter(name=name, label=label, options=options([("", anything), *choices], chosen))


# --- Files ----------------------------------------------------------------------------------------


def downloads() -> list[Download]:
    """Return the formats of the menu."""
    return [Download(name=name, label=each.label) for name, each in FORMATS.items()]


def asked_format(request: HttpRequest) -> str:
    """Return the format that the query string asks for; empty for a page."""
    asked = request.GET.get("format", "")
    return asked if asked in FORMATS else ""


def fleet_file(
    lines: Iterable[Listed], kind: type[Listed], *, format_name: str, content: str
) -> StreamingHttpResponse:
    """Return the lines as an attachment; its name has what it contains and the time in UTC."""
    export = FORMATS[format_name]
    pieces = _in_pieces(export.stream(lines, kind))
    response = StreamingHttpResponse(pieces, content_type=export.content_type)
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"pull-through-cache-{content}-{stamp}.{format_name}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield the texts in pieces of some size, because each piece costs a system call."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()
