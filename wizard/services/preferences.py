"""A person's preferences: the look of tables, the time zone and the language."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import User

from wizard.domain.tables import COLUMN_KEYS, DEFAULT_PAGE_SIZE, PAGE_SIZES, TableLook
from wizard.models import LanguagePreference, TablePreference, TimeZonePreference


def get_table_look(*, user: User) -> TableLook:
    """Return the preferences; a page size or column that no longer exists is ignored."""
    kept = TablePreference.objects.filter(user=user).first()
    if kept is None:
        return TableLook()
    return TableLook(
        page_size=kept.page_size if kept.page_size in PAGE_SIZES else DEFAULT_PAGE_SIZE,
        hidden_columns=tuple(sorted(COLUMN_KEYS.intersection(kept.hidden_columns))),
        wraps_lines=kept.wraps_lines,
        has_stripes=kept.has_stripes,
        is_compact=kept.is_compact,
    )


def set_table_look(*, user: User, look: TableLook) -> None:
    """Store the preferences."""
    TablePreference.objects.update_or_create(
        user=user,
        defaults={
            "page_size": look.page_size,
            "hidden_columns": list(look.hidden_columns),
            "wraps_lines": look.wraps_lines,
            "has_stripes": look.has_stripes,
            "is_compact": look.is_compact,
        },
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


def get_language(*, user: User) -> str:
    """Return the code of the person's language; empty for the one of the browser.

    `access.user_with_grants` reads the row with the user.
    """
    try:
        code = user.language_preference.code
    except LanguagePreference.DoesNotExist:
        return ""
    return code if code in dict(settings.LANGUAGES) else ""


def set_language(*, user: User, code: str) -> None:
    """Store the language; an empty code stands for the one of the browser."""
    if code:
        LanguagePreference.objects.update_or_create(user=user, defaults={"code": code})
    else:
        LanguagePreference.objects.filter(user=user).delete()
