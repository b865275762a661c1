"""The filters of the fleet's pages and of its API: the query string, checked as a form.

A value that cannot be applied is an error that is told, and no row is shown: rows that look
filtered and are not would be wrong answers.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter, FilterSet

from wizard.domain.failures import FAILURE_KEYS
from wizard.domain.registries import registries_of
from wizard.domain.tables import TABLES
from wizard.models import FleetCount, LastKnownRule, RegionReading, RuleStatus
from wizard.services import places
from wizard.services.fleet import readings, rules
from wizard.words import Text, reason_of_key

LONGEST_TEXT: Final = 200
# More than any page that there is, and an offset that databases take.
LAST_PAGE: Final = 10_000_000

AGES: Final[Mapping[str, tuple[timedelta, Text]]] = {
    "1h": (timedelta(hours=1), gettext_lazy("Not read for an hour")),
    "1d": (timedelta(days=1), gettext_lazy("Not read for a day")),
    "7d": (timedelta(days=7), gettext_lazy("Not read for a week")),
}


# The states of a Region's last reading.
STATES: Final[Mapping[str, Text]] = {
    "read": gettext_lazy("Read"),
    "failed": gettext_lazy("Not readable"),
    "never": gettext_lazy("Never read"),
}
# The periods of the trend, in days.
PERIODS: Final[Mapping[int, Text]] = {
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("1 year"),
    730: gettext_lazy("2 years"),
}
# What is done with the Regions that are left out.
LEFT_OUT: Final[Mapping[str, Text]] = {
    rules.INCLUDE: gettext_lazy("Included"),
    rules.ONLY: gettext_lazy("Nothing else"),
}
# The parameters that filter nothing.
NO_FILTERS: Final = frozenset(
    {"page", "sort", "limit", "cursor", "by", "across", "columns", "days"}
)


class QueryForm(forms.Form):
    """What every list has in its query string besides its filters: the page."""

    page = forms.IntegerField(
        label=gettext_lazy("Page"), required=False, min_value=1, max_value=LAST_PAGE
    )

    def clean(self) -> None:
        """A filter that is given twice has no one meaning."""
        if isinstance(self.data, QueryDict):
            for name in self.fields:
                if len(self.data.getlist(name)) > 1:
                    self.add_error(name, _("Enter one value."))


def sort_field(table: str) -> forms.ChoiceField:
    names = [column.name for column in TABLES[table] if column.sort_key]
    return forms.ChoiceField(
        label=gettext_lazy("Sort by"),
        required=False,
        choices=[(sign + name, name) for name in names for sign in ("", "-")],
    )


class _SortedForm(QueryForm):
    sort = sort_field("fleet")


class _ReadingsForm(QueryForm):
    sort = sort_field("fleet-readings")


class TrendForm(QueryForm):
    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"),
        required=False,
        coerce=int,
        choices=[(str(days), text) for days, text in PERIODS.items()],
    )


# Each word is a condition on every row.
MOST_WORDS: Final = 8


def few_words(text: str) -> None:
    """Raise ValidationError for a search of too many words."""
    if len(text.split()) > MOST_WORDS:
        raise ValidationError(_("Enter at most %(most)d words.") % {"most": MOST_WORDS})


ACCOUNT_ID: Final = RegexValidator(
    r"^[0-9]{12}\Z", gettext_lazy("Enter an account ID of 12 digits.")
)


def region_choices() -> list[tuple[str, str]]:
    return [(region.code, region.label) for region in places.list_regions()]


def registry_choices() -> list[tuple[str, str]]:
    """Return the upstream registries of the catalogue, and the choice of all others."""
    known = [(key, _(registries_of(key)[0].label)) for key in rules.REGISTRY_KEYS]
    return [*known, (rules.OTHER_REGISTRY, _("Other registries"))]


def reason_choices() -> list[tuple[str, str]]:
    """Return the reasons why validations fail."""
    return [(key, str(reason_of_key(key).title)) for key in FAILURE_KEYS]


def status_choices() -> list[tuple[str, str]]:
    """Return the results of a last validation."""
    return [(status.value, str(status.label)) for status in RuleStatus]


def _by(apply: Any) -> Any:
    """A filter's method: the library calls it with the rows, the name and the value."""

    def method(queryset: Any, _name: str, value: str) -> Any:
        return apply(queryset, value)

    return method


class Filters(FilterSet):  # type: ignore[misc]
    """Filters, whose form also has the page and the order."""

    def filter_queryset(self, queryset: Any) -> Any:
        """Apply the filters; the page and the order are none."""
        for name, each in self.filters.items():
            queryset = each.filter(queryset, self.form.cleaned_data[name])
        return queryset


class _LeftOut(ChoiceFilter):  # type: ignore[misc]
    """Leaves out what is not counted, also where the query string does not say so."""

    def filter(self, qs: Any, value: str) -> Any:
        """Return the rows that are counted, or the others too."""
        return rules.counted(qs, value or "")


