"""Which of the images that run go through a rule of the Region, and why the others do not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wizard.domain.arn_kinds import account_and_region
from wizard.domain.converter.mapping import Finding, Mapped, RuleMap
from wizard.domain.converter.reading import Occurrence


class Route(StrEnum):
    """Where an image comes from.

    - THROUGH: the cache, by a rule.
    - BARE: Docker Hub, because no registry is named. A rule has it.
    - UPSTREAM: the upstream registry itself, although a rule has it.
    - NO_NAMESPACE: the cache, but without the namespace that Docker Hub's official images have.
    - NO_RULE: a registry that no rule has.
    - OUTSIDE: a registry that rules have, but not this repository of it.
    - OTHER_REGION: this account's private registry in another Region.
    - OTHER_ACCOUNT: the private registry of another account.
    - OWN: this private registry, without a rule.
    - UNSUPPORTED: a registry that pull through cache does not support.
    - UNKNOWN: what runs there is no reference, but the ID of an image or a template.
    """

    THROUGH = "through"
    BARE = "bare-name"
    UPSTREAM = "upstream"
    NO_NAMESPACE = "no-namespace"
    NO_RULE = "no-rule"
    OUTSIDE = "outside"
    OTHER_REGION = "other-region"
    OTHER_ACCOUNT = "other-account"
    OWN = "own"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


_ROUTES: Final = {
    Finding.THROUGH: Route.THROUGH,
    Finding.OWN: Route.OWN,
    Finding.NO_RULE: Route.NO_RULE,
    Finding.OUTSIDE: Route.OUTSIDE,
    Finding.COVERED: Route.OUTSIDE,
    Finding.TOO_LONG: Route.OUTSIDE,
    Finding.UNSUPPORTED: Route.UNSUPPORTED,
    Finding.INVALID: Route.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningImage:
    """An image, the containers that run it, and its route."""

    reference: str
    route: Route
    mapped: Mapped
    occurrences: tuple[Occurrence, ...]

    @property
    def containers(self) -> int:
        return len(self.occurrences)

    @property
    def prefix(self) -> str:
        """Return the prefix of the rule that it goes through, or would; empty without one."""
        return self.mapped.rule.ecr_repository_prefix if self.mapped.rule else ""

    @property
    def new(self) -> str:
        """Return the reference with which it would go through a rule; empty without one."""
        return str(self.mapped.new) if self.mapped.new else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCount:
    """How many containers and images take a route; through a rule, by its prefix."""

    route: Route
    prefix: str
    containers: int
    images: int


def running_images(occurrences: Iterable[Occurrence], rules: RuleMap) -> list[RunningImage]:
    """Return each image once: those past the cache first, then by the number of containers."""
    found: dict[str, list[Occurrence]] = {}
    for each in occurrences:
        found.setdefault(each.reference, []).append(each)
    images = [_image(reference, tuple(where), rules) for reference, where in found.items()]
    order = list(Route)
    return sorted(
        images,
        key=lambda each: (
            each.route is Route.THROUGH,
            -each.containers,
            order.index(each.route),
            each.reference,
        ),
    )


def route_counts(images: Sequence[RunningImage]) -> list[RouteCount]:
    """Count the containers by their route: those through a rule first, by its prefix."""
    keys = [(each.route, each.prefix if each.route is Route.THROUGH else "") for each in images]
    numbers = Counter(keys)
    containers: Counter[tuple[Route, str]] = Counter()
    for key, image in zip(keys, images, strict=True):
        containers[key] += image.containers
    order = list(Route)
    return [
        RouteCount(route=route, prefix=prefix, containers=containers[key], images=numbers[key])
        for key in sorted(numbers, key=lambda each: (order.index(each[0]), each[1]))
        for route, prefix in [key]
    ]


def _image(reference: str, where: tuple[Occurrence, ...], rules: RuleMap) -> RunningImage:
    mapped = rules.to_cache(reference)
    route = _route(mapped, rules)
    return RunningImage(reference=reference, route=route, mapped=mapped, occurrences=where)


def _route(mapped: Mapped, rules: RuleMap) -> Route:
    here = rules.target
    registry = account_and_region(mapped.host)
    if registry is not None and registry != (here.account_id, here.region):
        is_own_account = registry[0] == here.account_id
        return Route.OTHER_REGION if is_own_account else Route.OTHER_ACCOUNT
    if mapped.finding is not Finding.MAPPED:
        return _ROUTES[mapped.finding]
    if registry is not None:
        return Route.NO_NAMESPACE
    return Route.BARE if mapped.is_bare else Route.UPSTREAM
