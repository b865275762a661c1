"""BuildKit: mirrors in `buildkitd.toml`, each with a path.

Sources:
- docs.docker.com/build/buildkit/configure/ (`mirrors`, `--buildkitd-config`)
- util/resolver of github.com/moby/buildkit: a mirror is a host with a path, which goes after `/v2`;
  the upstream is asked after the mirrors; credentials are those of the host that is asked
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import TOML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted, quoted_list
from wizard.domain.clients.routes import Cache, Route
from wizard.domain.texts import gettext_noop


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield ConfigFile(
        name="buildkitd.toml",
        path="/etc/buildkit/buildkitd.toml",
        text="\n".join(map(_registry, cache.routes)),
        media_type=TOML,
    )


def _registry(route: Route) -> str:
    return f"[registry.{quoted(route.host)}]\nmirrors = {quoted_list([route.cache])}\n"


BUILDKIT: Final = Client(
    key="buildkit",
    label="BuildKit",
    purpose=gettext_noop("Builds get base images through the cache. Dockerfiles stay as they are."),
    files=_files,
    source="https://docs.docker.com/build/buildkit/configure/",
    needs=(
        gettext_noop(
            "A builder with this file: docker buildx create --use --buildkitd-config"
            " buildkitd.toml. The builder inside the Docker daemon doesn't read it."
        ),
        gettext_noop(
            "A login of the Docker client to the private registry, or the ECR credential helper."
            " BuildKit gets the credentials from the client that builds."
        ),
    ),
    notes=(
        gettext_noop(
            "If the cache refuses a pull, BuildKit pulls from the upstream registry without a"
            " message."
        ),
        gettext_noop(
            "The setting registry-mirrors of the Docker daemon is no replacement: it is for Docker"
            " Hub only, and doesn't support a path."
        ),
        gettext_noop(
            "BuildKit replaces whole registries, so a rule with an upstream repository prefix can't"
            " be used."
        ),
    ),
    by_host=True,
)
