"""Repository creation templates: how ECR makes the repositories of a rule.

Source: "Templates to control repositories created during a pull through cache, create on push, or
replication action" in the user guide. A template applies when a repository is made, and to no
repository that exists.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wizard.domain.namespaces import prefix_key
from wizard.domain.prefixes import ROOT

PULL_THROUGH_CACHE: Final = "PULL_THROUGH_CACHE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationTemplate:
    """One template of a registry, with what it sets.

    `applied_for` are AWS's names of the features whose repositories it makes. A policy is its JSON.
    """

    prefix: str
    applied_for: frozenset[str]
    description: str = ""
    image_tag_mutability: str = ""
    exclusion_filters: tuple[str, ...] = ()
    encryption_type: str = ""
    kms_key: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    repository_policy: str = ""
    lifecycle_policy: str = ""
    custom_role_arn: str = ""


class Trap(StrEnum):
    """What a template does to a cache that its author may not have meant."""

    NEEDS_ROLE = "needs-role"
    IMMUTABLE = "immutable"
    NO_LIFECYCLE = "no-lifecycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The template of a rule's repositories, and those of longer prefixes, which win there.

    `template` is None if ECR uses its defaults.
    """

    template: CreationTemplate | None
    longer: tuple[CreationTemplate, ...]


def applied_to(prefix: str, templates: Iterable[CreationTemplate]) -> Applied:
    """Return the templates for the repositories under a rule's prefix: the longest prefix wins."""
    own = prefix_key(prefix)
    ours = [each for each in templates if PULL_THROUGH_CACHE in each.applied_for]
    known = {prefix_key(each.prefix): each for each in ours}
    around = [key for key in known if key in (ROOT, own) or own.startswith(f"{key}/")]
    longest = max(around, key=lambda key: 0 if key == ROOT else len(key), default="")
    longer = sorted(key for key in known if key not in around and _is_under(key, own))
    return Applied(template=known.get(longest), longer=tuple(known[key] for key in longer))


def traps_of(template: CreationTemplate) -> list[Trap]:
    """Return what to know of a template before images are pulled through the cache."""
    needs_role = bool(template.tags) or template.encryption_type.startswith("KMS")
    found = {
        Trap.NEEDS_ROLE: needs_role and not template.custom_role_arn,
        Trap.IMMUTABLE: template.image_tag_mutability.startswith("IMMUTABLE"),
        Trap.NO_LIFECYCLE: not template.lifecycle_policy,
    }
    return [trap for trap in Trap if found[trap]]


def _is_under(key: str, own: str) -> bool:
    return key != ROOT and (own == ROOT or key.startswith(f"{own}/"))
