"""The values of a lifecycle policy, its JSON, and which of its rules can have no effect."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

EVERY_TAG: Final = "*"


class TagStatus(StrEnum):
    """The images that a rule selects, by their tags."""

    TAGGED = "tagged"
    UNTAGGED = "untagged"
    ANY = "any"


class StorageClass(StrEnum):
    """Where an image is stored. An archived image cannot be pulled until it is restored."""

    STANDARD = "standard"
    ARCHIVE = "archive"


class CountType(StrEnum):
    """What a rule counts: images, or days since a moment."""

    IMAGES = "imageCountMoreThan"
    PUSHED = "sinceImagePushed"
    PULLED = "sinceImagePulled"
    TRANSITIONED = "sinceImageTransitioned"


class Action(StrEnum):
    """What ECR does with an image: delete it, or move it to another storage class."""

    EXPIRE = "expire"
    TRANSITION = "transition"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRule:
    """One rule of a policy. The lowest priority number is applied first.

    Several patterns or prefixes select the images that have a tag for each of them. `tag_patterns`
    and `tag_prefixes` are never both given.
    """

    priority: int
    tag_status: TagStatus
    count_type: CountType
    count_number: int
    action: Action = Action.EXPIRE
    description: str = ""
    tag_patterns: tuple[str, ...] = ()
    tag_prefixes: tuple[str, ...] = ()
    storage_class: StorageClass = StorageClass.STANDARD

    @property
    def is_for_every_tag(self) -> bool:
        """Whether it selects all tagged images."""
        patterns = set(self.tag_patterns) == {EVERY_TAG}
        return self.tag_status is TagStatus.TAGGED and patterns

    def members(self) -> dict[str, Any]:
        """Return the rule as ECR reads it."""
        lists = {"tagPatternList": self.tag_patterns, "tagPrefixList": self.tag_prefixes}
        in_days = self.count_type is not CountType.IMAGES
        is_archived = self.storage_class is StorageClass.ARCHIVE
        selection = {
            "tagStatus": str(self.tag_status),
            **{name: list(tags) for name, tags in lists.items() if tags},
            **({"storageClass": str(self.storage_class)} if is_archived else {}),
            "countType": str(self.count_type),
            **({"countUnit": "days"} if in_days else {}),
            "countNumber": self.count_number,
        }
        action = {"type": str(self.action)}
        if self.action is Action.TRANSITION:
            action["targetStorageClass"] = str(StorageClass.ARCHIVE)
        described = {"description": self.description} if self.description else {}
        return {
            "rulePriority": self.priority,
            **described,
            "selection": selection,
            "action": action,
        }


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """The rules of a policy, by their priority."""

    rules: tuple[LifecycleRule, ...]

    def text(self) -> str:
        """Return the policy as the JSON that ECR takes."""
        rules = [rule.members() for rule in self.rules]
        return json.dumps({"rules": rules}, indent=2, ensure_ascii=False)


def without_effect(policy: LifecyclePolicy) -> list[LifecycleRule]:
    """Return the rules whose images an earlier rule selects already.

    An image that meets the tagging requirements of a rule is never touched by one with a higher
    priority number, even if the first leaves it alone.
    """
    found: list[LifecycleRule] = []
    taken: dict[StorageClass, set[TagStatus]] = {each: set() for each in StorageClass}
    for rule in sorted(policy.rules, key=lambda rule: rule.priority):
        before = taken[rule.storage_class]
        if _needed(rule) <= before:
            found.append(rule)
        if rule.tag_status is not TagStatus.TAGGED or rule.is_for_every_tag:
            before |= _needed(rule)
    return found


def _needed(rule: LifecycleRule) -> set[TagStatus]:
    """Return the kinds of images that a rule could act on."""
    if rule.tag_status is TagStatus.ANY:
        return {TagStatus.TAGGED, TagStatus.UNTAGGED}
    return {rule.tag_status}
