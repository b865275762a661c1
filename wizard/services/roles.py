"""IAM roles that a cross-account rule can use."""

from wizard.backend import iam
from wizard.domain import IamRole, RoleArn
from wizard.domain.errors import InvalidIdentifier, RoleNotFound


def list_roles(account_id: str) -> list[IamRole]:
    """Return the roles of an account, except service roles of AWS."""
    return iam.list_roles(account_id)


def find_role(account_id: str, arn: str) -> IamRole:
    """Return the role of the name in an ARN in an account; raises RoleNotFound.

    GetRole takes a name without its path. Therefore the role may have another ARN than the given
    one, which then belongs to no role of the account.
    """
    try:
        name = RoleArn.parse(arn).name
    except InvalidIdentifier as error:
        raise RoleNotFound(operation="GetRole") from error
    return iam.get_role(account_id, name)
