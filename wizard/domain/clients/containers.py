"""CRI-O, Podman, Buildah and Skopeo: a drop-in of `registries.conf`, which remaps prefixes.

Sources:
- containers-registries.conf(5): the longest `prefix` decides, and `location` replaces it; drop-ins
  in `/etc/containers/registries.conf.d`; `credential-helpers`; names without a host
- containers-registries.conf.d(5): arrays of a later file replace those of an earlier one
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import TOML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted, quoted_list
from wizard.domain.clients.routes import Cache, Route
from wizard.domain.texts import gettext_noop

_NAME: Final = "50-amazon-ecr.conf"


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield ConfigFile(
        name=_NAME,
        path=f"/etc/containers/registries.conf.d/{_NAME}",
        text="\n".join([_settings(cache), *map(_registry, cache.routes)]),
        media_type=TOML,
    )


def _settings(cache: Cache) -> str:
    helpers = f"credential-helpers = {quoted_list(['containers-auth.json', 'ecr-login'])}\n"
    completed = [route.host for route in cache.routes if route.official_namespace]
    if not completed:
        return helpers
    return f"unqualified-search-registries = {quoted_list(completed[:1])}\n{helpers}"


def _registry(route: Route) -> str:
    prefixes = (route.source.replace(route.host, host, 1) for host in route.hosts)
    return "\n".join(
        f"[[registry]]\nprefix = {quoted(prefix)}\nlocation = {quoted(route.cache)}\n"
        for prefix in prefixes
    )


CONTAINERS: Final = Client(
    key="containers",
    label=gettext_noop("CRI-O and Podman"),
    purpose=gettext_noop(
        "CRI-O, Podman, Buildah, and Skopeo pull through the cache. Image names stay as they are,"
        " also names without a registry."
    ),
    files=_files,
    source="https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md",
    needs=(
        gettext_noop(
            "The Amazon ECR credential helper (docker-credential-ecr-login) on the PATH of the"
            " program, and AWS credentials that it finds."
        ),
        gettext_noop("CRI-O reads the file again when it gets SIGHUP or restarts."),
    ),
    notes=(
        gettext_noop(
            "There is no fallback to the upstream registry. A pull that the cache can't serve"
            " fails."
        ),
        gettext_noop(
            "A list in a later file of the folder replaces this one: check which file sets"
            " unqualified-search-registries and credential-helpers last."
        ),
        gettext_noop(
            "On Kubernetes, kubelet's credentials belong to the name in the manifest. For the"
            " cache, CRI-O uses the credential helper or its global_auth_file, whose ECR token"
            " must be renewed at least every 12 hours."
        ),
    ),
)
