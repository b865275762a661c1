"""IAM roles of the account."""

from collections.abc import Mapping
from typing import Any

from wizard.backend import clients
from wizard.backend.errors import call
from wizard.backend.pages import every_item
from wizard.domain.credentials import Role
from wizard.domain.policies import trust_of

# Roles that AWS services made for themselves; nobody can choose them for a rule.
_SERVICE_PATH = "/aws-service-role/"


def list_roles() -> list[Role]:
    """Return the roles a person may choose from, every page of the list, by name."""
    items = every_item(clients.iam(), "list_roles", "Roles")
    roles = (_role(item) for item in items)
    chosen = (role for role in roles if not role.path.startswith(_SERVICE_PATH))
    return sorted(chosen, key=lambda role: role.name.lower())


def get_role(name: str) -> Role:
    """Return one role; raises RoleNotFound."""
    return _role(call(clients.iam().get_role, RoleName=name)["Role"])


def _role(item: Mapping[str, Any]) -> Role:
    return Role(
        arn=item["Arn"],
        name=item["RoleName"],
        path=item["Path"],
        trust=trust_of(item.get("AssumeRolePolicyDocument") or {}),
    )
