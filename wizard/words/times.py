"""Moments in words: how long ago they were."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
# From this age on, the unit is months.
_MONTH: Final = timedelta(days=30)


def time_since(at: datetime, now: datetime) -> str:
    """Return the time since a moment, in its largest unit, such as "36 minutes ago"."""
    age = now - at
    unit = next((unit for unit in (_MONTH, _DAY, _HOUR, _MINUTE) if age >= unit), None)
    return _in_words(unit, age // unit if unit else 0, get_language())


@lru_cache(maxsize=1024)
def _in_words(unit: timedelta | None, number: int, _language: str | None) -> str:
    """Cached: a list of rules has few different ages."""
    if unit == _MINUTE:
        text = ngettext("%(number)d minute ago", "%(number)d minutes ago", number)
    elif unit == _HOUR:
        text = ngettext("%(number)d hour ago", "%(number)d hours ago", number)
    elif unit == _DAY:
        text = ngettext("%(number)d day ago", "%(number)d days ago", number)
    elif unit == _MONTH:
        text = ngettext("%(number)d month ago", "%(number)d months ago", number)
    else:
        text = _("Just now")
    return text % {"number": number} if unit else text
