"""The page of the table preferences. The script shows its form as a dialog above the table."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from wizard.domain.tables import RULES, TABLES, TableLook, column_key, optional_columns
from wizard.forms.table import TableForm
from wizard.services.preferences import set_table_look
from wizard.web import ConsoleRequest, local_url, see_other, table_look_of, takes

_ROWS = ("wraps_lines", "has_stripes", "is_compact")


@require_http_methods(["GET", "HEAD", "POST"])
@takes(TableForm, "next", "table")
def table_preferences(request: ConsoleRequest) -> HttpResponse:
    """Show the preferences, or store them and return to the table.

    `table` says which table's columns are offered: those of rules, if there is no such table.
    """
    sent = request.POST if request.method == "POST" else request.GET
    back = local_url(request, sent.get("next", "")) or reverse("home")
    table = sent.get("table", "") if sent.get("table") in TABLES else RULES
    look = table_look_of(request)
    form = TableForm(request.POST or None, initial=_initial(look, table), table=table)
    if request.method == "POST" and form.is_valid():
        set_table_look(user=request.user, look=_look(form.cleaned_data, table, before=look))
        return see_other(back)
    context = {"form": form, "back": back, "table": table}
    status = 422 if form.is_bound else 200
    return render(request, "people/table_preferences.html", context, status=status)


def _initial(look: TableLook, table: str) -> dict[str, Any]:
    keys = _keys(table)
    return {
        "page_size": look.page_size,
        "columns": [key for key in keys if key not in look.hidden_columns],
        "rows": [name for name in _ROWS if getattr(look, name)],
    }


def _look(sent: dict[str, Any], table: str, *, before: TableLook) -> TableLook:
    """Return the look that was asked for; the columns of other tables are as before."""
    keys = _keys(table)
    hidden = {key for key in keys if key not in sent["columns"]}
    return TableLook(
        page_size=sent["page_size"],
        hidden_columns=tuple(sorted(hidden.union(before.hidden_columns) - set(sent["columns"]))),
        **{name: name in sent["rows"] for name in _ROWS},
    )


def _keys(table: str) -> list[str]:
    return [column_key(table, column) for column in optional_columns(table)]
