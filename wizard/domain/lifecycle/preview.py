"""What ECR says that a lifecycle policy would do to the images of a repository."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wizard.domain.lifecycle.policy import Action


class PreviewStatus(StrEnum):
    """The state of a preview, as AWS names it. A preview in a state without a name has FAILED."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedImage:
    """An image that a rule would delete or archive; `priority` is that of the rule, 0 if unknown.

    `storage_class` is AWS's name of the one that it is in.
    """

    digest: str
    tags: tuple[str, ...] = ()
    pushed_at: datetime | None = None
    action: Action | None = None
    priority: int = 0
    storage_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecyclePreview:
    """A preview of a policy (`text`) on a repository.

    The counts are of all affected images, None if ECR does not tell them. `is_complete` is False
    if there are more images than `images` has.
    """

    repository: str
    text: str
    status: PreviewStatus
    images: tuple[AffectedImage, ...] = ()
    is_complete: bool = True
    expiring: int | None = None
    archiving: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether its state changes no more."""
        return self.status is not PreviewStatus.IN_PROGRESS

    def is_of(self, text: str) -> bool:
        """Whether it is of this policy, whatever white space its JSON has."""
        return _parts(self.text) == _parts(text)


def _parts(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
