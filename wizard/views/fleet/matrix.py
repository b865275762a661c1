"""The matrix of accounts by prefixes or upstream registries, in pages both ways."""

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedCell
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import AskedForm
from wizard.views.fleet.matrix_cells import Matrix, matrix_lines, matrix_of
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.fleet.queries import ACROSS, MatrixForm
from wizard.views.table_filters import Filter
from wizard.views.tables import Pages, pages_of
from wizard.web import ConsoleRequest, table_look_of


@require_safe
def fleet_matrix(request: ConsoleRequest) -> HttpResponseBase:
    """Show a page of the matrix; with `format`, all accounts and columns as a file."""
    asked = AskedForm(MatrixForm(request.GET))
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        lines = matrix_lines(request, asked)
        return fleet_file(lines, ListedCell, format_name=format_name, content="fleet-matrix")
    shown = matrix_of(request, asked, size=table_look_of(request).page_size)
    context = {
        "matrix": shown,
        "filters": _filters(request, asked),
        "kept": page.kept_filters(asked, ("account",)),
        "text": asked.value("q"),
        "is_filtered": bool(asked.applied) or not asked.is_valid,
        "pages": pages_of(request.GET, shown.accounts),
        "column_pages": _column_pages(request, shown),
        "downloads": downloads(),
    }
    return page.fleet_page(request, "fleet/matrix.html", context, asked=asked)


def _column_pages(request: ConsoleRequest, shown: Matrix) -> Pages | None:
    return pages_of(request.GET, shown.columns, name="columns")


def _filters(request: ConsoleRequest, asked: AskedForm) -> list[Filter]:
    """Return the lists beside the search."""
    across = [(key, str(label)) for key, label in ACROSS.items()]
    return [
        *page.owner_filter(request, request.GET.get("owner", "")),
        page.choice_filter(
            "region",
            _("Region"),
            _("Any Region"),
            filters.region_choices(),
            asked.value("region"),
        ),
        page.choice_filter(
            "across", _("Columns"), _("Columns: Prefix"), across[1:], asked.value("across")
        ),
    ]
