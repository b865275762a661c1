"""Whether ECR takes an upstream, and what a rule brings for it: a secret, a role, or nothing.

Answers for the refusals that depend on the upstream. Refuses to know which rules exist (`models`)
and whether the upstream really lets anyone in (`validation`). Two refusals are stricter than
anything AWS documents: a secret or a role that the upstream has no use for, and a registry that
would pull from itself.
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
    """The account and Region of the registry that the rule belongs to."""

    account_id: str
    region: str


def supported_registry(home: Home, url: str, kind: str | None = None) -> KnownRegistry:
    """The upstream behind a URL. Raises if there is none, or if the kind is not the URL's."""
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
    """Raises if a secret is missing, not to be found, or of no use."""
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
    """Raises if a role is missing, of another account, or of no use."""
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
    """Whether an ECR private URL is in a Region that exists and not this very registry."""
    upstream = private_registry(url)
    is_home = (upstream.account_id, upstream.region) == (home.account_id, home.region)
    return upstream.region in ecr_backends[home.account_id] and not is_home


def _of_no_use(name: str, registry: KnownRegistry) -> InvalidParameterException:
    text = f"Member must be null for the upstream {registry.kind}"
    return InvalidParameterException.broken(name, text)


def _bad_role(constraint: str) -> InvalidParameterException:
    return InvalidParameterException.broken("customRoleArn", constraint)
