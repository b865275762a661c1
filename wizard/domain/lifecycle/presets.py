"""The lifecycle policies that most caches need, made of a few numbers.

Only combinations are offered in which each rule can act: an image that meets the tagging
requirements of one rule is never touched by a later one, so that the last images are either counted
or archived by their pulls, not both.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from wizard.domain.lifecycle.policy import (
    EVERY_TAG,
    Action,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    StorageClass,
    TagStatus,
)

# ECR bills an archived image for 90 days, and refuses a policy that deletes it earlier.
LEAST_ARCHIVED_DAYS: Final = 90
# ECR documents no limit. One of the fields' own keeps out what is typed by mistake.
MOST_COUNT: Final = 36_500

_UNTAGGED: Final = LifecycleRule(
    priority=1,
    description="Delete untagged images",
    tag_status=TagStatus.UNTAGGED,
    count_type=CountType.PUSHED,
    count_number=1,
)
_LAST: Final = LifecycleRule(
    priority=1,
    description="Keep the newest tagged images",
    tag_status=TagStatus.TAGGED,
    tag_patterns=(EVERY_TAG,),
    count_type=CountType.IMAGES,
    count_number=1,
)
_UNUSED: Final = LifecycleRule(
    priority=1,
    description="Archive images that are no longer pulled",
    tag_status=TagStatus.ANY,
    count_type=CountType.PULLED,
    count_number=1,
    action=Action.TRANSITION,
)
_ARCHIVED: Final = LifecycleRule(
    priority=1,
    description="Delete archived images",
    tag_status=TagStatus.ANY,
    storage_class=StorageClass.ARCHIVE,
    count_type=CountType.TRANSITIONED,
    count_number=LEAST_ARCHIVED_DAYS,
)


class Keeping(StrEnum):
    """What happens to the images that have a tag."""

    ALL = "all"
    LAST = "last"
    PULLED = "pulled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    """The answers that make a policy; 0 leaves a rule out.

    `last` counts for `Keeping.LAST`; the two others of `Keeping.PULLED` archive what was not pulled
    for so many days, and delete what has been archived for so many.
    """

    untagged_days: int = 0
    keeping: Keeping = Keeping.ALL
    last: int = 0
    unpulled_days: int = 0
    archived_days: int = 0

    def policy(self) -> LifecyclePolicy | None:
        """Return the policy; None if nothing is ever deleted or archived."""
        wanted = [(_UNTAGGED, self.untagged_days)]
        if self.keeping is Keeping.LAST:
            wanted.append((_LAST, self.last))
        if self.keeping is Keeping.PULLED:
            wanted += [(_UNUSED, self.unpulled_days), (_ARCHIVED, self.archived_days)]
        chosen = [(rule, number) for rule, number in wanted if number]
        rules = tuple(
            replace(rule, priority=priority, count_number=number)
            for priority, (rule, number) in enumerate(chosen, start=1)
        )
        return LifecyclePolicy(rules) if rules else None

    def text(self) -> str:
        """Return the policy's JSON; empty if there is none."""
        policy = self.policy()
        return policy.text() if policy else ""


def presets_of(policy: LifecyclePolicy | None) -> Presets | None:
    """Return the presets that make exactly this policy; None if none do."""
    if policy is None:
        return Presets()
    numbers = {
        known.description: rule.count_number
        for rule in policy.rules
        for known in (_UNTAGGED, _LAST, _UNUSED, _ARCHIVED)
        if replace(known, priority=rule.priority, count_number=rule.count_number) == rule
    }
    last, unpulled = numbers.get(_LAST.description, 0), numbers.get(_UNUSED.description, 0)
    keeping = Keeping.LAST if last else Keeping.PULLED if unpulled else Keeping.ALL
    found = Presets(
        untagged_days=numbers.get(_UNTAGGED.description, 0),
        keeping=keeping,
        last=last,
        unpulled_days=unpulled,
        archived_days=numbers.get(_ARCHIVED.description, 0),
    )
    return found if found.policy() == policy else None
