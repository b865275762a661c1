"""The preferences of tables: rows on a page, and which columns are shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.tables import COLUMNS, PAGE_SIZES
from wizard.forms.renderer import ConsoleForm

COLUMN_LABELS = {
    "registry": _("Upstream registry"),
    "url": _("Upstream URL"),
    "upstream": _("Upstream namespace"),
    "credential": _("Credentials"),
    "status": _("Status"),
    "created": _("Created"),
}


class TableForm(ConsoleForm):
    page_size = forms.TypedChoiceField(
        label=_("Page size"), coerce=int, choices=[(size, str(size)) for size in PAGE_SIZES]
    )
    columns = forms.MultipleChoiceField(
        label=_("Visible columns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, COLUMN_LABELS[name]) for name in COLUMNS],
    )
