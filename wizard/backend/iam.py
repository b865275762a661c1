"""IAM: the roles of the account, and what IAM says beforehand that a principal may do."""

from collections.abc import Mapping
from typing import Any, Final

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import member, text_member
from wizard.backend.pages import every_item
from wizard.domain import IamRole
from wizard.domain.simulations import Decision, DeniedBy, Question, Verdict
from wizard.domain.trust import ECR_PRINCIPAL, trust_of

# The path of service-linked roles, which a rule cannot use.
_SERVICE_PATH = "/aws-service-role/"
_SIMULATE: Final = "SimulatePrincipalPolicy"
_BOOLEAN_KEY: Final = "aws:SecureTransport"
# Where an evaluation result says what else denies, and the flag that is false then.
_DETAILS: Final = {
    DeniedBy.ORGANIZATION: ("OrganizationsDecisionDetail", "AllowedByOrganizations"),
    DeniedBy.BOUNDARY: ("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
}


def list_roles(account_id: str) -> list[IamRole]:
    """Return the roles of an account that a rule can use, sorted by name."""
    items = every_item(clients.iam(account_id), "list_roles", "Roles")
    roles = (_role(item) for item in items)
    chosen = (role for role in roles if not role.path.startswith(_SERVICE_PATH))
    return sorted(chosen, key=lambda role: role.name.lower())


def get_role(account_id: str, name: str) -> IamRole:
    """Return one role of an account; raises RoleNotFound."""
    answer = call(clients.iam(account_id).get_role, RoleName=name)
    return _role(member(answer, "Role", "GetRole"))


def simulate(account_id: str, principal_arn: str, question: Question) -> list[Decision]:
    """Return IAM's decision about each action of the question, without making a request.

    Raises RoleNotFound for a principal that does not exist, and AccessDenied without the permission
    to simulate.
    """
    items = every_item(
        clients.iam(account_id),
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=principal_arn,
        ActionNames=list(question.actions),
        ResourceArns=[question.resource],
        ContextEntries=[
            {
                "ContextKeyName": key,
                "ContextKeyType": "boolean" if key == _BOOLEAN_KEY else "string",
                "ContextKeyValues": [value],
            }
            for key, value in question.context
        ],
    )
    return [_decision(item, question) for item in items]


def _decision(item: Mapping[str, Any], question: Question) -> Decision:
    missing = item.get("MissingContextValues")
    return Decision(
        action=text_member(item, "EvalActionName", _SIMULATE),
        resource=question.resource,
        verdict=_verdict(text_member(item, "EvalDecision", _SIMULATE)),
        denied_by=_denied_by(item),
        missing_keys=tuple(map(str, missing)) if isinstance(missing, list) else (),
    )


def _verdict(text: str) -> Verdict:
    return Verdict(text) if text in list(Verdict) else Verdict.UNKNOWN


def _denied_by(item: Mapping[str, Any]) -> DeniedBy | None:
    """Return what denies besides the policies of the principal, if IAM tells."""
    for denied_by, (detail, flag) in _DETAILS.items():
        told = item.get(detail)
        if isinstance(told, Mapping) and told.get(flag) is False:
            return denied_by
    return None


def _role(item: Mapping[str, Any]) -> IamRole:
    arn = text_member(item, "Arn", "GetRole")
    policy = item.get("AssumeRolePolicyDocument")
    account_id = arn.split(":")[4] if arn.count(":") > 4 else ""
    return IamRole(
        arn=arn,
        name=text_member(item, "RoleName", "GetRole"),
        path=text_member(item, "Path", "GetRole"),
        trust=trust_of(policy, account_id=account_id),
        trust_in_ecr=trust_of(policy, account_id=account_id, service=ECR_PRINCIPAL),
    )
