"""Clean-ups: images that are deleted together after a preview, a row for each call.

Views and background tasks import from this package only. Its modules depend on each other in this
order: `own_pulls`, `looking` and `reading`; `planning`, `fetching_again` and `cleaning`; `running`;
`starting` and `settling`.
"""

from wizard.services.cleanups.fetching_again import find_image, remove_tag
from wizard.services.cleanups.own_pulls import own_principal
from wizard.services.cleanups.planning import (
    NOT_LISTED,
    TOO_LARGE,
    TOO_MANY,
    Choice,
    plan,
)
from wizard.services.cleanups.reading import (
    dead_cleanups,
    get_cleanup,
    newest_cleanups,
    unsettled_cleanups,
)
from wizard.services.cleanups.settling import retry, settle_dead
from wizard.services.cleanups.starting import is_recent, start

__all__ = [
    "NOT_LISTED",
    "TOO_LARGE",
    "TOO_MANY",
    "Choice",
    "dead_cleanups",
    "find_image",
    "get_cleanup",
    "is_recent",
    "newest_cleanups",
    "own_principal",
    "plan",
    "remove_tag",
    "retry",
    "settle_dead",
    "start",
    "unsettled_cleanups",
]
