"""What the page of a refusal says: what was asked for, what it requires, and what is open."""

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from wizard.domain.errors import NotPermitted
from wizard.models import Grant
from wizard.services import places
from wizard.words import ErrorView, Text

_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The page that was asked for, the role that it requires, and the Region, if it has one."""

    page: str
    role: Text
    region: str
    region_code: str


def refusal_of(request: HttpRequest, error: NotPermitted) -> Refusal:
    """Return what the page says. A Region without the service is named as it was asked for."""
    code = error.place.partition("/")[2]
    labels = {region.code: region.label for region in places.list_regions()}
    return Refusal(
        page=request.path,
        role=dict(Grant.ROLES).get(error.role, ""),
        region=labels.get(code, ""),
        region_code=code,
    )


def with_reassurance(request: HttpRequest, view: ErrorView) -> ErrorView:
    """Add to the error of a request that would have changed something that it did not."""
    if request.method in _READING:
        return view
    return replace(view, remedy=f"{view.remedy} {_('Nothing was changed.')}")
