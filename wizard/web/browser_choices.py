"""Choices that belong to a browser and are kept there, in a cookie each.

`context` has the theme and the side navigation; here are the help panel and the keyboard shortcuts.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest

OPEN, CLOSED = "open", "closed"
ON, OFF = "on", "off"
# By the name of the cookie and of the field that sends it; the first is the default.
BROWSER_CHOICES: Final = {"help": (CLOSED, OPEN), "keys": (ON, OFF)}


def choice_cookie(name: str) -> str:
    """Return the name of the cookie; over TLS it has the prefix `__Host-`."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def browser_choice(request: HttpRequest, name: str) -> str:
    """Return what was chosen, or the default."""
    offered = BROWSER_CHOICES[name]
    kept = request.COOKIES.get(choice_cookie(name), "")
    return kept if kept in offered else offered[0]
