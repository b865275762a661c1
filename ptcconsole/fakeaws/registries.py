"""The upstream registries that ECR supports, by URL, and what a rule needs for each.

This is the service's own table, independent of the console's.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """What a rule needs to access its upstream."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105 - the name of a kind of access, not a secret
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRegistry:
    """One upstream: AWS's enum value, its host (`*.` is one label), and what a rule needs."""

    kind: str
    host: str
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRegistryUrl:
    """The account and Region in the URL of an ECR private registry."""

    account_id: str
    region: str


KNOWN_REGISTRIES = (
    KnownRegistry(kind="ecr-public", host="public.ecr.aws", access=Access.OPEN),
    KnownRegistry(kind="k8s", host="registry.k8s.io", access=Access.OPEN),
    KnownRegistry(kind="quay", host="quay.io", access=Access.OPEN),
    KnownRegistry(kind="docker-hub", host="registry-1.docker.io", access=Access.SECRET),
    KnownRegistry(kind="github-container-registry", host="ghcr.io", access=Access.SECRET),
    KnownRegistry(kind="azure-container-registry", host="*.azurecr.io", access=Access.SECRET),
    KnownRegistry(
        kind="gitlab-container-registry", host="registry.gitlab.com", access=Access.SECRET
    ),
    KnownRegistry(kind="chainguard", host="cgr.dev", access=Access.SECRET),
)
ECR_PRIVATE = KnownRegistry(kind="ecr", host="*.dkr.ecr.*.amazonaws.com", access=Access.ROLE)

_ONE_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_ECR_PRIVATE_URL = re.compile(
    r"(?P<account_id>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com"
)


def registry_for(upstream_registry_url: str) -> KnownRegistry | None:
    """Return the registry with this URL (a bare host name, as in the API), or None."""
    if _ECR_PRIVATE_URL.fullmatch(upstream_registry_url):
        return ECR_PRIVATE
    for registry in KNOWN_REGISTRIES:
        pattern = re.escape(registry.host).replace(r"\*", _ONE_LABEL)
        if re.fullmatch(pattern, upstream_registry_url):
            return registry
    return None


def private_registry(upstream_registry_url: str) -> PrivateRegistryUrl:
    """Return account and Region of an ECR private URL. Raises ValueError for another URL."""
    match = _ECR_PRIVATE_URL.fullmatch(upstream_registry_url)
    if match is None:
        raise ValueError(f"{upstream_registry_url} is not an Amazon ECR private registry")
    return PrivateRegistryUrl(account_id=match["account_id"], region=match["region"])
