"""When an image was last pulled, and whose pulls do not count: the pull-time exclusions.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegisterPullTimeUpdateExclusion.html
"""

import re
import threading
from datetime import datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, Image

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr.exceptions import (
    ExclusionAlreadyExistsException,
    ExclusionNotFoundException,
    LimitExceededException,
)
from ptcconsole.fakeaws.ecr.image_deletion import ImageDeletionResponse

# As many as the list of the service model holds.
MAX_EXCLUSIONS: Final = 100
_SESSION: Final = re.compile(r"arn:[^:]+:sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/")


class PullTimes(ECRBackend):
    """moto's ECR of one account and Region, with its pull-time exclusions."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.pull_time_exclusions: dict[str, datetime] = {}
        self._exclusions_lock = threading.Lock()

    def exclude_pull_times(self, principal_arn: str) -> datetime:
        """Exclude a role or user. Raises the errors of RegisterPullTimeUpdateExclusion."""
        with self._exclusions_lock:
            if principal_arn in self.pull_time_exclusions:
                raise ExclusionAlreadyExistsException
            if len(self.pull_time_exclusions) >= MAX_EXCLUSIONS:
                raise LimitExceededException
            return self.pull_time_exclusions.setdefault(principal_arn, CLOCK.stamp())

    def include_pull_times(self, principal_arn: str) -> None:
        """End an exclusion. Raises ExclusionNotFoundException."""
        with self._exclusions_lock:
            if self.pull_time_exclusions.pop(principal_arn, None) is None:
                raise ExclusionNotFoundException

    def record_pull(self, image: Image, caller_arn: str) -> None:
        """Record that the caller has pulled the image, unless the caller is excluded."""
        excluded = list(self.pull_time_exclusions)
        if not any(_is_of(caller_arn, principal_arn) for principal_arn in excluded):
            vars(image)["last_recorded_pull_time"] = int(CLOCK.time())  # moto has none


class PullTimeResponse(ImageDeletionResponse):
    """moto's ECR operations, and the three of pull-time exclusions."""

    @property
    def _pull_times(self) -> PullTimes:
        backend = self.ecr_backend
        assert isinstance(backend, PullTimes)  # noqa: S101 - `install()` was called
        return backend

    def register_pull_time_update_exclusion(self) -> ActionResult:
        arn = self._members()["principalArn"]
        return ActionResult(
            {"principalArn": arn, "createdAt": self._pull_times.exclude_pull_times(arn)}
        )

    def deregister_pull_time_update_exclusion(self) -> ActionResult:
        arn = self._members()["principalArn"]
        self._pull_times.include_pull_times(arn)
        return ActionResult({"principalArn": arn})

    def list_pull_time_update_exclusions(self) -> ActionResult:
        arns: list[Any] = list(self._pull_times.pull_time_exclusions)
        page = self._page(arns, "pullTimeUpdateExclusions")
        return ActionResult({"pullTimeUpdateExclusions": page.items, "nextToken": page.next_token})


def _is_of(caller_arn: str, principal_arn: str) -> bool:
    """Whether the caller is this user, or a session of this role, whose ARN has no path."""
    session = _SESSION.match(caller_arn)
    if session is None:
        return caller_arn == principal_arn
    owner, _, name = principal_arn.partition(":role/")
    is_owner = owner.endswith(f":{session['account']}")
    return is_owner and name.rpartition("/")[2] == session["role"]
