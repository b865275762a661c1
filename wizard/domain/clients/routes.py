"""Which names of images a rule covers, and where they are in the private registry.

A route is what the files of clients are made of. A rule that no client can name has none: its
upstream URL is not a host, or a prefix is none that ECR accepts. So nothing else reaches a file.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wizard.domain.namespaces import dual_stack_host, registry_host
from wizard.domain.prefixes import is_root, prefix_problem
from wizard.domain.regions import Target
from wizard.domain.rules import Rule

_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    r"(?::[0-9]{1,5})?",
    re.ASCII,
)


class Omission(StrEnum):
    """Why the files of a client leave a rule out."""

    UPSTREAM = "upstream"
    PREFIX = "prefix"
    OWN_REGISTRY = "own-registry"
    PART_OF_REGISTRY = "part-of-registry"
    SAME_UPSTREAM = "same-upstream"
    NO_CREDENTIALS = "no-credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A rule that the files of a client leave out, and why."""

    rule: Rule
    reason: Omission


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The images of a rule: their names upstream, and their place in the private registry.

    - `hosts` are the hosts in names of images; the first is the usual one.
    - `upstream_prefix` is the part of the upstream that the rule covers; empty for all of it.
    - `registry` is the host of the private registry, `cache_prefix` the rule's prefix in it, which
      is empty for ROOT.
    - `official_namespace` is the namespace of images that are named without one. Clients complete
      names without a host by the host of this registry.
    """

    rule: Rule
    hosts: tuple[str, ...]
    upstream_prefix: str
    registry: str
    cache_prefix: str
    official_namespace: str

    @property
    def host(self) -> str:
        return self.hosts[0]

    @property
    def source(self) -> str:
        """Return what the names of the images begin with, such as `docker.io/grafana`."""
        return _joined(self.host, self.upstream_prefix)

    @property
    def cache(self) -> str:
        """Return what replaces `source`: the private registry and the rule's prefix."""
        return _joined(self.registry, self.cache_prefix)

    @property
    def api(self) -> str:
        """Return the address below which the cache answers as the upstream registry would.

        Source: the OCI distribution specification, where all paths begin with `/v2/<name>/`.
        """
        return f"https://{_joined(f'{self.registry}/v2', self.cache_prefix)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """The private registry, and the routes of the chosen rules, the most specific first."""

    target: Target
    host: str
    is_dual_stack: bool
    routes: tuple[Route, ...]


def cache_of(
    rules: Iterable[Rule],
    target: Target,
    *,
    is_dual_stack: bool = False,
    by_host: bool = False,
    without_credentials: Container[str] = (),
) -> tuple[Cache, tuple[LeftOut, ...]]:
    """Return the routes of the rules, and the rules without one.

    With `by_host`, only rules for a whole upstream registry have a route. Hosts in
    `without_credentials` have none. Of several rules for the same images, the first by its prefix
    has one.
    """
    host = dual_stack_host(target) if is_dual_stack else registry_host(target)
    routes: list[Route] = []
    left_out: list[LeftOut] = []
    for rule in sorted(rules, key=_order):
        route = _route(rule, host)
        reason = _omission(route, routes, target)
        if reason is None and by_host and route.upstream_prefix:
            reason = Omission.PART_OF_REGISTRY
        if reason is None and route.host in without_credentials:
            reason = Omission.NO_CREDENTIALS
        if reason is None:
            routes.append(route)
        else:
            left_out.append(LeftOut(rule=rule, reason=reason))
    routes.sort(key=lambda route: (route.host, -len(route.upstream_prefix), route.source))
    cache = Cache(target=target, host=host, is_dual_stack=is_dual_stack, routes=tuple(routes))
    return cache, tuple(left_out)


def _order(rule: Rule) -> tuple[bool, str]:
    """Sort by prefix, ROOT last, as the mapping of images does."""
    return is_root(rule.ecr_repository_prefix), rule.ecr_repository_prefix


def _route(rule: Rule, registry: str) -> Route:
    entry = rule.registry
    upstream = rule.upstream_host.strip().lower()
    hosts = (upstream, *(entry.host_aliases if entry else ()))
    first = entry.reference_host if entry and entry.reference_host else upstream
    return Route(
        rule=rule,
        hosts=tuple(dict.fromkeys((first, *hosts))),
        upstream_prefix=_path(rule.upstream_repository_prefix),
        registry=registry,
        cache_prefix=_path(rule.ecr_repository_prefix),
        official_namespace=entry.official_namespace if entry else "",
    )


def _omission(route: Route, others: Sequence[Route], target: Target) -> Omission | None:
    if not all(_HOST.fullmatch(host) for host in route.hosts):
        return Omission.UPSTREAM
    if any(prefix and prefix_problem(prefix) for prefix in (route.upstream_prefix, _raw(route))):
        return Omission.PREFIX
    if {registry_host(target), dual_stack_host(target)}.intersection(route.hosts):
        return Omission.OWN_REGISTRY
    if any(route.source == other.source for other in others):
        return Omission.SAME_UPSTREAM
    return None


def _raw(route: Route) -> str:
    return route.rule.ecr_repository_prefix or ""


def _path(prefix: str | None) -> str:
    """Return a prefix as a path; empty for ROOT."""
    return "" if prefix is None or is_root(prefix) else prefix.rstrip("/")


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
