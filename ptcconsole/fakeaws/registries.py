"""The upstream registries that ECR knows: which kind a URL is, and what that kind asks for.

Answers for the service's side of the table. Refuses to know titles, labels and default prefixes:
those belong to whoever calls the service.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """What a rule must bring to reach its upstream."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105 - the name of a kind of access, not a secret
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRegistry:
    """One upstream: AWS's enum value, its host (`*.` stands for one label), what it asks for."""

    kind: str
    host: str
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRegistryUrl:
    """The account and Region that an ECR private registry's URL names."""

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
    """The known registry behind a URL (a bare host name, as the API takes it), if it is one."""
    if _ECR_PRIVATE_URL.fullmatch(upstream_registry_url):
        return ECR_PRIVATE
    for registry in KNOWN_REGISTRIES:
        pattern = re.escape(registry.host).replace(r"\*", _ONE_LABEL)
        if re.fullmatch(pattern, upstream_registry_url):
            return registry
    return None


def private_registry(upstream_registry_url: str) -> PrivateRegistryUrl:
    """Account and Region of an ECR private URL. Raises ValueError for any other URL."""
    match = _ECR_PRIVATE_URL.fullmatch(upstream_registry_url)
    if match is None:
        raise ValueError(f"{upstream_registry_url} is not an Amazon ECR private registry")
    return PrivateRegistryUrl(account_id=match["account_id"], region=match["region"])
