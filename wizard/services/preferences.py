"""A person's table preferences, with defaults."""

from collections.abc import Collection

from django.contrib.auth.models import User

from wizard.domain.tables import DEFAULT_PAGE_SIZE, OPTIONAL_COLUMNS, PAGE_SIZES, TableLook
from wizard.models import TablePreference


def get_table_look(*, user: User) -> TableLook:
    """Return the preferences; a page size or column that no longer exists is ignored."""
    kept = TablePreference.objects.filter(user=user).values_list("page_size", "hidden_columns")
    for page_size, hidden_columns in kept:
        size = page_size if page_size in PAGE_SIZES else DEFAULT_PAGE_SIZE
        hidden = (column.name for column in OPTIONAL_COLUMNS if column.name in hidden_columns)
        return TableLook(page_size=size, hidden_columns=tuple(hidden))
    return TableLook()


def set_table_look(*, user: User, page_size: int, shown_columns: Collection[str]) -> None:
    """Store the preferences."""
    hidden = [column.name for column in OPTIONAL_COLUMNS if column.name not in shown_columns]
    TablePreference.objects.update_or_create(
        user=user, defaults={"page_size": page_size, "hidden_columns": hidden}
    )
