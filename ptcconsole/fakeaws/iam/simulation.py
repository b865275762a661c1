"""SimulatePrincipalPolicy: decisions by the principal's policies and the ordered refusals.

What `control.refuse` denies without conditions on the key is denied here too. The caller of a key
that IAM did not issue, and the administrator, may do everything else. Service control policies
count as far as they have no conditions, as AWS documents it, and so does a permissions boundary.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moto.iam.models import IAMBackend

from ptcconsole.fakeaws import faults, policies
from ptcconsole.fakeaws.accounts import ADMINISTRATOR
from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.callers import ANYBODY_ARN
from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.iam.authorization import ANYBODY
from ptcconsole.fakeaws.iam.roles import documents_of, documents_of_user, role_as_seen

_ENTITY: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):(?P<kind>user|role|group)/(?P<name>.+)"
)
_GLOBAL: Final = frozenset({"iam", "sts"})
_DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The policies of a principal, None if it may do everything, and what is above them."""

    documents: Sequence[str] | None
    context: Mapping[str, str]
    levels: Sequence[Sequence[str]] = ()
    boundary: Sequence[str] | None = None

    def results(self, actions: Sequence[str], resources: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield an evaluation result for each action on each resource."""
        for action in actions:
            for resource in resources:
                yield {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": self._decision(action, resource),
                    "MatchedStatements": [],
                    "MissingContextValues": self._missing(),
                    **self._details(action, resource),
                }

    def _decision(self, action: str, resource: str) -> str:
        if faults.is_refused(self._call_of(action)):
            return "implicitDeny"
        needed = [*self.levels, *self._bounds]
        effects = [self._effects(each, action, resource) for each in needed]
        if any("Deny" in each for each in effects):
            return "explicitDeny"
        return "allowed" if all("Allow" in each for each in effects) else "implicitDeny"

    def _details(self, action: str, resource: str) -> dict[str, dict[str, bool]]:
        details = {}
        if self.levels:
            allowed = self._allows(self.levels, action, resource)
            details["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
        if self.boundary is not None:
            allowed = self._allows([self.boundary], action, resource)
            flag = "AllowedByPermissionsBoundary"
            details["PermissionsBoundaryDecisionDetail"] = {flag: allowed}
        return details

    @property
    def _bounds(self) -> list[Sequence[str]]:
        return [each for each in (self.documents, self.boundary) if each is not None]

    def _allows(self, levels: Sequence[Sequence[str]], action: str, resource: str) -> bool:
        return all(self._effects(each, action, resource) == {"Allow"} for each in levels)

    def _effects(self, documents: Sequence[str], action: str, resource: str) -> set[str]:
        return policies.effects(documents, action, resource, self.context)

    def _missing(self) -> list[str]:
        known = {name.lower() for name in self.context}
        keys = policies.condition_keys(self.documents or ())
        return sorted(key for key in keys if key.lower() not in known)

    def _call_of(self, action: str) -> AwsCall:
        service, _, operation = action.partition(":")
        region = self.context.get("aws:RequestedRegion", _DEFAULT_REGION)
        return AwsCall(
            service=service,
            operation=operation,
            region=_DEFAULT_REGION if service in _GLOBAL else region,
            access_key="",
            speaks_json=False,
        )


def documents_of_principal(backend: IAMBackend, arn: str) -> list[str] | None:
    """Return the policies of a user or role; None if it may do everything. Raises Refused."""
    entity = _ENTITY.fullmatch(arn)
    if entity is None:
        raise Refused(
            "InvalidInput",
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name.",
        )
    if entity["account"] != backend.account_id:
        raise Refused("NoSuchEntity", f"The entity {arn} cannot be found.", status=404)
    if entity["kind"] == "role":
        role = role_as_seen(arn)
        if role is None:
            name = entity["name"].rpartition("/")[2]
            raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
        return documents_of(role)
    if arn == ANYBODY_ARN.replace("123456789012", backend.account_id):
        return ANYBODY.documents
    user = next((each for each in list(backend.users.values()) if each.arn == arn), None)
    if user is None:
        name = entity["name"].rpartition("/")[2]
        raise Refused("NoSuchEntity", f"The user with name {name} cannot be found.", status=404)
    return None if user.name == ADMINISTRATOR else list(documents_of_user(backend, user))
