"""Every Region of an account on one page: one streamed response, each Region when it answers.

The shell goes out first, then a section per Region in the order of the answers, a closing summary
last: the same bytes with and without JavaScript. A Region that does not answer shows why, and the
rules as last known, greyed and dated; it is never counted as one without rules. What is wrong with
the credentials everywhere is told once, at the end.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import errors
from wizard.domain.grants import Role
from wizard.domain.regions import Region, Target
from wizard.domain.rules import Rule
from wizard.exports import FORMATS
from wizard.services import last_known, places, rules, validation
from wizard.services.fanout import RegionAnswer
from wizard.services.last_known import Snapshot
from wizard.services.preferences import get_table_look
from wizard.services.validation import LatestResults
from wizard.views.downloads import rules_file
from wizard.views.rows import RuleQuery, RuleRow, Status, registry_choices, rows_of
from wizard.web.requests import ConsoleRequest, at_account, at_target, targets_of
from wizard.words.errors import ErrorView, error_view

# Where the page's template is cut in two, to stream what comes between.
SPLIT: Final = "<!-- the Regions, as they answer -->"

BY_REGION, BY_REGISTRY, FLAT, MATRIX = "region", "registry", "none", "matrix"
GROUPS: Final = (BY_REGION, BY_REGISTRY, FLAT, MATRIX)


class Silence(StrEnum):
    """Why a Region's rules are not known."""

    NO_ANSWER = "no-answer"
    NO_ACCESS = "no-access"
    # The same for every Region, so it is told once.
    NO_CREDENTIALS = "no-credentials"