class PlaceFilters(Filters):
    """The filters of everything that is in an account and a Region."""

    left_out = _LeftOut(label=gettext_lazy("Left-out Regions"), choices=list(LEFT_OUT.items()))

    account = CharFilter(
        label=gettext_lazy("Account"), field_name="account_id", validators=[ACCOUNT_ID]
    )
    owner = CharFilter(label=gettext_lazy("Owner"), max_length=128, method=_by(rules.of_owner))
    region = ChoiceFilter(label=gettext_lazy("Region"), choices=region_choices)


class RuleFilters(PlaceFilters):
    """The filters of a list of rules."""

    q = CharFilter(
        label=gettext_lazy("Search"),
        max_length=LONGEST_TEXT,
        validators=[few_words],
        method=_by(rules.with_text),
    )
    registry = ChoiceFilter(
        label=gettext_lazy("Upstream registry"),
        choices=registry_choices,
        method=_by(rules.of_registry),
    )
    url = CharFilter(
        label=gettext_lazy("Upstream URL"), field_name="upstream_registry_url", max_length=255
    )
    prefix = CharFilter(
        label=gettext_lazy("Prefix"), field_name="ecr_repository_prefix", max_length=30
    )
    status = ChoiceFilter(label=gettext_lazy("Status"), choices=status_choices)
    reason = ChoiceFilter(
        label=gettext_lazy("Reason"), field_name="failure_key", choices=reason_choices
    )
    age = ChoiceFilter(
        label=gettext_lazy("Last read"),
        choices=[(key, text) for key, (_age, text) in AGES.items()],
        method=_by(lambda rows, key: rules.not_read_for(rows, AGES[key][0])),
    )

    class Meta:
        model = LastKnownRule
        fields: tuple[str, ...] = ()
        form: type[QueryForm] = _SortedForm


class ReadingFilters(PlaceFilters):
    """The filters of the list of Regions and their readings."""

    q = CharFilter(
        label=gettext_lazy("Search"),
        max_length=LONGEST_TEXT,
        validators=[few_words],
        method=_by(rules.readings_with_text),
    )
    state = ChoiceFilter(
        label=gettext_lazy("State"),
        choices=list(STATES.items()),
        method=_by(readings.in_state),
    )
    age = ChoiceFilter(
        label=gettext_lazy("Last read"),
        choices=[(key, text) for key, (_age, text) in AGES.items()],
        method=_by(lambda rows, key: readings.not_read_for(rows, AGES[key][0])),
    )

    class Meta:
        model = RegionReading
        fields: tuple[str, ...] = ()
        form: type[QueryForm] = _ReadingsForm


class TrendFilters(PlaceFilters):
    """The filters of the trend."""

    registry = ChoiceFilter(
        label=gettext_lazy("Upstream registry"),
        choices=registry_choices,
        method=_by(rules.of_registry),
    )

    class Meta:
        model = FleetCount
        fields: tuple[str, ...] = ()
        form: type[QueryForm] = TrendForm


class AskedForm:
    """A query string as it was understood by a form, or what is wrong with it."""

    def __init__(self, form: forms.Form) -> None:
        self.form = form
        self.is_valid = form.is_valid()

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """What cannot be applied: the parameter, its label, and the error."""
        return [
            (name, str(self.form.fields[name].label), " ".join(map(str, errors)))
            for name, errors in self.form.errors.items()
        ]

    @property
    def applied(self) -> dict[str, str]:
        """The filters that are applied, by parameter."""
        values = self.form.cleaned_data.items() if self.is_valid else ()
        return {name: value for name, value in values if name not in NO_FILTERS and value}

    def value(self, name: str, otherwise: Any = "") -> Any:
        """The value of a parameter that is given and valid."""
        given = self.form.cleaned_data.get(name) if self.is_valid else None
        return otherwise if given in (None, "") else given

    @property
    def page(self) -> int:
        """The number of the page."""
        number: int = self.value("page", 1)
        return number

    @property
    def order(self) -> tuple[str, bool]:
        """The column that is sorted by, or none, and whether it descends."""
        sort: str = self.value("sort")
        return sort.removeprefix("-"), sort.startswith("-")


class Asked(AskedForm):
    """A query string with the rows that it filters."""

    def __init__(
        self, query: QueryDict, rows: "QuerySet[Any]", *, filters: type[Filters] = RuleFilters
    ) -> None:
        self._set = filters(query, queryset=rows)
        super().__init__(self._set.form)

    @property
    def rows(self) -> "QuerySet[Any]":
        """The rows that match; none if a filter cannot be applied."""
        rows: QuerySet[Any] = self._set.qs if self.is_valid else self._set.queryset.none()
        return rows


def problems_of(query: QueryDict, asked: AskedForm) -> dict[str, str]:
    """Return what is wrong with the query string of a program, by parameter."""
    fields = asked.form.fields
    problems = {name: _("Unknown parameter.") for name in query if name not in fields}
    for name, field in fields.items():
        # For a page an empty choice means any. A program leaves the parameter out.
        if query.get(name) == "" and type(field) is not forms.CharField:
            problems[name] = _("Enter a value.")
    return problems | {name: error for name, _label, error in asked.errors}


def named(choices: Iterable[tuple[str, str]], value: str) -> str:
    """Return the label of a choice; the value of one that is not offered."""
    return dict(choices).get(value, value)
