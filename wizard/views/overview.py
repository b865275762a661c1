"""Every Region of an account on one page: one streamed response, each Region when it answers.

The calls to AWS begin before the page's shell is rendered. The shell goes out first, then a
section per Region in the order of the answers, a closing summary last: the same bytes with and
without JavaScript. A Region that does not answer shows why, and the rules as last known, greyed and
dated; it is never counted as one without rules. What is wrong with the credentials everywhere is
told once, at the end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Region, Role, Target
from wizard.exports import FORMATS
from wizard.services import places, rules, validation
from wizard.views import overview_summary as closing
from wizard.views.downloads import rules_file
from wizard.views.overview_sections import (
    FAILURES_SHOWN,
    Memory,
    Openness,
    RegionSection,
    sections_of,
    unread_of,
)
from wizard.views.rows import RuleQuery, RuleRow
from wizard.views.rule_filters import Filter, options, rule_filters
from wizard.views.rule_table import RuleTable
from wizard.web import ConsoleRequest, at_account, at_target, regions_of, table_look_of, targets_of

# Where the page's template is cut in two, to stream what comes between.
SPLIT: Final = "<!-- the Regions, as they answer -->"

BY_REGION, BY_REGISTRY, FLAT, MATRIX = "region", "registry", "none", "matrix"


@require_safe
@at_account
def rule_overview(request: ConsoleRequest) -> HttpResponseBase:
    """All Regions of the account; with `format`, what is shown as a file."""
    query = RuleQuery.of(request.GET)
    sections = _sections(request, targets_of(request, Role.VIEWER), query)
    if request.GET.get("format") in FORMATS:
        found = list(sections)
        return rules_file(
            query.apply(row for section in found for row in section.rows),
            format_name=request.GET["format"],
            place=f"{request.account_id}-all-regions",
            unread=unread_of(request.account_id, found, query),
        )
    page = _Page(request=request, query=query)
    # Rendered before the response is returned, so that the middleware still sees the messages
    # that were shown and the CSRF token that was asked for.
    shell = render_to_string("overview/page.html", page.shell(), request)
    # Without this, nginx holds sections back until its buffer is full.
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_stream(page, sections, shell), headers=headers)


@require_safe
@at_target
def overview_section(request: ConsoleRequest) -> HttpResponse:
    """One Region's section again: for Retry, and for a Region that is opened."""
    query = RuleQuery.of(request.GET)
    (section,) = _sections(request, [request.target], query)
    return HttpResponse(_Page(request=request, query=query).section(section))


def _sections(
    request: ConsoleRequest, targets: list[Target], query: RuleQuery
) -> Iterator[RegionSection]:
    outcomes = rules.read_everywhere(targets=targets)
    region = targets[0].region if len(targets) == 1 else ""
    latest = validation.latest_results(account_id=request.account_id, region=region)
    return sections_of(outcomes, query=query, memory=Memory(request.account_id), latest=latest)


def _stream(page: "_Page", sections: Iterable[RegionSection], shell: str) -> Iterator[str]:
    head, _marker, tail = shell.partition(SPLIT)
    yield head
    found = []
    for section in sections:
        found.append(section)
        yield page.section(section)
    yield page.closing(found)
    yield tail


@dataclass(kw_only=True)
class _Page:
    """One view of the page: what its pieces share."""

    request: ConsoleRequest
    query: RuleQuery

    def __post_init__(self) -> None:
        self._query_string = self.request.GET.urlencode()
        asked = self.request.GET.get("group", BY_REGION)
        self.group = asked if asked in _groups() else BY_REGION
        self.table = RuleTable(
            request=self.request, query=self.query, many_regions=self.group != BY_REGION
        )
        self.openness = Openness.of(
            self.query,
            viewed=targets_of(self.request, Role.VIEWER),
            chosen=self.request.GET.getlist("open"),
        )

    def shell(self) -> dict[str, Any]:
        """The context of all that is there before the first Region answers."""
        regions = regions_of(self.request, Role.VIEWER)
        groups = Filter(
            name="group", label=_("Group"), options=options(_groups().items(), self.group)
        )
        return {
            "query": self.query,
            "filters": rule_filters(self.query, regions=regions, further=[groups]),
            "formats": FORMATS.items(),
            "group": self.group,
            "region_count": len(regions),
        }

    def section(self, section: RegionSection) -> str:
        """One Region: with its rules, or as one line where these stand in common tables below."""
        context: dict[str, Any] = {
            "section": section,
            "is_fragment": bool(self.request.htmx),
            "query_string": self._query_string,
        }
        if self.group != BY_REGION:
            context["retry_url"] = self.request.get_full_path()
            return render_to_string("overview/_region.html#line", context)
        is_open = self.openness.opens(section)
        rows = section.rows if is_open else section.failures[:FAILURES_SHOWN]
        return render_to_string(
            "overview/_region.html",
            {
                **context,
                "is_open": is_open,
                "open_query": f"{self._query_string}&open={section.region.code}".lstrip("&"),
                "further_failures": len(section.failures) - len(rows),
                "table": self._table(section, rows),
            },
        )

    def closing(self, sections: list[RegionSection]) -> str:
        summary = closing.summary_of(sections)
        context: dict[str, Any] = {"query": self.query, "summary": summary}
        if not summary.rules:
            context["default_region"] = _region_to_begin_in(self.request)
        if self.group == FLAT:
            size = table_look_of(self.request).page_size
            page = Paginator(self._rows(sections), size).get_page(self.request.GET.get("page"))
            context["page"] = page
            context["groups"] = closing.one_table(list(page.object_list), self.table)
        elif self.group == BY_REGISTRY:
            context["groups"] = closing.by_registry(self._rows(sections), self.table)
        elif self.group == MATRIX:
            columns = closing.matrix_columns(sections, self.query)
            context |= {"columns": columns, "matrix": closing.matrix_of(columns)}
        return render_to_string("overview/_closing.html", context, self.request)

    def _rows(self, sections: list[RegionSection]) -> list[RuleRow]:
        """The rules of all Regions in the order of the query."""
        return self.query.apply(row for section in sections for row in section.rows)

    def _table(self, section: RegionSection, rows: list[RuleRow]) -> SafeString:
        if not rows:
            return SafeString()
        heading = f"region-{section.region.code}-heading"
        return self.table.render(rows, labelled_by=heading, is_silent=section.error is not None)


def _groups() -> dict[str, str]:
    """How the rules can be grouped, in words."""
    return {
        BY_REGION: _("By Region"),
        BY_REGISTRY: _("By registry"),
        FLAT: _("All in one table"),
        MATRIX: _("Matrix"),
    }


def _region_to_begin_in(request: ConsoleRequest) -> Region | None:
    """Where Add rule begins: the Region boto3 is set to, or the first where the person may work."""
    targets = targets_of(request, Role.OPERATOR)
    default = places.default_target()
    chosen = default if default in targets else next(iter(targets), None)
    return places.region_named(chosen.region) if chosen else None
