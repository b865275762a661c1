"""How the person of a request wants tables."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from wizard.domain.tables import TableLook
from wizard.services.preferences import get_table_look


def table_look_of(request: HttpRequest) -> TableLook:
    """How this person wants tables; read once per request, however many tables it has."""
    known: TableLook | None = getattr(request, "table_look", None)
    if known is None:
        user = request.user
        known = get_table_look(user=user) if isinstance(user, User) else TableLook()
        setattr(request, "table_look", known)  # noqa: B010 - no member of HttpRequest
    return known
