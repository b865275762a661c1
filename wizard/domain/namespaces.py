"""How a rule maps image names, and which rules overlap.

The mapping is the table for repository prefixes in the user guide. AWS does not document which of
two overlapping rules serves a pull, so this is reported as unknown.
"""

from collections.abc import Container, Iterable
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


def dual_stack_host(target: Target) -> str:
    """Return the host of the same registry for IPv4 and IPv6.

    Source: "Making requests to Amazon ECR registries" in the user guide.
    """
    return f"{target.account_id}.dkr-ecr.{target.region}.on.aws"


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
    upstream_path = under(upstream_prefix, _below(upstream_prefix, path))
    repository = under(cache_prefix, _below(upstream_prefix, path))
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


def under(prefix: str | None, path: str) -> str:
    """Return the path with the prefix in front; ROOT and None add nothing."""
    return path if prefix is None or is_root(prefix) else f"{prefix.rstrip('/')}/{path}"


def _below(prefix: str | None, path: str) -> str:
    """Return the part of the example's path below the upstream prefix."""
    if prefix is None or is_root(prefix):
        return path
    under = f"{prefix.rstrip('/')}/"
    return path.removeprefix(under) if path.startswith(under) else path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryNames:
    """The names of a registry's repositories; `is_complete` is False if there are more."""

    names: tuple[str, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryCount:
    """How many repositories a rule covers, and how many under its prefix another rule covers.

    AWS does not tell which of them a cache created and which were pushed. `older` of those that the
    rule covers were created before the rule, so that it cannot have made them.
    """

    covered: int
    by_others: int
    is_complete: bool
    older: int = 0


def count_repositories(
    prefix: str, others: Iterable[str], repositories: RepositoryNames
) -> RepositoryCount:
    """Count the repositories under a prefix by the rule with the longest prefix that covers each.

    `others` are the prefixes of the other rules of the Region.
    """
    covered, by_others = covered_names(prefix, others, repositories.names)
    return RepositoryCount(
        covered=len(covered), by_others=by_others, is_complete=repositories.is_complete
    )


def covered_names(
    prefix: str, others: Iterable[str], names: Iterable[str]
) -> tuple[list[str], int]:
    """Return the names that a rule covers, and how many under its prefix other rules cover."""
    own = prefix_key(prefix)
    prefixes = {own, *map(prefix_key, others)}
    under = [name for name in names if own == ROOT or name.startswith(f"{own}/")]
    covered = [name for name in under if longest_prefix(name, prefixes) == own]
    return covered, len(under) - len(covered)


def prefix_key(prefix: str) -> str:
    """Return a prefix without the slash that ECR assumes after it."""
    return ROOT if is_root(prefix) else prefix.rstrip("/")


def longest_prefix(name: str, prefixes: Container[str]) -> str:
    """Return the longest of the prefixes that a repository's name is under, else ROOT."""
    path = name.rpartition("/")[0]
    while path and path not in prefixes:
        path = path.rpartition("/")[0]
    return path or ROOT
