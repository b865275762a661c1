"""ValidatePullThroughCacheRule: reads the secret and signs in to the upstream.

AWS does not publish its failure messages, so these are our own.
"""

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from ptcconsole.fakeaws.ecr.credentials import CredentialUnreadable, read_credential
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL, Caller, allows
from ptcconsole.fakeaws.registries import private_registry
from ptcconsole.fakeaws.registry_login import login_failure

_NO_ROLE = "The IAM role {role_arn} was not found."
_NO_TRUST = (
    "The IAM role {role_arn} cannot be assumed by {principal}: its trust policy does not allow it."
)


def login_failure_of(
    upstream_registry_url: str, credential_arn: str | None, *, account_id: str, region: str
) -> str:
    """Return why a rule cannot use an upstream outside ECR; empty if it can."""
    if credential_arn is None:
        return login_failure(upstream_registry_url, None)
    try:
        credential = read_credential(credential_arn, account_id=account_id, region=region)
    except CredentialUnreadable as unreadable:
        return str(unreadable)
    return login_failure(upstream_registry_url, credential)


def role_failure_of(
    upstream_registry_url: str, custom_role_arn: str | None, *, account_id: str, region: str
) -> str:
    """Return why a rule cannot use an ECR private registry; empty if it can.

    Only the role is checked, not the registry policy of the upstream account.
    """
    if custom_role_arn is None:
        same = private_registry(upstream_registry_url).account_id == account_id
        return "" if same else _NO_ROLE.format(role_arn="of the rule")
    try:
        role = iam_backends[account_id][get_partition(region)].get_role_by_arn(custom_role_arn)
    except NotFoundException:
        return _NO_ROLE.format(role_arn=custom_role_arn)
    trust = role.assume_role_policy_document
    if allows(trust, "sts:AssumeRole", Caller.pull_through_cache(account_id)):
        return ""
    return _NO_TRUST.format(role_arn=custom_role_arn, principal=PTC_PRINCIPAL)
