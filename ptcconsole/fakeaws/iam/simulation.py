"""SimulatePrincipalPolicy: decisions by the principal's policies and the ordered refusals.

What `control.refuse` denies without conditions on the key is denied here too. The caller of a key
that IAM did not issue, and the administrator, may do everything else. Organizations and permissions
boundaries do not exist.
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
from ptcconsole.fakeaws.iam.permissions import documents_of_user
from ptcconsole.fakeaws.iam.roles import documents_of, role_as_seen

_ENTITY: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):(?P<kind>user|role|group)/(?P<name>.+)"
)
_GLOBAL: Final = frozenset({"iam", "sts"})
_DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The policies of a principal; None for one that may do everything."""

    documents: Sequence[str] | None
    context: Mapping[str, str]

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
                }

    def _decision(self, action: str, resource: str) -> str:
        if faults.is_refused(self._call_of(action)):
            return "implicitDeny"
        if self.documents is None:
            return "allowed"
        effects = policies.effects(self.documents, action, resource, self.context)
        if "Deny" in effects:
            return "explicitDeny"
        return "allowed" if "Allow" in effects else "implicitDeny"

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
        return None
    user = next((each for each in list(backend.users.values()) if each.arn == arn), None)
    if user is None:
        name = entity["name"].rpartition("/")[2]
        raise Refused("NoSuchEntity", f"The user with name {name} cannot be found.", status=404)
    return None if user.name == ADMINISTRATOR else list(documents_of_user(backend, user))
