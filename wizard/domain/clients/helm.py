"""Helm: a map of upstream registries for values files.

Charts have no common structure for images. Most take the registry and the repository apart, so each
entry has both, and both joined.
Source: helm.sh/docs/chart_template_guide/subcharts_and_globals/ (values below `global`).
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import YAML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted
from wizard.domain.clients.routes import Cache, Route
from wizard.domain.texts import gettext_noop

_HEAD: Final = """\
# In a template, with .Values in scope:
#   image: {{ index .Values.global.pullThroughCache "docker.io" "prefix" }}/library/nginx:1.27
global:
  pullThroughCache:
"""


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield ConfigFile(
        name="values-pull-through-cache.yaml",
        path="values.yaml",
        text=_HEAD + "".join(map(_entry, cache.routes)),
        media_type=YAML,
    )


def _entry(route: Route) -> str:
    return (
        f"    {quoted(route.source)}:\n"
        f"      registry: {quoted(route.registry)}\n"
        f"      repositoryPrefix: {quoted(route.cache_prefix)}\n"
        f"      prefix: {quoted(route.cache)}\n"
    )


HELM: Final = Client(
    key="helm",
    label=gettext_noop("Helm values"),
    purpose=gettext_noop("Your own charts get the place of each upstream registry in the cache."),
    files=_files,
    source="https://helm.sh/docs/chart_template_guide/subcharts_and_globals/",
    needs=(gettext_noop("Templates that read the map, as the comment in the file shows."),),
    notes=(
        gettext_noop(
            "In charts of others, set their own values: the registry as here, and the repository"
            " with repositoryPrefix in front."
        ),
        gettext_noop(
            "A single value such as global.imageRegistry fits only charts whose images are all from"
            " one upstream registry, and many charts leave some images out. Check the output of"
            " helm template."
        ),
        gettext_noop("Official images of Docker Hub need library/ in the name of the repository."),
    ),
)
