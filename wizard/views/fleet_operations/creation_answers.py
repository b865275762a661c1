"""What a person answered about rules for many accounts: as typed, or checked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from wizard.domain.fleet_rules import FleetRule
from wizard.drafting.steps import FleetRuleForm
from wizard.forms.fleet_operations import PlacesForm
from wizard.models import FleetVerb
from wizard.services import fleet_operations, places
from wizard.web import ConsoleRequest

# The forms of one page.
FORMS: Final = (FleetRuleForm, PlacesForm)
# What is typed with the plan and belongs to no answer.
OF_CREDENTIAL: Final = ("username", "access_token", "sealed_credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person has answered so far. `form` is None for rules that are copied."""

    form: FleetRuleForm | None
    places: PlacesForm
    copied: Sequence[FleetRule]
    problem: str = ""

    @property
    def is_valid(self) -> bool:
        parts = [self.places.is_valid(), self.form is None or self.form.is_valid()]
        return all(parts) and not self.problem

    @property
    def verb(self) -> FleetVerb:
        return FleetVerb.COPY if self.form is None else FleetVerb.CREATE

    @property
    def makes_secrets(self) -> bool:
        """Whether the plan asks for a credential; the answers must be valid."""
        return self.form is not None and self.form.makes_secrets

    @property
    def title(self) -> str:
        if self.form is None:
            return _("Copy rules to several accounts")
        return _("Create rules in several accounts")

    def rules(self) -> Sequence[FleetRule]:
        """Return the rules that are created; the answers must be valid."""
        return self.copied if self.form is None else [self.form.rule()]


class Errors:
    """The errors of all answers, for the summary above them."""

    def __init__(self, answers: Answers) -> None:
        self._forms: list[forms.Form] = [each for each in (answers.form, answers.places) if each]
        self.tiles = answers.form.tiles if answers.form else []
        self.non_field_errors = [answers.problem] if answers.problem else []

    @property
    def errors(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {"": self.non_field_errors} if self.non_field_errors else {}
        for each in self._forms:
            found |= each.errors
        return found

    def __iter__(self) -> Iterator[Any]:
        for each in self._forms:
            yield from each


def answered(request: ConsoleRequest) -> Answers:
    """Return the answers of a form, which are checked."""
    places_form = PlacesForm(request.POST, offered=places.list_regions())
    names = request.POST.getlist("rules")
    if names:
        return _copying(request, places_form, names)
    form = FleetRuleForm(request.POST, choices=places.list_regions())
    return Answers(form=form, places=places_form, copied=())


def typed_again(request: ConsoleRequest, data: QueryDict) -> Answers:
    """Return answers that are only shown again, without a check."""
    several = {name: data.getlist(name) for name in ("rules", "accounts", "regions")}
    left_out = (*several, *OF_CREDENTIAL)
    typed = {name: data[name] for name in data if name not in left_out and data[name]}
    places_form = PlacesForm(initial=typed | several, offered=places.list_regions())
    if several["rules"]:
        return replace(_copying(request, places_form, several["rules"]), problem="")
    form = FleetRuleForm(typed=typed, choices=places.list_regions())
    return Answers(form=form, places=places_form, copied=())


def prefilled(query: QueryDict) -> QueryDict:
    """Return the query string of a link with the names of the fields."""
    data = QueryDict(mutable=True)
    data.setlist("rules", query.getlist("from"))
    data.setlist("accounts", query.getlist("account"))
    data.setlist("regions", query.getlist("region"))
    if query.getlist("region"):
        data["where"] = "chosen"
    for name, field in (("q", "q"), ("owner", "owner"), ("prefix", "ecr_repository_prefix")):
        if value := query.get(name):
            data[field] = value
    return data


def _copying(request: ConsoleRequest, places_form: PlacesForm, names: Sequence[str]) -> Answers:
    copied = fleet_operations.copied_rules(names=names, user=request.user)
    prefixes = {each.ecr_repository_prefix for each in copied}
    problem = ""
    if len(copied) < len(set(names)):
        problem = _("A rule that you chose no longer exists. Choose the rules again.")
    elif len(prefixes) < len(copied):
        problem = _("Two of the rules have the same prefix. Copy one of them at a time.")
    return Answers(form=None, places=places_form, copied=copied, problem=problem)
