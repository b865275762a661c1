"""The query strings of the API: the filters of the pages, with a limit and without an order."""

import base64
import binascii
import json
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.views.fleet.filters import (
    QueryForm,
    ReadingFilters,
    RuleFilters,
    TrendFilters,
    TrendForm,
)
from wizard.views.fleet.queries import GROUPS, AccountsForm, MatrixForm

DEFAULT_LIMIT: Final = 100
MOST: Final = 1000
# The number of parts of a place in the order of rules.
_PARTS: Final = 3


def _limit_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Limit"), required=False, min_value=1, max_value=MOST
    )


class CursorField(forms.CharField):
    """A place in the order of rules, as the previous answer gave it."""

    def to_python(self, value: Any) -> Any:
        """Return account ID, Region and prefix."""
        text = super().to_python(value)
        return place_of(text) if text else ""


def cursor_of(*place: str) -> str:
    """Return a place as a text that is sent back unchanged."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> list[str]:
    """Return the place of a cursor; raises ValidationError for a text that is none."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError):
        place = None
    if (
        isinstance(place, list)
        and len(place) == _PARTS
        and all(isinstance(part, str) and "\0" not in part for part in place)
    ):
        return place
    raise ValidationError(_("Send the value of next of the previous answer."))


class _CursorForm(QueryForm):
    page = None  # type: ignore[assignment]
    limit = _limit_field()
    cursor = CursorField(label=gettext_lazy("Cursor"), required=False, max_length=400)


class _GroupsForm(QueryForm):
    page = None  # type: ignore[assignment]
    by = forms.ChoiceField(
        label=gettext_lazy("Group by"), required=False, choices=list(GROUPS.items())
    )


class _PagedForm(QueryForm):
    limit = _limit_field()


class _DaysForm(TrendForm):
    page = None  # type: ignore[assignment]


class RulesQuery(RuleFilters):
    """The filters of rules, which are read on from a cursor."""

    class Meta(RuleFilters.Meta):
        form = _CursorForm


class GroupsQuery(RuleFilters):
    """The filters of rules that are counted."""

    class Meta(RuleFilters.Meta):
        form = _GroupsForm


class RegionsQuery(ReadingFilters):
    """The filters of Regions and their readings."""

    class Meta(ReadingFilters.Meta):
        form = _PagedForm


class TrendQuery(TrendFilters):
    """The filters of the trend."""

    class Meta(TrendFilters.Meta):
        form = _DaysForm


class AccountsQuery(AccountsForm):
    """The filters of accounts."""

    sort = None  # type: ignore[assignment]
    limit = _limit_field()


class MatrixQuery(MatrixForm):
    """The filters of the matrix."""

    limit = _limit_field()