_SILENCES: Final = {
    errors.AccessDenied: Silence.NO_ACCESS,
    errors.CredentialsInvalid: Silence.NO_ACCESS,
    errors.CredentialsExpired: Silence.NO_CREDENTIALS,
    errors.CredentialsMissing: Silence.NO_CREDENTIALS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSection:
    """One Region's answer. `rows` are those of `all_rows` that match the query.

    With an `error`, and so a `silence`, the rows are the last known ones, of `read_at` (None:
    never read).
    """

    region: Region
    rows: list[RuleRow]
    all_rows: list[RuleRow]
    error: ErrorView | None = None
    silence: Silence | None = None
    read_at: datetime | None = None
    milliseconds: int = 0
    url: str = ""
    section_url: str = ""

    @property
    def count(self) -> int:
        return len(self.all_rows)

    @property
    def reason(self) -> str:
        """Why the rules are not known, in a few words."""
        title = str(self.error.title) if self.error else ""
        no_access = _(errors.AccessDenied.title)
        if self.silence is Silence.NO_ACCESS and title != no_access:  # guard: F4
            return f"{no_access}: {title}"
        return title

    @property
    def is_told_once(self) -> bool:
        """Whether the closing summary has the error, the same for all Regions that share it."""
        return self.silence is Silence.NO_CREDENTIALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under a common heading."""

    title: str
    rows: list[RuleRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One prefix in one Region: `row` is None where there is no rule, or where nobody knows."""

    region: Region
    row: RuleRow | None
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """One prefix over the Regions that have rules or did not answer."""

    prefix: str
    cells: list[Cell]

    @property
    def missing(self) -> int:
        return sum(cell.row is None and cell.is_known for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The closing words: what was counted, and what could not be, by the kind of its silence."""

    rules: int
    answered: int
    silent: list[RegionSection]
    no_answer: list[RegionSection]
    no_access: list[RegionSection]
    no_credentials: list[RegionSection]
    statuses: list[tuple[str, int]]
    registries: list[tuple[str, int]]
    regions: list[tuple[str, int]]


@require_safe
@at_account
def rule_overview(request: ConsoleRequest) -> HttpResponseBase:
    """All Regions of the account; with `format`, what is shown as a file."""
    query = RuleQuery.of(request.GET)
    if request.GET.get("format") in FORMATS:
        sections = list(_sections(request, query))
        rows = query.apply(row for section in sections for row in section.rows)
        place = f"{request.account_id}-all-regions"
        return rules_file(
            rows,
            format_name=request.GET["format"],
            place=place,
            unread=_unread(request.account_id, sections, query),
        )
    context = _context(request, query)
    # Rendered before the response is returned, so that the middleware still sees the messages
    # that were shown and the CSRF token that was asked for.
    page = render_to_string("overview/page.html", context, request)
    return StreamingHttpResponse(_stream(request, query, context, page))


@require_safe
@at_target
def overview_section(request: ConsoleRequest) -> HttpResponse:
    """One Region's section again, for Retry."""
    known = last_known.last_known(account_id=request.account_id)
    (section,) = _sections_of([request.target], RuleQuery.of(request.GET), known)
    return render(request, "overview/_region.html", {"section": section})


def _unread(
    account_id: str, sections: list[RegionSection], query: RuleQuery
) -> dict[Target, ErrorView]:
    """The Regions that a file has to name, for it says nothing else about them."""
    return {
        Target(account_id=account_id, region=section.region.code): section.error
        for section in sorted(sections, key=lambda section: section.region)
        if section.error and not section.all_rows and query.region in ("", section.region.code)
    }


def _context(request: ConsoleRequest, query: RuleQuery) -> dict[str, Any]:
    group = request.GET.get("group", BY_REGION)
    return {
        "query": query,
        "group": group if group in GROUPS else BY_REGION,
        "groups": GROUPS,
        "registries": registry_choices(),
        "regions": [
            places.region_named(target.region) for target in targets_of(request, Role.VIEWER)
        ],
        "statuses": list(Status),
        "default_region": _region_to_begin_in(request),
    }


def _region_to_begin_in(request: ConsoleRequest) -> Region | None:
    """Where Add rule begins: the Region boto3 is set to, or the first where the person may work."""
    targets = targets_of(request, Role.OPERATOR)
    default = places.default_target()
    chosen = default if default in targets else next(iter(targets), None)
    return places.region_named(chosen.region) if chosen else None


def _stream(
    request: ConsoleRequest, query: RuleQuery, context: dict[str, Any], page: str
) -> Iterator[str]:
    head, _marker, tail = page.partition(SPLIT)
    yield head
    sections, group = [], context["group"]
    part = "overview/_region.html" if group == BY_REGION else "overview/_region_line.html"
    for section in _sections(request, query):
        sections.append(section)
        yield render_to_string(part, {**context, "section": section}, request)
    yield render_to_string(
        "overview/_closing.html", {**context, **_closing(request, sections, query, group)}, request
    )
    yield tail


def _closing(
    request: ConsoleRequest, sections: list[RegionSection], query: RuleQuery, group: str
) -> dict[str, Any]:
    rows = query.apply(row for section in sections for row in section.rows)
    page = None
    if group == FLAT:
        size = get_table_look(user=request.user).page_size
        page = Paginator(rows, size).get_page(request.GET.get("page"))
        rows = list(page.object_list)
    return {
        "page": page,
        "summary": _summary(sections),
        "row_groups": _groups(rows, group),
        "matrix": _matrix(sections, query) if group == MATRIX else [],
        "matrix_regions": [section.region for section in _matrix_sections(sections, query)],
    }


def _sections(request: ConsoleRequest, query: RuleQuery) -> Iterator[RegionSection]:
    account_id = request.account_id
    known = last_known.last_known(account_id=account_id)
    latest = validation.latest_results(account_id=account_id)
    return _sections_of(targets_of(request, Role.VIEWER), query, known, latest)


def _sections_of(
    targets: list[Target],
    query: RuleQuery,
    known: dict[str, Snapshot],
    latest: LatestResults | None = None,
) -> Iterator[RegionSection]:
    for outcome in rules.read_everywhere(targets=targets):
        yield _section(outcome, query, known.get(outcome.target.region), latest)


def _section(
    outcome: RegionAnswer[list[Rule]],
    query: RuleQuery,
    snapshot: Snapshot | None,
    latest: LatestResults | None,
) -> RegionSection:
    target = outcome.target
    remembered = snapshot.rules if snapshot else []
    found = remembered if outcome.value is None else outcome.value
    read_at = snapshot.read_at if snapshot and outcome.error else None
    rows = rows_of(target, found, latest, last_known_at=read_at)
    kwargs = {"account_id": target.account_id, "region": target.region}
    return RegionSection(
        region=places.region_named(target.region),
        rows=query.apply(rows),
        all_rows=rows,
        error=error_view(outcome.error) if outcome.error else None,
        silence=_silence_of(outcome.error) if outcome.error else None,
        read_at=read_at,
        milliseconds=round(outcome.seconds * 1000),
        url=reverse("rule-list", kwargs=kwargs),
        section_url=reverse("overview-section", kwargs=kwargs),
    )


def _silence_of(error: errors.AwsError) -> Silence:
    return _SILENCES.get(type(error), Silence.NO_ANSWER)


def _summary(sections: list[RegionSection]) -> Summary:
    answered = [section for section in sections if section.error is None]
    silent = sorted(
        (section for section in sections if section.error), key=lambda section: section.region
    )
    rows = [row for section in answered for row in section.rows]
    return Summary(
        rules=len(rows),
        answered=len(answered),
        silent=silent,
        no_answer=[each for each in silent if each.silence is Silence.NO_ANSWER],
        no_access=[each for each in silent if each.silence is Silence.NO_ACCESS],
        no_credentials=[each for each in silent if each.silence is Silence.NO_CREDENTIALS],
        statuses=_counted(row.status.value for row in rows),
        registries=_counted(row.registry_label for row in rows),
        regions=[
            (section.region.code, len(section.rows))
            for section in sorted(answered, key=lambda section: section.region)
            if section.rows
        ],
    )


def _groups(rows: list[RuleRow], group: str) -> list[Group]:
    if group == FLAT:
        return [Group(title=_("All Regions"), rows=rows)]
    if group != BY_REGISTRY:
        return []
    titles = sorted({row.registry_label for row in rows})
    return [
        Group(title=title, rows=[row for row in rows if row.registry_label == title])
        for title in titles
    ]


def _matrix_sections(sections: list[RegionSection], query: RuleQuery) -> list[RegionSection]:
    """The columns: Regions with rules, and those that did not answer."""
    shown = [
        section
        for section in sections
        if (section.all_rows or section.error) and query.region in ("", section.region.code)
    ]
    return sorted(shown, key=lambda section: section.region)


def _matrix(sections: list[RegionSection], query: RuleQuery) -> list[MatrixLine]:
    """The prefixes that match in some Region. A rule that the filter hides is not missing."""
    columns = _matrix_sections(sections, query)
    prefixes = {row.rule.ecr_repository_prefix for section in columns for row in section.rows}
    rows = {
        (row.rule.ecr_repository_prefix, row.target.region): row
        for section in columns
        for row in section.all_rows
    }
    return [
        MatrixLine(
            prefix=prefix,
            cells=[
                Cell(
                    region=section.region,
                    row=rows.get((prefix, section.region.code)),
                    is_known=section.error is None,
                )
                for section in columns
            ],
        )
        for prefix in sorted(prefixes)
    ]


def _counted(values: Iterator[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
