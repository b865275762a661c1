"""ValidatePullThroughCacheRule: reads the secret and signs in to the upstream.

AWS does not publish its failure messages, so these are our own.
"""

from moto.ecr.models import ecr_backends

from ptcconsole.fakeaws.ecr.credentials import CredentialUnreadable, read_credential
from ptcconsole.fakeaws.iam.roles import is_permitted, role_as_seen
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL, Caller, allows
from ptcconsole.fakeaws.registries import PrivateRegistryUrl, private_registry
from ptcconsole.fakeaws.registry_login import login_failure

_NO_ROLE = "The IAM role {role_arn} was not found."
_NO_TRUST = (
    "The IAM role {role_arn} cannot be assumed by {principal}: its trust policy does not allow it."
)


_NO_PERMISSION = (
    "The IAM role {role_arn} is not authorized to perform: {action} because no identity-based "
    "policy allows the {action} action."
)
_NO_GRANT = (
    "The registry of account {upstream} does not grant account {account} access: no registry or "
    "repository policy allows ecr:BatchGetImage and ecr:GetDownloadUrlForLayer."
)

# What a role needs on the upstream's repositories, and the upstream has to grant.
_PULLING = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


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
    upstream_registry_url: str, custom_role_arn: str | None, *, account_id: str
) -> str:
    """Return why a rule cannot use an ECR private registry; empty if it can.

    The role needs the trust of pull through cache and permission to pull. A registry of another
    account has to grant the same to this account, in its registry policy or a repository policy.
    """
    upstream = private_registry(upstream_registry_url)
    if custom_role_arn is None:
        return "" if upstream.account_id == account_id else _NO_ROLE.format(role_arn="of the rule")
    role = role_as_seen(custom_role_arn)
    if role is None:
        return _NO_ROLE.format(role_arn=custom_role_arn)
    trust = role.assume_role_policy_document
    if not allows(trust, "sts:AssumeRole", Caller.pull_through_cache(account_id)):
        return _NO_TRUST.format(role_arn=custom_role_arn, principal=PTC_PRINCIPAL)
    repositories = f"arn:aws:ecr:{upstream.region}:{upstream.account_id}:repository/*"
    wanted = [("ecr:GetAuthorizationToken", "*"), *((each, repositories) for each in _PULLING)]
    for action, resource in wanted:
        if not is_permitted(role, action, resource):
            return _NO_PERMISSION.format(role_arn=custom_role_arn, action=action)
    return _grant_failure(upstream, account_id=account_id, role_arn=custom_role_arn)


def _grant_failure(upstream: PrivateRegistryUrl, *, account_id: str, role_arn: str) -> str:
    """Return why the upstream registry does not let the account pull; empty if it does."""
    if upstream.account_id == account_id:
        return ""
    registry = ecr_backends[upstream.account_id][upstream.region]
    repositories = [repository.policy for repository in list(registry.repositories.values())]
    root = f"arn:aws:iam::{account_id}:root"
    caller = Caller(names=frozenset(("AWS", name) for name in (account_id, root, role_arn)))
    for policy in (registry.registry_policy, *repositories):
        if all(allows(policy, action, caller) for action in _PULLING):
            return ""
    return _NO_GRANT.format(upstream=upstream.account_id, account=account_id)
