"""The IAM policy for the features and Regions that a person chooses, in each format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain import Role
from wizard.domain.permissions import PolicyPlace, console_policy, permissions_of
from wizard.exports import POLICY_FORMATS
from wizard.forms.permissions import USUAL_FEATURES, PolicyForm, Where
from wizard.services import last_known, places
from wizard.web import ConsoleRequest, regions_of
from wizard.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPolicy:
    """The policy, and the form with the choices that it is made of."""

    form: PolicyForm
    policy: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPolicy:
    """The policy in one format, with the address of the file."""

    label: str
    text: str
    url: str


def chosen_policy(request: ConsoleRequest) -> ChosenPolicy:
    """Return the policy for the choices in the query string."""
    with_rules = _regions_with_rules(request)
    form = _form(request, with_rules)
    place = _place(form, request, with_rules)
    policy = console_policy(permissions_of(form.features), place)
    return ChosenPolicy(form=form, policy=policy)


def shown(chosen: ChosenPolicy) -> list[ShownPolicy]:
    """Return the policy in each format."""
    return [
        ShownPolicy(label=each.label, text=each.render(chosen.policy), url=_url(chosen.form, name))
        for name, each in POLICY_FORMATS.items()
    ]


def policy_file(request: ConsoleRequest, chosen: ChosenPolicy, name: str) -> HttpResponse:
    """Return the policy as an attachment; its name has the account and the time in UTC."""
    export = POLICY_FORMATS[name]
    response = HttpResponse(export.render(chosen.policy), content_type=export.content_type)
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    file_name = f"ptc-console-policy-{request.account_id}-{stamp}.{export.suffix}"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _form(request: ConsoleRequest, with_rules: Sequence[str]) -> PolicyForm:
    """Return the form as the query string has it; with the usual choices without one."""
    usual = {"allow": [each.value for each in USUAL_FEATURES], "where": Where.REGION.value}
    sent = request.GET if "where" in request.GET else usual
    places_offered = list(_places(request, with_rules))
    form = PolicyForm(sent, places=places_offered)
    if not form.is_valid():
        form = PolicyForm(usual, places=places_offered)
        form.is_valid()
    return form


def _places(request: ConsoleRequest, with_rules: Sequence[str]) -> Iterator[tuple[Where, Text]]:
    region = places.region_named(request.target.region)
    yield Where.REGION, region.label
    if len(with_rules) > 1:
        text = _("The %(number)d Regions that have rules")
        yield Where.WITH_RULES, text % {"number": len(with_rules)}
    yield Where.EVERYWHERE, _("All Regions")


def _regions_with_rules(request: ConsoleRequest) -> list[str]:
    """Return the Regions with rules, as last known, of those that the person may look at."""
    known = last_known.regions_with_rules(account_id=request.account_id)
    return [region.code for region in regions_of(request, Role.VIEWER) if region.code in known]


def _place(form: PolicyForm, request: ConsoleRequest, with_rules: Sequence[str]) -> PolicyPlace:
    regions: dict[Where, Sequence[str]] = {
        Where.REGION: [request.target.region],
        Where.WITH_RULES: with_rules,
        Where.EVERYWHERE: [],
    }
    return PolicyPlace(account_id=request.account_id, regions=tuple(regions[form.place]))


def _url(form: PolicyForm, name: str) -> str:
    query = {"allow": [each.value for each in form.features], "where": form.place.value}
    return f"?{urlencode({**query, 'format': name}, doseq=True)}"
