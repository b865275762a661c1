"""The preferences of tables: rows on a page, which columns are shown, and how rows look."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.tables import PAGE_SIZES, RULES, column_key, optional_columns
from wizard.forms.renderer import ConsoleForm


class TableForm(ConsoleForm):
    """The preferences of all tables, and the visible columns of one."""

    page_size = forms.TypedChoiceField(
        label=_("Page size"), coerce=int, choices=[(size, str(size)) for size in PAGE_SIZES]
    )
    columns = forms.MultipleChoiceField(
        label=_("Visible columns"), required=False, widget=forms.CheckboxSelectMultiple
    )
    rows = forms.MultipleChoiceField(
        label=_("Rows"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("wraps_lines", _("Wrap lines")),
            ("has_stripes", _("Striped rows")),
            ("is_compact", _("Compact density")),
        ],
    )

    def __init__(self, *args: Any, table: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = self.fields["columns"]
        columns.choices = [  # type: ignore[attr-defined]
            (column_key(table, column), _(column.label)) for column in optional_columns(table)
        ]
        if table == RULES:
            columns.label = _("Visible columns in tables of rules")
