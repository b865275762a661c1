"""References to images through the rules of one account and Region, and the way back.

Of the rules of an upstream registry, the one with the most specific upstream prefix is used. The
repository that it gives must be served by the same rule, because ECR serves a repository by the
rule with the longest prefix.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from wizard.domain.errors import InvalidImage
from wizard.domain.images import (
    PullUri,
    Reference,
    canonical_host,
    parse_reference,
    pull_of_reference,
    upstream_path,
)
from wizard.domain.namespaces import longest_prefix, prefix_key, registry_host
from wizard.domain.prefixes import free_prefix, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import REGISTRIES, UpstreamRegistry, registry_of_url
from wizard.domain.rules import Rule

# The registry of references without a host.
_DEFAULT_REGISTRY: Final = next(each for each in REGISTRIES if each.official_namespace)
_HOSTS: Final = {
    alias: each.host for each in REGISTRIES for alias in (each.host, *each.host_aliases)
} | {"": _DEFAULT_REGISTRY.host}

# What a node calls an image that it knows by its content only. As a reference it would have a tag.
_IMAGE_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Finding(StrEnum):
    """What a reference is to the rules of the Region.

    - MAPPED: there is a reference to take its place.
    - THROUGH: it goes through a rule already.
    - OWN: it is in this private registry, and no rule covers it.
    - UPSTREAM: on the way back only, it is in another registry than this private one.
    - NO_RULE: no rule has its registry.
    - OUTSIDE: rules have its registry, but their upstream prefixes do not include it.
    - COVERED: its name under the rule of its registry belongs to a rule with a longer prefix.
    - UNSUPPORTED: pull through cache does not support its registry.
    - TOO_LONG: the name of the repository would be too long.
    - INVALID: it is no reference.
    """

    MAPPED = "mapped"
    THROUGH = "through"
    OWN = "own"
    UPSTREAM = "upstream"
    NO_RULE = "no-rule"
    OUTSIDE = "outside"
    COVERED = "covered"
    UNSUPPORTED = "unsupported"
    TOO_LONG = "too-long"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededRule:
    """A rule that would map a reference: its upstream, and a prefix that no other rule has."""

    registry: UpstreamRegistry
    upstream_registry_url: str
    ecr_repository_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What the rules make of a reference.

    - `rule` is the one that `new`, or the reference itself, goes through.
    - `new` takes its place; None if nothing does. It has the tag and digest of the reference.
    - `needed` is the rule that would map it; None if one exists or none can.
    - `host` is the registry as rules name it, also of a reference without one.
    """

    finding: Finding
    reference: Reference | None = None
    rule: Rule | None = None
    new: Reference | None = None
    needed: NeededRule | None = None
    host: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether the reference names no registry."""
        return self.reference is not None and not self.reference.host


class RuleMap:
    """Maps references through the rules of one account and Region.

    `host` is the name of the private registry in new references: that of its IPv4 or its dual-stack
    endpoint. What a reference is mapped to is kept, because files repeat their references.
    """

    def __init__(self, rules: Iterable[Rule], target: Target, *, host: str = "") -> None:
        self.target = target
        self._own_host = registry_host(target)
        self._host = host or self._own_host
        self._by_prefix: dict[str, Rule] = {}
        self._by_host: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=_specificity):
            self._by_prefix.setdefault(prefix_key(rule.ecr_repository_prefix), rule)
            self._by_host.setdefault(rule.upstream_host, []).append(rule)
        self._needed: dict[str, NeededRule | None] = {}
        self._to_cache: dict[str, Mapped] = {}
        self._to_upstream: dict[str, Mapped] = {}

    def to_cache(self, text: str) -> Mapped:
        """Map a reference to the private registry."""
        if text not in self._to_cache:
            self._to_cache[text] = self._mapped_to_cache(text)
        return self._to_cache[text]

    def to_upstream(self, text: str) -> Mapped:
        """Map a reference to the private registry back to its upstream."""
        if text not in self._to_upstream:
            self._to_upstream[text] = self._mapped_to_upstream(text)
        return self._to_upstream[text]

    def serving(self, repository: str) -> Rule | None:
        """Return the rule that covers a repository of the private registry."""
        return self._by_prefix.get(longest_prefix(repository, self._by_prefix))

    def _mapped_to_cache(self, text: str) -> Mapped:
        typed = _parsed(text)
        if typed is None:
            return Mapped(finding=Finding.INVALID)
        host = _rule_host(typed.host)
        if host == self._own_host:
            return self._of_own(typed)
        finding = Finding.NO_RULE
        for rule in self._by_host.get(host, ()):
            pull = self._pull(typed, rule)
            if isinstance(pull, Finding):
                finding = pull
                continue
            return self._mapped(typed, pull, rule, host)
        needed = None if finding is Finding.TOO_LONG else self._needed_for(host)
        if finding is Finding.NO_RULE and needed is None:
            finding = Finding.UNSUPPORTED
        return Mapped(finding=finding, reference=typed, needed=needed, host=host)

    def _of_own(self, typed: Reference) -> Mapped:
        """Tell of a repository of this registry; one without its official namespace gets it."""
        rule = self.serving(typed.path)
        if rule is None:
            return Mapped(finding=Finding.OWN, reference=typed, host=self._own_host)
        pull = self._pull(typed, rule)
        if isinstance(pull, PullUri) and not pull.is_cached_already:
            return self._mapped(typed, pull, rule, self._own_host)
        return Mapped(finding=Finding.THROUGH, reference=typed, rule=rule, host=self._own_host)

    def _mapped(self, typed: Reference, pull: PullUri, rule: Rule, host: str) -> Mapped:
        new = replace(typed, host=self._host, path=pull.repository)
        return Mapped(finding=Finding.MAPPED, reference=typed, rule=rule, new=new, host=host)

    def _pull(self, typed: Reference, rule: Rule) -> PullUri | Finding:
        """Return how the rule, which has the reference's registry, pulls it, or why not."""
        try:
            pull = pull_of_reference(typed, rule=rule, target=self.target)
        except InvalidImage as error:
            return Finding.TOO_LONG if error.part == "length" else Finding.OUTSIDE
        serving = self.serving(pull.repository)
        is_served = serving is not None and _is_same_prefix(serving, rule)
        return pull if is_served else Finding.COVERED

    def _needed_for(self, host: str) -> NeededRule | None:
        """Return the rule for a registry; each gets another prefix, in the order of asking."""
        if host not in self._needed:
            self._needed[host] = self._new_needed(host)
        return self._needed[host]

    def _new_needed(self, host: str) -> NeededRule | None:
        registry = registry_of_url(host, own_account_id=self.target.account_id)
        if registry is None:
            return None
        return NeededRule(
            registry=registry,
            upstream_registry_url=host,
            ecr_repository_prefix=free_prefix(registry.default_prefix, self._taken()),
        )

    def _taken(self) -> list[str]:
        suggested = [each.ecr_repository_prefix for each in self._needed.values() if each]
        return [*self._by_prefix, *suggested]

    def _mapped_to_upstream(self, text: str) -> Mapped:
        typed = _parsed(text)
        if typed is None:
            return Mapped(finding=Finding.INVALID)
        host = _rule_host(typed.host)
        if host != self._own_host:
            return Mapped(finding=Finding.UPSTREAM, reference=typed, host=host)
        rule = self.serving(typed.path)
        path = upstream_path(typed.path, rule) if rule else None
        if rule is None or path is None:
            return Mapped(finding=Finding.OWN, reference=typed, host=host)
        new = replace(typed, host=_reference_host(rule), path=path)
        return Mapped(finding=Finding.MAPPED, reference=typed, rule=rule, new=new, host=host)


def _parsed(text: str) -> Reference | None:
    if _IMAGE_ID.fullmatch(text):
        return None
    try:
        return parse_reference(text)
    except InvalidImage:
        return None


def _rule_host(host: str) -> str:
    """Return a registry's host as rules name it; of a reference without one, Docker Hub's."""
    host = canonical_host(host)
    return _HOSTS.get(host, host)


def _reference_host(rule: Rule) -> str:
    """Return the host by which references name the rule's upstream."""
    registry = rule.registry
    return (registry and registry.reference_host) or rule.upstream_host


def _is_same_prefix(one: Rule, other: Rule) -> bool:
    return prefix_key(one.ecr_repository_prefix) == prefix_key(other.ecr_repository_prefix)


def _specificity(rule: Rule) -> tuple[int, bool, str]:
    """Sort by the longest upstream prefix, then ROOT last, then by prefix."""
    upstream = rule.upstream_repository_prefix or ""
    length = 0 if is_root(upstream) else len(upstream.rstrip("/"))
    return -length, is_root(rule.ecr_repository_prefix), rule.ecr_repository_prefix
