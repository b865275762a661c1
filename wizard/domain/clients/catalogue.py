"""The clients that the console configures, in the order in which they are offered."""

from collections.abc import Iterable
from typing import Final

from wizard.domain.clients.bottlerocket import BOTTLEROCKET
from wizard.domain.clients.buildkit import BUILDKIT
from wizard.domain.clients.client import Client, ClientConfig
from wizard.domain.clients.containerd import CONTAINERD
from wizard.domain.clients.containers import CONTAINERS
from wizard.domain.clients.credential_helper import CREDENTIAL_HELPER
from wizard.domain.clients.github_actions import GITHUB_ACTIONS
from wizard.domain.clients.helm import HELM
from wizard.domain.clients.kyverno import KYVERNO
from wizard.domain.clients.renovate import RENOVATE
from wizard.domain.clients.routes import cache_of
from wizard.domain.regions import Target
from wizard.domain.rules import Rule

CLIENTS: Final = (
    *(KYVERNO, CONTAINERD, CONTAINERS, BOTTLEROCKET, BUILDKIT),
    *(HELM, RENOVATE, CREDENTIAL_HELPER, GITHUB_ACTIONS),
)


def client_named(key: str) -> Client:
    """Return the client with this key; raises KeyError."""
    return {client.key: client for client in CLIENTS}[key]


def configure(
    client: Client, rules: Iterable[Rule], target: Target, *, is_dual_stack: bool = False
) -> ClientConfig:
    """Return the files of a client that pulls through these rules.

    With `is_dual_stack`, they name the endpoint of the registry that has IPv4 and IPv6.
    """
    chosen = rules if client.uses_rules else ()
    cache, left_out = cache_of(
        chosen,
        target,
        is_dual_stack=is_dual_stack,
        by_host=client.by_host,
        without_credentials=client.without_credentials,
    )
    files = client.files(cache) if cache.routes or not client.uses_rules else ()
    return ClientConfig(client=client, files=tuple(files), left_out=left_out)
