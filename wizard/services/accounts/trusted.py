"""Whom the trust policy of a role names: the console's own role or user, as IAM knows it."""

from wizard.backend import account
from wizard.domain import waiting
from wizard.domain.account_policies import Trusted
from wizard.domain.errors import AwsError
from wizard.domain.principals import PrincipalKind
from wizard.services.roles import find_role

# How long a page waits for the path of the console's role.
_SECONDS = 2.0


def trusted_principal() -> Trusted:
    """Return the console's principal.

    The ARN of a session has no path, so IAM is asked for that of its role. Raises an AwsError if
    the console's own credentials cannot be used.
    """
    caller = account.get_caller()
    if caller.kind is not PrincipalKind.ROLE or caller.is_of_identity_center:
        is_user = caller.kind is PrincipalKind.USER
        return Trusted(principal=caller, arn=caller.arn if is_user else "")
    try:
        with waiting.at_most(_SECONDS):
            return Trusted(
                principal=caller, arn=find_role(caller.account_id, caller.role_arn_without_path).arn
            )
    except AwsError:
        return Trusted(principal=caller)
