"""How the person of a request wants tables of rules, and the fields of these preferences."""

from functools import lru_cache

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.safestring import SafeString

from wizard.domain.tables import OPTIONAL_COLUMNS, TableLook
from wizard.forms.table import TableForm
from wizard.services.preferences import get_table_look


def table_look_of(request: HttpRequest) -> TableLook:
    """How this person wants tables of rules; read once per request, however many tables it has."""
    known: TableLook | None = getattr(request, "table_look", None)
    if known is None:
        user = request.user
        known = get_table_look(user=user) if isinstance(user, User) else TableLook()
        setattr(request, "table_look", known)  # noqa: B010 - no member of HttpRequest
    return known


@lru_cache(maxsize=256)
def table_fields_of(look: TableLook, _language: str | None) -> SafeString:
    """The same HTML for everybody with the same preferences; every table's page has it."""
    shown = [each.name for each in OPTIONAL_COLUMNS if each.name not in look.hidden_columns]
    form = TableForm(initial={"page_size": look.page_size, "columns": shown})
    return SafeString("".join(field.as_field_group() for field in form))
