"""The clients of an account: each call is signed with the credentials of the account it is for.

Those of the account of the console's own credentials are signed with these, those of another one
with the role that was told for it (`account_roles`). For any other account there is no client.
"""

from typing import TYPE_CHECKING

from wizard.backend import account
from wizard.backend.account_clients import Own, Signer, client_of, sts
from wizard.backend.account_roles import assumed_roles
from wizard.backend.client_cache import (
    APP_ID,
    ATTEMPTS,
    READ_SECONDS,
    VALIDATE_READ_SECONDS,
    forget,
    home_region,
    renewable_session,
    session,
)
from wizard.domain import Target
from wizard.domain.errors import (
    AccountNotInUse,
    CredentialsOfAnotherAccount,
    known_not_made,
)
from wizard.domain.principals import Principal

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

__all__ = [
    "APP_ID",
    "ATTEMPTS",
    "READ_SECONDS",
    "VALIDATE_READ_SECONDS",
    "ecr",
    "forget",
    "get_caller",
    "home_region",
    "iam",
    "renewable_session",
    "secretsmanager",
    "session",
    "sts",
]


def ecr(target: Target, *, read_seconds: int = READ_SECONDS) -> "ECRClient":
    place = "ecr", target.region, read_seconds
    client: ECRClient = client_of(_signer(target.account_id), place)
    return client


def secretsmanager(target: Target) -> "SecretsManagerClient":
    place = "secretsmanager", target.region, READ_SECONDS
    client: SecretsManagerClient = client_of(_signer(target.account_id), place)
    return client


def iam(account_id: str) -> "IAMClient":
    client: IAMClient = client_of(_signer(account_id), ("iam", home_region(), READ_SECONDS))
    return client


def get_caller(account_id: str) -> Principal:
    """Return who the console is in an account: its own identity, or the session of a role."""
    assumed = assumed_roles.find(account_id)
    return assumed.keys().caller if assumed else account.get_caller()


def _signer(account_id: str) -> Signer:
    """Return who signs for an account; raises an AwsError for one without a role."""
    assumed = assumed_roles.find(account_id)
    if assumed is not None:
        return assumed
    if assumed_roles.is_withdrawn(account_id):  # guard: Z15
        raise known_not_made(AccountNotInUse(code="AccountDisabled"))
    own = account.known_account() or account.get_caller_account()
    if own != account_id:  # guard: Z14
        raise CredentialsOfAnotherAccount(account_id, code="OtherAccount")
    return Own(account_id)
