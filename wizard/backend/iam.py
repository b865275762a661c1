"""IAM roles of the account."""

from wizard.backend import clients
from wizard.backend.errors import translated
from wizard.domain.credentials import Role
from wizard.domain.policies import trust_of

# Roles that AWS services made for themselves; nobody can choose them for a rule.
_SERVICE_PATH = "/aws-service-role/"


def list_roles() -> list[Role]:
    """Return the roles a person may choose from, every page of the list, by name."""
    paginator = clients.iam().get_paginator("list_roles")
    with translated("ListRoles", region=clients.home_region()):
        answer = paginator.paginate().build_full_result()
    roles = (
        Role(
            arn=item["Arn"],
            name=item["RoleName"],
            path=item["Path"],
            trust=trust_of(item.get("AssumeRolePolicyDocument") or {}),
        )
        for item in answer["Roles"]
    )
    chosen = (role for role in roles if not role.path.startswith(_SERVICE_PATH))
    return sorted(chosen, key=lambda role: role.name.lower())
