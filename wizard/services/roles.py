"""IAM roles that a cross-account rule can use."""

from wizard.backend import iam
from wizard.domain import IamRole


def list_roles() -> list[IamRole]:
    """Return the account's roles, except service roles of AWS."""
    return iam.list_roles()
