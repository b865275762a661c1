"""IAM roles of the account."""

from collections.abc import Mapping
from typing import Any

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import member, text_member
from wizard.backend.pages import every_item
from wizard.domain import IamRole
from wizard.domain.trust import trust_of

# The path of service-linked roles, which a rule cannot use.
_SERVICE_PATH = "/aws-service-role/"


def list_roles() -> list[IamRole]:
    """Return the roles that a rule can use, sorted by name."""
    items = every_item(clients.iam(), "list_roles", "Roles")
    roles = (_role(item) for item in items)
    chosen = (role for role in roles if not role.path.startswith(_SERVICE_PATH))
    return sorted(chosen, key=lambda role: role.name.lower())


def get_role(name: str) -> IamRole:
    """Return one role; raises RoleNotFound."""
    return _role(member(call(clients.iam().get_role, RoleName=name), "Role", "GetRole"))


def _role(item: Mapping[str, Any]) -> IamRole:
    arn = text_member(item, "Arn", "GetRole")
    account_id = arn.split(":")[4] if arn.count(":") > 4 else ""
    return IamRole(
        arn=arn,
        name=text_member(item, "RoleName", "GetRole"),
        path=text_member(item, "Path", "GetRole"),
        trust=trust_of(item.get("AssumeRolePolicyDocument"), account_id=account_id),
    )
