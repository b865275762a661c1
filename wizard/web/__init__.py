"""What all pages share: the request and its fields, addresses and redirects, errors as responses.

Middleware, URL converters and the context processor are found by Django through their own modules.
"""

from wizard.web.account_regions import account_regions_of, recent_account_of
from wizard.web.account_switch import kept_page, url_there
from wizard.web.answers import local_url, place_url, query_left_at, redirects_scripts, see_other
from wizard.web.api import refused, wants_json
from wizard.web.browser_choices import BROWSER_CHOICES, choice_cookie
from wizard.web.context import NAVIGATION, THEMES, navigation_cookie, theme_cookie
from wizard.web.kept_answers import is_navigation, never_kept
from wizard.web.language import ENGLISH, OF_BROWSER, languages
from wizard.web.liveness import alive
from wizard.web.middleware import GetResponse, error_response
from wizard.web.posted import takes
from wizard.web.recent import recent_regions
from wizard.web.requests import (
    ConsoleRequest,
    at_account,
    at_target,
    load_own_draft,
    permitted_regions,
    permitted_targets,
    regions_of,
    targets_of,
)
from wizard.web.table_look import table_look_of

__all__ = [
    "BROWSER_CHOICES",
    "ENGLISH",
    "NAVIGATION",
    "OF_BROWSER",
    "THEMES",
    "ConsoleRequest",
    "GetResponse",
    "account_regions_of",
    "alive",
    "at_account",
    "at_target",
    "choice_cookie",
    "error_response",
    "is_navigation",
    "kept_page",
    "languages",
    "load_own_draft",
    "local_url",
    "navigation_cookie",
    "never_kept",
    "permitted_regions",
    "permitted_targets",
    "place_url",
    "query_left_at",
    "recent_account_of",
    "recent_regions",
    "redirects_scripts",
    "refused",
    "regions_of",
    "see_other",
    "table_look_of",
    "takes",
    "targets_of",
    "theme_cookie",
    "url_there",
    "wants_json",
]
