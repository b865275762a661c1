"""A person's preferences: the look of tables, and the time zone."""

from collections.abc import Collection
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import User

from wizard.domain.tables import DEFAULT_PAGE_SIZE, OPTIONAL_COLUMNS, PAGE_SIZES, TableLook
from wizard.models import TablePreference, TimeZonePreference


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


def get_time_zone(*, user: User) -> ZoneInfo | None:
    """Return the person's zone; None for the console's, also if the system lacks the kept one.

    `access.user_with_grants` reads the row with the user.
    """
    try:
        return ZoneInfo(user.time_zone_preference.name)
    except (TimeZonePreference.DoesNotExist, ZoneInfoNotFoundError, ValueError):
        return None


def set_time_zone(*, user: User, name: str) -> None:
    """Store the zone; an empty name stands for the console's."""
    if name:
        TimeZonePreference.objects.update_or_create(user=user, defaults={"name": name})
    else:
        TimeZonePreference.objects.filter(user=user).delete()
