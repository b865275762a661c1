"""Whether the console can use the role of an account, and nobody can use it without its ID.

A role that trusts the console's account without an external ID can be used by whoever makes the
console name it. So a role is used only if STS gives it with the external ID, and refuses it without
one and with another one.
"""

from collections.abc import Mapping
from typing import Any, Final

from wizard.backend import account, account_roles
from wizard.domain import is_account_id
from wizard.domain.accounts import AccountRole, new_external_id
from wizard.domain.errors import (
    AccessDenied,
    AssumeRoleNotPermitted,
    AwsError,
    CallerCannotAssume,
    RoleNotTrusting,
    RoleOfAnotherAccount,
    RoleTrustsTooMuch,
    TrustNotTested,
    error_record,
)
from wizard.domain.principals import PrincipalKind

# What AWS says when not the trust policy refuses, but a policy of the caller. It names the kind of
# the policy last: "because no identity-based policy allows the sts:AssumeRole action".
_OF_THE_CALLER: Final = (
    *("identity-based policy", "permissions boundary", "session policy"),
    *("service control policy", "VPC endpoint policy"),
)
_CANNOT: Final = (PrincipalKind.ROOT, PrincipalKind.FEDERATED)


def check_role(role: AccountRole) -> None:
    """Raise the AwsError that says why the console does not use this role; changes nothing."""
    if account.get_caller().kind in _CANNOT:
        raise CallerCannotAssume(operation="AssumeRole")
    try:
        found = account_roles.account_of_session(role.role_arn, external_id=role.external_id)
    except AccessDenied as refusal:
        kind = AssumeRoleNotPermitted if _is_of_the_caller(refusal) else RoleNotTrusting
        raise kind(**_details(refusal)) from None
    if found != role.account_id:  # guard: Z5
        words = found if is_account_id(found) else ""
        raise RoleOfAnotherAccount(words, operation="GetCallerIdentity")
    for external_id in ("", new_external_id()):  # guard: Z4
        if not is_refused(role.role_arn, external_id):
            raise RoleTrustsTooMuch(operation="AssumeRole")


def is_refused(role_arn: str, external_id: str) -> bool:
    """Whether the trust policy refuses the role. Raises AWS's error if that is not known."""
    try:
        account_roles.assume_role(role_arn, external_id=external_id)
    except AccessDenied as refusal:
        if _is_of_the_caller(refusal):  # guard: Z4
            raise TrustNotTested(**_details(refusal)) from None
        return True
    return False


def _is_of_the_caller(refusal: AccessDenied) -> bool:
    return any(words in refusal.message for words in _OF_THE_CALLER)


def _details(error: AwsError) -> Mapping[str, Any]:
    record = error_record(error)
    return {name: value for name, value in record.items() if name != "kind"}
