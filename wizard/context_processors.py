"""What the shell around every page shows: where we are, where else we could be, and how it looks.

Asks no AWS API: the Regions come from botocore's own data.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from wizard.domain.identifiers import grouped_account_id
from wizard.domain.regions import Region, by_geography
from wizard.domain.targets import Target
from wizard.services import places

THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The shell's own data.

    `target` and `region` are None on pages of no single Region, `account_id` is empty on pages of
    no account.
    """

    request: HttpRequest
    account_id: str
    target: Target | None
    region: Region | None
    simulated: bool
    theme: str

    @property
    def account_display(self) -> str:
        return grouped_account_id(self.account_id)

    @property
    def flashes(self) -> list[Message]:
        """What the last actions came to, newest first. Reading them uses them up."""
        return list(get_messages(self.request))[::-1]

    @property
    def region_groups(self) -> list[tuple[str, list[Region]]]:
        return by_geography(places.list_regions())


def console(request: HttpRequest) -> dict[str, Shell]:
    """The context every template has: `console`."""
    target: Target | None = getattr(request, "target", None)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "console": Shell(
            request=request,
            account_id=getattr(request, "account_id", ""),
            target=target,
            region=places.region_named(target.region) if target else None,
            simulated=settings.SIMULATED_AWS,
            theme=theme if theme in THEMES else THEMES[0],
        )
    }
