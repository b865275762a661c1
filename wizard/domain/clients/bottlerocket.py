"""Bottlerocket: mirrors in the user data of a node.

Sources:
- bottlerocket.dev/en/os/latest/api/settings/container-registry/ (mirrors; the fallback; ECS)
- github.com/bottlerocket-os/bottlerocket/issues/3631 and 2427 (ECR: path after `/v2/`, 401 without
  credentials) and /pull/2676 (credentials belong to the mirror's host)
- github.com/bottlerocket-os/bottlerocket-project-website/pull/243 (not for host containers)
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import TOML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted, quoted_list
from wizard.domain.clients.routes import Cache, Route
from wizard.domain.texts import gettext_noop


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield ConfigFile(
        name="bottlerocket-mirrors.toml",
        path="settings.container-registry.mirrors",
        text="\n".join(map(_mirror, cache.routes)),
        media_type=TOML,
    )


def _mirror(route: Route) -> str:
    return (
        "[[settings.container-registry.mirrors]]\n"
        f"registry = {quoted(route.host)}\n"
        f"endpoint = {quoted_list([route.api])}\n"
    )


BOTTLEROCKET: Final = Client(
    key="bottlerocket",
    label="Bottlerocket",
    purpose=gettext_noop(
        "Bottlerocket nodes ask the cache first. Image names in manifests stay as they are."
    ),
    files=_files,
    source="https://bottlerocket.dev/en/os/latest/api/settings/container-registry/",
    needs=(
        gettext_noop(
            "A bootstrap or host container that sets settings.container-registry.credentials for"
            " the host of the mirror with apiclient: the username AWS, and the output of aws ecr"
            " get-login-password as the password. Renew it at least every 12 hours."
        ),
    ),
    notes=(
        gettext_noop(
            "Without valid credentials, the mirror answers 401 and Bottlerocket pulls from the"
            " upstream registry without a message. You can't turn the fallback off. On Amazon"
            " EKS, Kyverno is the more reliable way."
        ),
        gettext_noop(
            "The file has no credential provider for the upstream names on purpose: with the"
            " fallback, the ECR token would be sent to the upstream registry."
        ),
        gettext_noop(
            "The mirrors don't apply to host containers. On Amazon ECS, which uses Docker, only the"
            " mirror of docker.io counts."
        ),
        gettext_noop(
            "Bottlerocket replaces whole registries, so a rule with an upstream repository prefix"
            " can't be used."
        ),
    ),
    by_host=True,
)
