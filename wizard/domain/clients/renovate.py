"""Renovate: where to look up the versions of images that are named by the cache.

Sources:
- docs.renovatebot.com/configuration-options/#registryaliases
- getDep in lib/modules/manager/dockerfile/extract.ts of github.com/renovatebot/renovate: the first
  key that the name begins with is replaced, so the longest come first; a value may have a path
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import JSON, Client, ConfigFile
from wizard.domain.clients.quoting import pretty
from wizard.domain.clients.routes import Cache
from wizard.domain.texts import gettext_noop


def _files(cache: Cache) -> Iterator[ConfigFile]:
    routes = sorted(cache.routes, key=lambda route: (-len(route.cache), route.cache))
    config = {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "registryAliases": {route.cache: route.source for route in routes},
    }
    yield ConfigFile(
        name="renovate.json",
        path="renovate.json",
        text=pretty(config),
        media_type=JSON,
    )


RENOVATE: Final = Client(
    key="renovate",
    label="Renovate",
    purpose=gettext_noop(
        "Renovate finds new versions in the upstream registry for images whose names begin with"
        " the cache, and keeps these names."
    ),
    files=_files,
    source="https://docs.renovatebot.com/configuration-options/#registryaliases",
    needs=(
        gettext_noop("Merge registryAliases into the configuration of the repository."),
        gettext_noop(
            "For private upstream images, and to avoid the rate limits of Docker Hub, a hostRules"
            " entry for the upstream registry. Keep its credentials out of the repository."
        ),
    ),
    notes=(
        gettext_noop(
            "Without these aliases, Renovate lists the tags in ECR, which are only those that"
            " were pulled before. New versions are then never found."
        ),
        gettext_noop(
            "The alias of a rule for ROOT also applies to repositories that you push to this"
            " registry. Renovate then looks for them in the upstream registry."
        ),
    ),
)
