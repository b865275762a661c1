"""The query strings of the fleet's pages over accounts: groups, matrix, and the accounts."""

from collections.abc import Mapping
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from wizard.domain.errors import AwsError, descendants
from wizard.views.fleet.filters import (
    ACCOUNT_ID,
    AGES,
    LAST_PAGE,
    LEFT_OUT,
    LONGEST_TEXT,
    STATES,
    AskedForm,
    QueryForm,
    RuleFilters,
    few_words,
    region_choices,
    registry_choices,
    sort_field,
)
from wizard.words import Text

GROUPS: Final[Mapping[str, Text]] = {
    "owner": gettext_lazy("Owner"),
    "registry": gettext_lazy("Upstream registry"),
    "url": gettext_lazy("Upstream URL"),
    "prefix": gettext_lazy("Prefix"),
    "region": gettext_lazy("Region"),
    "status": gettext_lazy("Status"),
    "reason": gettext_lazy("Reason of failure"),
}
ACROSS: Final[Mapping[str, Text]] = {
    "prefix": gettext_lazy("Prefix"),
    "registry": gettext_lazy("Upstream registry"),
}


def _left_out_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Left-out Regions"), required=False, choices=list(LEFT_OUT.items())
    )


SWEEP_STATES: Final[Mapping[str, Text]] = {
    "failed": gettext_lazy("Last sweep failed"),
    "partly": gettext_lazy("Some Regions not read"),
    "ordered": gettext_lazy("Ordered"),
    "never": gettext_lazy("Never read"),
}


def _reasons_of_errors() -> list[tuple[str, str]]:
    """Return the kinds of errors of AWS, as sweeps record them."""
    kinds = {kind.__name__: kind for kind in descendants(AwsError)}
    return [(name, str(kinds[name].title)) for name in sorted(kinds)]


class _GroupsForm(QueryForm):
    by = forms.ChoiceField(
        label=gettext_lazy("Group by"), required=False, choices=list(GROUPS.items())
    )
    sort = sort_field("fleet-groups")


class GroupFilters(RuleFilters):
    """The filters of rules that are counted."""

    class Meta(RuleFilters.Meta):
        form = _GroupsForm


class AccountsForm(QueryForm):
    """The filters of the list of accounts."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=LONGEST_TEXT,
        validators=[few_words],
    )
    owner = forms.CharField(label=gettext_lazy("Owner"), required=False, max_length=128)
    lacks = forms.ChoiceField(
        label=gettext_lazy("Without a rule of"), required=False, choices=registry_choices
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[*STATES.items(), *((key, text) for key, (_age, text) in AGES.items())],
    )
    left_out = _left_out_field()
    sort = sort_field("fleet-accounts")


class SweepsForm(QueryForm):
    """The filters of the list of sweeps; `reason` is the kind of the error of the last one."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=LONGEST_TEXT)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=list(SWEEP_STATES.items())
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), required=False, choices=_reasons_of_errors
    )
    sort = sort_field("fleet-sweeps")


class AskedSweeps(AskedForm):
    """The query string of the list of sweeps, as it was understood."""

    def __init__(self, query: QueryDict) -> None:
        super().__init__(SweepsForm(query))


class MatrixForm(QueryForm):
    """The filters of the matrix; `columns` is the page of its columns."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=LONGEST_TEXT,
        validators=[few_words],
    )
    account = forms.CharField(
        label=gettext_lazy("Account"), required=False, validators=[ACCOUNT_ID]
    )
    owner = forms.CharField(label=gettext_lazy("Owner"), required=False, max_length=128)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False, choices=region_choices)
    left_out = _left_out_field()
    across = forms.ChoiceField(
        label=gettext_lazy("Columns"), required=False, choices=list(ACROSS.items())
    )
    columns = forms.IntegerField(
        label=gettext_lazy("Page of columns"), required=False, min_value=1, max_value=LAST_PAGE
    )
