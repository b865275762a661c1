"""IAM roles that a cross-account rule can use."""

from wizard.backend import iam
from wizard.domain.credentials import Role


def list_roles() -> list[Role]:
    """Return the account's roles, except service roles of AWS."""
    return iam.list_roles()
