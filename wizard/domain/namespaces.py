"""How names map through a rule: from the pull URI to the upstream image, and which rules meet.

The mapping is the user guide's table for repository prefixes. What AWS does not document, which
of two overlapping rules serves a pull, is said to be unsure and never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry
from wizard.domain.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceExample:
    """One image on its way: where it comes from, where it lands, and what to pull."""

    upstream_uri: str
    repository: str
    pull_uri: str


def registry_host(target: Target) -> str:
    """The private registry's own host, which every pull URI begins with."""
    return f"{target.account_id}.dkr.ecr.{target.region}.amazonaws.com"


def namespace_example(
    *,
    registry: UpstreamRegistry,
    upstream_registry_url: str,
    cache_prefix: str,
    upstream_prefix: str | None,
    target: Target,
) -> NamespaceExample:
    """Take the registry's example image through a rule with these two prefixes."""
    path, _, tag = registry.example_image.partition(":")
    upstream_path = _under(upstream_prefix, _below(upstream_prefix, path))
    repository = _under(cache_prefix, _below(upstream_prefix, path))
    return NamespaceExample(
        upstream_uri=f"{upstream_registry_url}/{upstream_path}:{tag}",
        repository=repository,
        pull_uri=f"{registry_host(target)}/{repository}:{tag}",
    )


class Overlap(StrEnum):
    """How a rule that exists meets a new prefix."""

    TAKEN = "taken"
    TAKEN_BUT_FOR_SLASH = "taken-but-for-slash"
    AROUND = "around"
    INSIDE = "inside"
    ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A rule that a new prefix meets, and how."""

    prefix: str
    overlap: Overlap
    rule: Rule

    @property
    def is_refused(self) -> bool:
        """AWS refuses a prefix that is taken; everything else it accepts."""
        return self.overlap is Overlap.TAKEN


def meetings(prefix: str, rules: Iterable[Rule]) -> list[Meeting]:
    """Return the rules that share repository names with `prefix`, in the order given."""
    found = ((_overlap(prefix, rule.ecr_repository_prefix), rule) for rule in rules)
    return [
        Meeting(prefix=prefix, overlap=overlap, rule=rule) for overlap, rule in found if overlap
    ]


def _overlap(prefix: str, existing: str) -> Overlap | None:
    if prefix == existing:
        return Overlap.TAKEN
    if ROOT in (prefix, existing):  # guard: I7
        return Overlap.ROOT
    new, old = prefix.rstrip("/"), existing.rstrip("/")
    if new == old:
        return Overlap.TAKEN_BUT_FOR_SLASH
    if new.startswith(f"{old}/"):  # guard: I7
        return Overlap.AROUND
    return Overlap.INSIDE if old.startswith(f"{new}/") else None


def _under(prefix: str | None, path: str) -> str:
    return path if prefix is None or is_root(prefix) else f"{prefix.rstrip('/')}/{path}"


def _below(prefix: str | None, path: str) -> str:
    """The part of an example's path that a rule with this upstream prefix leaves to name."""
    if prefix is None or is_root(prefix):
        return path
    under = f"{prefix.rstrip('/')}/"
    return path.removeprefix(under) if path.startswith(under) else path.rpartition("/")[2]
