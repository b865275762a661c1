"""Every Region of an account on one page: one streamed response, each Region when it answers.

The calls to AWS begin before the page is rendered. The first piece of the page has a place for
each Region in a fixed order, with what was last known of it: a declarative shadow root with a slot
per Region. Sections follow in the order of the answers, and the browser shows each in its place,
with and without JavaScript. A Region that does not answer shows why, and the rules as last known,
greyed and dated; it is never counted as one without rules. Closed Regions are one line, and have no
place unless they answer.
"""

from collections.abc import Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.exports import DECLARATIONS, RULE_FORMATS
from wizard.services import rules
from wizard.views.downloads import rules_file
from wizard.views.overview_closed import ClosedFold
from wizard.views.overview_memory import Memory
from wizard.views.overview_openness import Openness
from wizard.views.overview_page import OverviewPage
from wizard.views.overview_sections import (
    RegionSection,
    known_sections,
    sections_of,
    unread_of,
)
from wizard.views.rows import RuleQuery
from wizard.web import ENGLISH, ConsoleRequest, at_account, at_target, refused, targets_of

# Where the page's template is cut in two, to stream what comes between.
SPLIT = "<!-- the Regions, as they answer -->"


@require_safe
@at_account
def rule_overview(request: ConsoleRequest) -> HttpResponseBase:
    """All Regions of the account; with `format`, what is shown as a file."""
    query = RuleQuery.of(request.GET)
    wanted = DECLARATIONS.get(request.GET.get("format", ""))
    if wanted is not None and wanted.is_of_one_region and not query.region:
        return refused("A template belongs to one Region. Add region=<Region>.", status=400)
    fold = ClosedFold.of(request, query)
    viewed = [*targets_of(request, Role.VIEWER), *fold.asked]
    targets = [target for target in viewed if query.region in ("", target.region)]
    outcomes = rules.read_everywhere(targets=targets)
    memory = Memory(request.account_id, targets)
    answered = sections_of(outcomes, query=query, memory=memory)
    sections = (section for section in answered if not fold.hides(section))
    if request.GET.get("format") in RULE_FORMATS:
        with translation.override(ENGLISH):
            return _file(request, query, list(sections))
    placed = [target for target in targets if target.region not in fold.waiting]
    known = known_sections(placed, query=query, memory=memory)
    opened = _opened(request, query)
    page = OverviewPage(
        request=request,
        query=query,
        known=known,
        openness=Openness.of_page(known, chosen=opened),
        fold=fold,
    )
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
    outcomes = rules.read_everywhere(targets=[request.target])
    memory = Memory(request.account_id, [request.target])
    (section,) = sections_of(outcomes, query=query, memory=memory)
    openness = Openness.of_section(
        query, viewed=targets_of(request, Role.VIEWER), chosen=_opened(request, query)
    )
    quiet = frozenset([request.target.region] if "quiet" in request.GET else [])
    page = OverviewPage(request=request, query=query, openness=openness, quiet=quiet)
    return HttpResponse(page.section(section))


def _opened(request: ConsoleRequest, query: RuleQuery) -> list[str]:
    """The Regions that the person opened; a Region that is filtered by is one of them."""
    return [*request.GET.getlist("open"), query.region]


def _file(
    request: ConsoleRequest, query: RuleQuery, sections: list[RegionSection]
) -> HttpResponseBase:
    return rules_file(
        query.apply(row for section in sections for row in section.rows),
        format_name=request.GET["format"],
        account_id=request.account_id,
        where=query.region or "all-regions",
        unread=unread_of(request.account_id, sections, query),
    )


def _stream(page: OverviewPage, sections: Iterable[RegionSection], shell: str) -> Iterator[str]:
    head, _marker, tail = shell.partition(SPLIT)
    yield head
    found: list[RegionSection] = []
    for section in sections:
        if section.is_told_once and not any(each.is_told_once for each in found):
            yield page.credentials(section)
        found.append(section)
        yield page.section(section)
    yield page.closing(found)
    yield tail
