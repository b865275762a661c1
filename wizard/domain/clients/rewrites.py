"""How an image in a manifest is rewritten: which names a route covers, and what replaces them.

The patterns are RE2, which Kyverno's JMESPath and CEL share. They contain no backslash and no
quote, so that they stand in a YAML string and in both languages as they are: a dot is `[.]`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.domain.clients.routes import Route

# A name without a host whose first segment is a host nevertheless.
LOCAL: Final = "localhost/"


class Kept(Enum):
    """Where the part of the name begins that is kept."""

    START = "start"
    AFTER_HOST = "after-host"
    LAST_SEGMENT = "last-segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One form of names: `pattern` matches it, with the part that is kept as its only group.

    The kept part begins `skipped` characters after `kept`. `replacement` comes in front of it.
    """

    pattern: str
    kept: Kept
    skipped: int
    replacement: str


def rewrites_of(routes: Iterable[Route]) -> list[Rewrite]:
    """Return the rewrites in the order in which they have to be tried: the first match counts.

    A rewritten name begins with the host of the private registry and matches no other pattern.
    """
    return [rewrite for route in routes for rewrite in _of_route(route)]


def _of_route(route: Route) -> Iterator[Rewrite]:
    """Yield the forms with the host, and those that are completed by it: `a/b` and `b`."""
    hosts = f"(?i:{'|'.join(map(_literal, route.hosts))})/"
    below = f"{route.upstream_prefix}/" if route.upstream_prefix else ""
    place = f"{route.cache}/"
    official = route.official_namespace
    if official and route.upstream_prefix in ("", official):
        yield Rewrite(
            pattern=f"^(?:{hosts})?([^/:@]+(?:[:@][^/]*)?)$",
            kept=Kept.LAST_SEGMENT,
            skipped=0,
            replacement=place if below else f"{place}{official}/",
        )
    yield Rewrite(
        pattern=f"^{hosts}{_literal(below)}(.+)$",
        kept=Kept.AFTER_HOST,
        skipped=len(below),
        replacement=place,
    )
    if official:
        yield Rewrite(
            pattern=f"^{_literal(below)}(.+)$" if below else "^([^/.:@]+/.+)$",
            kept=Kept.START,
            skipped=len(below),
            replacement=place,
        )


def _literal(text: str) -> str:
    return text.replace(".", "[.]")
