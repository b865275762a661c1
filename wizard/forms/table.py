"""The preferences of tables: rows on a page, which columns are shown, and how rows look."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.tables import OPTIONAL_COLUMNS, PAGE_SIZES
from wizard.forms.renderer import ConsoleForm


class TableForm(ConsoleForm):
    page_size = forms.TypedChoiceField(
        label=_("Page size"), coerce=int, choices=[(size, str(size)) for size in PAGE_SIZES]
    )
    columns = forms.MultipleChoiceField(
        label=_("Visible columns in tables of rules"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(column.name, _(column.label)) for column in OPTIONAL_COLUMNS],
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
