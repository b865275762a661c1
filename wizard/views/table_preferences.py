"""The page of the table preferences. The script shows its form as a dialog above the table."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from wizard.domain.tables import OPTIONAL_COLUMNS, TableLook
from wizard.forms.table import TableForm
from wizard.services.preferences import set_table_look
from wizard.web import ConsoleRequest, local_url, see_other, table_look_of, takes

_ROWS = ("wraps_lines", "has_stripes", "is_compact")


@require_http_methods(["GET", "HEAD", "POST"])
@takes(TableForm, "next")
def table_preferences(request: ConsoleRequest) -> HttpResponse:
    """Show the preferences, or store them and return to the table."""
    sent = request.POST if request.method == "POST" else request.GET
    back = local_url(request, sent.get("next", "")) or reverse("home")
    form = TableForm(request.POST or None, initial=_initial(table_look_of(request)))
    if request.method == "POST" and form.is_valid():
        set_table_look(user=request.user, look=_look(form.cleaned_data))
        return see_other(back)
    context = {"form": form, "back": back}
    status = 422 if form.is_bound else 200
    return render(request, "people/table_preferences.html", context, status=status)


def _initial(look: TableLook) -> dict[str, Any]:
    hidden = look.hidden_columns
    return {
        "page_size": look.page_size,
        "columns": [column.name for column in OPTIONAL_COLUMNS if column.name not in hidden],
        "rows": [name for name in _ROWS if getattr(look, name)],
    }


def _look(sent: dict[str, Any]) -> TableLook:
    shown = sent["columns"]
    return TableLook(
        page_size=sent["page_size"],
        hidden_columns=tuple(each.name for each in OPTIONAL_COLUMNS if each.name not in shown),
        **{name: name in sent["rows"] for name in _ROWS},
    )
