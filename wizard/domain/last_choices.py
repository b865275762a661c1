"""What a new rule can take over from the rules that the same person created before.

Only names are taken over: of a secret, of a role, and how prefixes are named. Never a credential.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.domain.prefixes import is_root, prefix_problem
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry, registry_of_url
from wizard.domain.rules import NewRule


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedRule:
    """A rule as a person created it; `regions` are all in which it was created with it."""

    rule: NewRule
    target: Target
    regions: tuple[str, ...] = ()

    @property
    def registry(self) -> UpstreamRegistry | None:
        url = self.rule.upstream_registry_url
        return registry_of_url(url, own_account_id=self.target.account_id)


def last_with_secret(
    created: Sequence[CreatedRule], *, upstream_registry_url: str, target: Target
) -> CreatedRule | None:
    """Return the newest rule of this upstream at this place with a secret; `created` begins with
    the newest.
    """
    found = _last_of(created, upstream_registry_url, target)
    return found if found and found.rule.credential_arn else None


def last_with_role(
    created: Sequence[CreatedRule], *, upstream_registry_url: str, target: Target
) -> CreatedRule | None:
    """Return the newest rule of this upstream at this place with a role."""
    found = _last_of(created, upstream_registry_url, target)
    return found if found and found.rule.custom_role_arn else None


def prefix_named_like(last: CreatedRule, registry: UpstreamRegistry) -> str:
    """Return the registry's suggested prefix, named as the person named that of the last rule.

    After `team/docker-hub` for Docker Hub it is `team/quay` for Quay. Empty if the last prefix does
    not contain the suggestion, or is nothing but the suggestion.
    """
    before, prefix = last.registry, last.rule.ecr_repository_prefix
    if before is None or is_root(prefix) or prefix == before.default_prefix:
        return ""
    whole_word = rf"(?<![a-z0-9]){re.escape(before.default_prefix)}(?![a-z0-9])"
    named, count = re.subn(whole_word, registry.default_prefix, prefix, count=1)
    return named if count and prefix_problem(named) is None else ""


def _last_of(
    created: Sequence[CreatedRule], upstream_registry_url: str, target: Target
) -> CreatedRule | None:
    return next(
        (
            each
            for each in created
            if each.target == target and each.rule.upstream_registry_url == upstream_registry_url
        ),
        None,
    )
