"""The results of work in several Regions: rows of one table, failures first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import AwsAction, Region
from wizard.models import Operation, OperationState
from wizard.services import places
from wizard.views.operations.sections import OperationSection
from wizard.views.tables import Listing, cut_listing, listing_of
from wizard.web import ConsoleRequest, place_url
from wizard.words import ErrorView, Text

# The icons of states, the most urgent first.
_URGENCY: Final = ("failed", "warning", "running", "pending", "valid")
_TABLE: Final = "outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """The result for one rule or secret.

    `status` is the name of its icon, or `running`. `made` is what the work has done, `reason` or
    `error` why the rest is not done. `url` is the page of the rule or secret, `details_url` the
    place that says more; both may be empty.
    """

    region: Region
    name: str
    status: str
    word: Text
    made: Sequence[str] = ()
    reason: Text = ""
    error: ErrorView | None = None
    url: str = ""
    details_url: str = ""

    @property
    def urgency(self) -> int:
        return _URGENCY.index(self.status)

    @property
    def made_text(self) -> str:
        return ", ".join(self.made)

    @property
    def reason_text(self) -> str:
        return str(self.error.title if self.error else self.reason)


def failures_first(rows: Iterable[ResultRow]) -> list[ResultRow]:
    """Return the rows by urgency, then by Region and name."""
    return sorted(rows, key=lambda row: (row.urgency, row.region.code, row.name))


def results_listing(
    request: ConsoleRequest, rows: Sequence[ResultRow], *, is_running: bool = False
) -> Listing[ResultRow]:
    """Return a page of the results.

    While the work goes on all rows are shown in their order, and so they are in an answer to a
    POST: its address can't be opened with another order.
    """
    if is_running or request.method == "POST":
        return cut_listing(request, rows, table=_TABLE, pages=None, total=len(rows), sorts=False)
    return listing_of(request, rows, table=_TABLE, searched=_searched, anchor="results")


def is_search(request: ConsoleRequest) -> bool:
    """Whether a script asks for the rows only, while a person types: the rest is not shown."""
    return bool(request.htmx) and request.htmx.target == "list-results"


def _searched(row: ResultRow) -> tuple[str, ...]:
    region = row.region
    return region.code, region.name, row.name, str(row.word), row.made_text, row.reason_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of the Regions have ended."""

    ended: int
    total: int

    @property
    def text(self) -> str:
        numbers = {"ended": self.ended, "total": self.total}
        text = ngettext(
            "%(ended)d of %(total)d Region", "%(ended)d of %(total)d Regions", self.total
        )
        return text % numbers


def progress_of(batch: Collection[Operation]) -> Progress:
    """Return the progress of a batch that is under way."""
    return Progress(ended=sum(not each.is_under_way for each in batch), total=len(batch))


def results_of(sections: Sequence[OperationSection], *, is_running: bool) -> list[ResultRow]:
    """Return a row per operation of a batch; failures first, unless a worker goes on.

    While it does, the rows keep their places, and there are no details to lead to.
    """
    rows = [_row(each, has_details=not is_running) for each in sections]
    return rows if is_running else failures_first(rows)


def waiting_rows(regions: Iterable[str], name: str) -> list[ResultRow]:
    """Return a row per Region in which nothing was begun yet."""
    return [
        ResultRow(region=places.region_named(code), name=name, status="pending", word=_("Waiting"))
        for code in sorted(regions)
    ]


def _row(section: OperationSection, *, has_details: bool) -> ResultRow:
    operation = section.operation
    error = section.error or section.waits_for
    return ResultRow(
        region=section.region,
        name=operation.ecr_repository_prefix,
        status=section.status,
        word=section.word,
        made=_made(operation),
        reason=error.title if error else "",
        url=_rule_url(operation),
        details_url=f"#region-{operation.region}" if has_details else "",
    )


def _rule_url(operation: Operation) -> str:
    """Return the page of the rule if it exists because of the operation."""
    if operation.state != OperationState.SUCCEEDED:
        return ""
    parts = {"ecr_repository_prefix": operation.ecr_repository_prefix}
    return place_url("rule-detail", operation.target, **parts)


def _made(operation: Operation) -> list[str]:
    """Return the changes that AWS made, in order."""
    if operation.found_as_asked:
        return [_("Nothing. An identical rule already exists.")]
    words = {
        AwsAction.CREATE_SECRET: _("Secret %(name)s created") % {"name": operation.secret_name},
        AwsAction.REPLICATE_SECRET: _("Secret replicated"),
        AwsAction.DELETE_SECRET: _("Secret scheduled for deletion"),
        AwsAction.CREATE_TEMPLATE: _("Template created"),
        AwsAction.DELETE_TEMPLATE: _("Template deleted"),
        AwsAction.CREATE_RULE: _("Rule created"),
        AwsAction.DELETE_RULE: _("Rule deleted"),
        AwsAction.PUT_BACK_RULE: _("Replaced rule restored"),
    }
    done = [each for each in operation.steps.all() if each.state == OperationState.SUCCEEDED]
    made = [words.get(AwsAction(each.action), each.action) for each in done]
    kept = [_("Existing template kept")] if operation.has_kept_template else []
    return [*kept, *made]
