"""Rotating one token in several secrets that rules of a failure share: a link per upstream."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from wizard.domain import SECRET_NAME_PREFIX, Role, SecretArn
from wizard.domain.errors import InvalidIdentifier
from wizard.services import access
from wizard.views.cures import Patient
from wizard.views.rotations.texts import upstream_name
from wizard.web import ConsoleRequest

# Servers refuse longer addresses. Without the secrets, all of the upstream are chosen.
_LONGEST_QUERY: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateLink:
    """A link to the plan of a rotation with these secrets chosen."""

    label: str
    url: str


def rotate_links(request: ConsoleRequest, patients: Iterable[Patient]) -> list[RotateLink]:
    """Return a link for each upstream with more than one secret in the person's Regions."""
    keys: dict[str, set[str]] = {}
    for patient in patients:
        place, name = patient.secret_place, _short_name(patient)
        if name and access.may(user=request.user, role=Role.OPERATOR, target=place):
            keys.setdefault(patient.rule.upstream_host, set()).add(f"{place.region}/{name}")
    return [_link(request, host, found) for host, found in sorted(keys.items()) if len(found) > 1]


def _short_name(patient: Patient) -> str:
    """Return the name without ECR's prefix; from the ARN as long as AWS has not told it."""
    name, arn = patient.secret_name, patient.rule.credential_arn or ""
    if not name:
        try:
            name = SecretArn.parse(arn).possible_names[-1]
        except InvalidIdentifier:
            return ""
    short = name.removeprefix(SECRET_NAME_PREFIX)
    return "" if short == name else short


def _link(request: ConsoleRequest, host: str, keys: Collection[str]) -> RotateLink:
    path = reverse("rotation-create", kwargs={"account_id": request.account_id})
    query = urlencode([("upstream", host), *(("secret", key) for key in sorted(keys))])
    if len(query) > _LONGEST_QUERY:
        query = urlencode({"upstream": host})
    label = _("Rotate the token of %(upstream)s in %(number)d secrets")
    names = {"upstream": upstream_name(host, account_id=request.account_id), "number": len(keys)}
    return RotateLink(label=label % names, url=f"{path}?{query}")
