"""Checks whether ECR supports an upstream, and whether the rule has the secret or role it needs.

Two checks are stricter than AWS's documentation: a secret or role that the upstream does not need,
and a registry that would pull from itself, are refused.
"""

import re
from dataclasses import dataclass

from moto.ecr.models import ecr_backends

from ptcconsole.fakeaws.ecr.credentials import (
    find_secret,
    is_accessible,
    is_decryptable,
    is_usable,
)
from ptcconsole.fakeaws.ecr.exceptions import (
    InvalidParameterException,
    SecretNotFoundException,
    UnableToAccessSecretException,
    UnableToDecryptSecretValueException,
    UnsupportedUpstreamRegistryException,
)
from ptcconsole.fakeaws.registries import Access, KnownRegistry, private_registry, registry_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The account and Region of the rule's registry."""

    account_id: str
    region: str


def supported_registry(home: Home, url: str, kind: str | None = None) -> KnownRegistry:
    """Return the upstream of a URL. Raises for an unknown URL, or if `kind` does not match it."""
    registry = registry_for(url)
    if registry is None or (registry.access is Access.ROLE and not _is_elsewhere(home, url)):
        raise UnsupportedUpstreamRegistryException.unknown(url)
    if kind not in (None, registry.kind):
        raise InvalidParameterException.broken(
            "upstreamRegistry",
            f"Member must be {registry.kind} for the upstream registry URL {url}",
        )
    return registry


def check_credential(home: Home, registry: KnownRegistry, credential_arn: str | None) -> None:
    """Raise if the secret is missing, not found, or not needed."""
    if registry.access is not Access.SECRET:
        if credential_arn is not None:
            raise _of_no_use("credentialArn", registry)
        return
    if credential_arn is None:
        raise UnsupportedUpstreamRegistryException.needs_credentials()
    secret = find_secret(credential_arn, account_id=home.account_id, region=home.region)
    if secret is None or not is_usable(secret):
        raise SecretNotFoundException
    if not is_accessible(secret, account_id=home.account_id):
        raise UnableToAccessSecretException
    if not is_decryptable(secret):
        raise UnableToDecryptSecretValueException


def check_role(home: Home, registry: KnownRegistry, url: str, role_arn: str | None) -> None:
    """Raise if the role is missing, of another account, or not needed."""
    if registry.access is not Access.ROLE:
        if role_arn is not None:
            raise _of_no_use("customRoleArn", registry)
    elif role_arn is None:
        if private_registry(url).account_id != home.account_id:
            raise _bad_role("Member must not be null for another account")
    elif re.fullmatch(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+", role_arn) is None:
        raise _bad_role("Member must be the ARN of an IAM role")
    elif role_arn.split(":")[4] != home.account_id:
        raise _bad_role("Member must be a role of the registry's own account")


def _is_elsewhere(home: Home, url: str) -> bool:
    """Whether an ECR private URL has an existing Region and is not this registry itself."""
    upstream = private_registry(url)
    is_home = (upstream.account_id, upstream.region) == (home.account_id, home.region)
    return upstream.region in ecr_backends[home.account_id] and not is_home


def _of_no_use(name: str, registry: KnownRegistry) -> InvalidParameterException:
    text = f"Member must be null for the upstream {registry.kind}"
    return InvalidParameterException.broken(name, text)


def _bad_role(constraint: str) -> InvalidParameterException:
    return InvalidParameterException.broken("customRoleArn", constraint)
