"""Repository creation templates: how ECR makes the repositories of a rule.

Source: "Templates to control repositories created during a pull through cache, create on push, or
replication action" in the user guide. A template applies when a repository is made, and to no
repository that exists.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from wizard.domain.errors import ConsoleError
from wizard.domain.namespaces import prefix_key
from wizard.domain.prefixes import ROOT
from wizard.domain.texts import gettext_noop as _

PULL_THROUGH_CACHE: Final = "PULL_THROUGH_CACHE"
# The values of the API, in the order in which forms offer them.
APPLIED_FOR: Final = (PULL_THROUGH_CACHE, "CREATE_ON_PUSH", "REPLICATION")
MUTABLE: Final = "MUTABLE"
MUTABILITIES: Final = (MUTABLE, "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")
AES256: Final = "AES256"
ENCRYPTION_TYPES: Final = (AES256, "KMS", "KMS_DSSE")
WILDCARD: Final = "WILDCARD"

# A type of filter that the console does not know, which AWS may add, and the text of the filter.
_TYPED = re.compile(r"([A-Z][A-Z_]{0,63}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationTemplate:
    """One template of a registry, with what it sets.

    `applied_for` are AWS's names of the features whose repositories it makes. A policy is its JSON.
    A filter that is no wildcard has its type before it (`filter_text`).
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
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def key(self) -> str:
        """The prefix without the slash that ECR assumes after it: `team` and `team/` are one."""
        return prefix_key(self.prefix)

    @property
    def has_exclusions(self) -> bool:
        """Whether the mutability is one with exclusion filters."""
        return self.image_tag_mutability.endswith("_WITH_EXCLUSION")


# The members that a person sets, in the order of the form. The prefix identifies the template.
SETTINGS: Final = (
    *("applied_for", "description", "image_tag_mutability", "exclusion_filters"),
    *("encryption_type", "kms_key", "repository_policy", "lifecycle_policy", "tags"),
    "custom_role_arn",
)


class TemplateChangedMeanwhile(ConsoleError):
    """The template has changed since the person read it; `template` is its current state."""

    title = _("The template has changed")
    remedy = _("Compare it with your change, then save again if you still want to.")
    status = 409

    def __init__(self, template: CreationTemplate) -> None:
        super().__init__(template.prefix)
        self.template = template


def filter_text(kind: str, text: str) -> str:
    """Return an exclusion filter as one text: `v*` for a wildcard, `TYPE:text` for another type.

    A wildcard has no colon.
    """
    return text if kind in ("", WILDCARD) else f"{kind}:{text}"


def filter_parts(text: str) -> tuple[str, str]:
    """Return the type of an exclusion filter and its text, from what `filter_text` returned."""
    typed = _TYPED.fullmatch(text)
    return (typed[1], typed[2]) if typed else (WILDCARD, text)


def settings_of(template: CreationTemplate) -> dict[str, Any]:
    """Return the settings in a form that is equal exactly if they mean the same to ECR.

    AWS returns defaults for what was not sent, lists in its own order, and policies with other
    white space or their members in another order.
    """
    return {
        "applied_for": sorted(template.applied_for),
        "description": template.description,
        "image_tag_mutability": template.image_tag_mutability or MUTABLE,
        "exclusion_filters": sorted(template.exclusion_filters) if template.has_exclusions else [],
        "encryption_type": template.encryption_type or AES256,
        "kms_key": template.kms_key,
        "repository_policy": _compact(template.repository_policy),
        "lifecycle_policy": _compact(template.lifecycle_policy),
        # Not as members: a key of a tag may have a name that only a credential has.
        "tags": [list(pair) for pair in sorted(template.tags)],
        "custom_role_arn": template.custom_role_arn,
    }


def differing(one: CreationTemplate, other: CreationTemplate) -> list[str]:
    """Return the names of the settings that differ, in the order of SETTINGS."""
    ours, theirs = settings_of(one), settings_of(other)
    return [name for name in SETTINGS if ours[name] != theirs[name]]


def template_facts(template: CreationTemplate) -> dict[str, Any]:
    """Return the template as facts of the audit trail, without what is not set."""
    facts = {"prefix": template.prefix, **settings_of(template)}
    times = {"created_at": template.created_at, "updated_at": template.updated_at}
    return {name: value for name, value in (facts | times).items() if value}


def template_of(settings: Mapping[str, Any], prefix: str) -> CreationTemplate:
    """Return the template with these settings, as `settings_of` gives them."""

    def text(name: str) -> str:
        return str(settings.get(name, ""))

    return CreationTemplate(
        prefix=prefix,
        applied_for=frozenset(settings.get("applied_for", ())),
        description=text("description"),
        image_tag_mutability=text("image_tag_mutability"),
        exclusion_filters=tuple(settings.get("exclusion_filters", ())),
        encryption_type=text("encryption_type"),
        kms_key=text("kms_key"),
        repository_policy=text("repository_policy"),
        lifecycle_policy=text("lifecycle_policy"),
        tags=tuple((str(key), str(value)) for key, value in settings.get("tags", ())),
        custom_role_arn=text("custom_role_arn"),
    )


def _compact(policy: str) -> str:
    """Return a policy in one form: neither white space nor the order of members has a meaning.

    A text that is no JSON is returned as it is.
    """
    try:
        read = json.loads(policy)
        return json.dumps(read, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    except (ValueError, RecursionError):
        return policy


class RoleProblem(StrEnum):
    """Why ECR certainly cannot assume the role of a template."""

    MISSING = "role-missing"
    NOT_TRUSTING = "role-not-trusting"


class Trap(StrEnum):
    """What a template does to a cache that its author may not have meant."""

    NEEDS_ROLE = "needs-role"
    IMMUTABLE = "immutable"
    NO_LIFECYCLE = "no-lifecycle"


# What a person has to know before a template is saved. Without a lifecycle policy it does what most
# do, so this is said and not asked.
ASKED: Final = (Trap.NEEDS_ROLE, Trap.IMMUTABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The templates around one: that whose repositories it takes over, and those it leaves to
    templates of longer prefixes.
    """

    shorter: CreationTemplate | None
    longer: tuple[CreationTemplate, ...]


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


def around(template: CreationTemplate, templates: Iterable[CreationTemplate]) -> Around:
    """Return the templates around a template, of those that are for the same features."""
    own = template.key
    shared = {
        each.key: each
        for each in templates
        if each.key != own and each.applied_for & template.applied_for
    }
    shorter = [key for key in shared if own != ROOT and (key == ROOT or _is_under(own, key))]
    longest = max(shorter, key=lambda key: 0 if key == ROOT else len(key), default="")
    longer = sorted(key for key in shared if _is_under(key, own))
    return Around(shorter=shared.get(longest), longer=tuple(shared[key] for key in longer))


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
