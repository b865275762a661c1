"""How a rule maps image names, and which rules overlap.

The mapping is the table for repository prefixes in the user guide. AWS does not document which of
two overlapping rules serves a pull, so this is reported as unknown.
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
    """One image: its upstream name, its repository, and the URI to pull."""

    upstream_uri: str
    repository: str
    pull_uri: str


def registry_host(target: Target) -> str:
    """Return the host of the private registry, with which every pull URI begins."""
    return f"{target.account_id}.dkr.ecr.{target.region}.amazonaws.com"


def namespace_example(
    *,
    registry: UpstreamRegistry,
    upstream_registry_url: str,
    cache_prefix: str,
    upstream_prefix: str | None,
    target: Target,
) -> NamespaceExample:
    """Map the registry's example image through a rule with these two prefixes."""
    path, _, tag = registry.example_image.partition(":")
    upstream_path = _under(upstream_prefix, _below(upstream_prefix, path))
    repository = _under(cache_prefix, _below(upstream_prefix, path))
    return NamespaceExample(
        upstream_uri=f"{upstream_registry_url}/{upstream_path}:{tag}",
        repository=repository,
        pull_uri=f"{registry_host(target)}/{repository}:{tag}",
    )


class Overlap(StrEnum):
    """How an existing rule overlaps a new prefix."""

    TAKEN = "taken"
    TAKEN_BUT_FOR_SLASH = "taken-but-for-slash"
    AROUND = "around"
    INSIDE = "inside"
    ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An existing rule that overlaps a new prefix, and how."""

    prefix: str
    overlap: Overlap
    rule: Rule

    @property
    def is_refused(self) -> bool:
        """Whether AWS refuses the new prefix: only if the same prefix exists."""
        return self.overlap is Overlap.TAKEN


def meetings(prefix: str, rules: Iterable[Rule]) -> list[Meeting]:
    """Return the rules that overlap `prefix`, in the given order."""
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
    """Return the part of the example's path below the upstream prefix."""
    if prefix is None or is_root(prefix):
        return path
    under = f"{prefix.rstrip('/')}/"
    return path.removeprefix(under) if path.startswith(under) else path.rpartition("/")[2]
