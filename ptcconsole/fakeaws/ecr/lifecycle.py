"""Lifecycle policies of repositories, and their preview, which deletes and archives nothing.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr.exceptions import LifecyclePolicyNotFoundException
from moto.ecr.models import ECRBackend

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.ecr.lifecycle_evaluation import Affected, affected_by
from ptcconsole.fakeaws.ecr.lifecycle_rules import checked_rules
from ptcconsole.fakeaws.ecr.pull_times import PullTimeResponse
from ptcconsole.fakeaws.lags import LAGS, LagKind

_LAG: Final = LAGS[LagKind.PREVIEWS]
# The name under which a repository keeps its preview, which goes with it.
_KEPT: Final = "lifecycle_preview"


class LifecyclePolicyPreviewInProgressException(ServiceException):
    code = "LifecyclePolicyPreviewInProgressException"
    message = "The previous lifecycle policy preview request has not completed. Wait and try again."


class LifecyclePolicyPreviewNotFoundException(ServiceException):
    code = "LifecyclePolicyPreviewNotFoundException"
    message = "There is no dry run for this repository."


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The policy that was evaluated, and what it would do."""

    text: str
    affected: list[Affected]


class LifecyclePolicies(ECRBackend):
    """moto's ECR of one account and Region, with policies as AWS checks them, and previews."""

    def put_lifecycle_policy(
        self, registry_id: str, repository_name: str, lifecycle_policy_text: str
    ) -> dict[str, Any]:
        """Set the policy of a repository. Raises InvalidParameterException."""
        repository = self._get_repository(repository_name, registry_id)
        checked_rules(lifecycle_policy_text)
        repository.lifecycle_policy = lifecycle_policy_text
        return {
            "registryId": repository.registry_id,
            "repositoryName": repository_name,
            "lifecyclePolicyText": lifecycle_policy_text,
        }

    def start_preview(self, repository_name: str, text: str | None) -> tuple[str, Preview]:
        """Evaluate a policy, or that of the repository; return the status and the preview.

        Raises every error of StartLifecyclePolicyPreview.
        """
        repository = self._get_repository(repository_name)
        text = text or repository.lifecycle_policy
        if text is None:
            raise LifecyclePolicyNotFoundException(repository_name, repository.registry_id)
        if _LAG.hides(repository.arn):
            raise LifecyclePolicyPreviewInProgressException
        rules = checked_rules(text)
        affected = affected_by(rules, list(repository.images), CLOCK.time())
        preview = Preview(text=text, affected=affected)
        vars(repository)[_KEPT] = preview
        return "IN_PROGRESS" if _LAG.begin(repository.arn) else "COMPLETE", preview

    def preview_of(self, repository_name: str) -> tuple[str, Preview]:
        """Return status and preview. Raises every error of GetLifecyclePolicyPreview."""
        repository = self._get_repository(repository_name)
        preview: Preview | None = vars(repository).get(_KEPT)
        if preview is None:
            raise LifecyclePolicyPreviewNotFoundException
        return "IN_PROGRESS" if _LAG.hides(repository.arn) else "COMPLETE", preview


class LifecycleResponse(PullTimeResponse):
    """moto's ECR operations, and the two of lifecycle policy previews."""

    @property
    def _policies(self) -> LifecyclePolicies:
        backend = self.ecr_backend
        assert isinstance(backend, LifecyclePolicies)  # noqa: S101 - `install()` was called
        return backend

    def start_lifecycle_policy_preview(self) -> ActionResult:
        members = self._members()
        name = members["repositoryName"]
        text = members.get("lifecyclePolicyText")
        status, preview = self._policies.start_preview(name, text)
        return ActionResult(self._of_preview(name, preview) | {"status": status})

    def get_lifecycle_policy_preview(self) -> ActionResult:
        members = self._members()
        name = members["repositoryName"]
        if members.get("imageIds") and (members.get("nextToken") or members.get("maxResults")):
            raise InvalidParameterException(
                "Invalid parameter: nextToken and maxResults cannot be used with imageIds."
            )
        status, preview = self._policies.preview_of(name)
        answer = self._of_preview(name, preview) | {"status": status}
        if status != "COMPLETE":
            return ActionResult(answer)
        page = self._page(_wanted(preview.affected, members), "previewResults")
        results = {
            "previewResults": [_result(each) for each in page.items],
            "nextToken": page.next_token,
            "summary": _summary(preview.affected),
        }
        return ActionResult(answer | results)

    def _of_preview(self, name: str, preview: Preview) -> dict[str, Any]:
        return {
            "registryId": self.current_account,
            "repositoryName": name,
            "lifecyclePolicyText": preview.text,
        }


def _wanted(affected: list[Affected], members: dict[str, Any]) -> list[Affected]:
    """Return the images of a request's filter and list of images."""
    status = members.get("filter", {}).get("tagStatus", "ANY")
    named = [
        {str(value) for value in identifier.values()} for identifier in members.get("imageIds", ())
    ]
    return [
        each
        for each in affected
        if status in ("ANY", "TAGGED" if each.tags else "UNTAGGED")
        and (not named or any(names <= {each.digest, *each.tags} for names in named))
    ]


def _result(each: Affected) -> dict[str, Any]:
    action = {"type": "EXPIRE"}
    if each.is_archived:
        action = {"type": "TRANSITION", "targetStorageClass": "ARCHIVE"}
    return {
        "imageTags": list(each.tags),
        "imageDigest": each.digest,
        "imagePushedAt": each.pushed_at,
        "action": action,
        "appliedRulePriority": each.rule["rulePriority"],
        "storageClass": each.stored.upper(),
    }


def _summary(affected: list[Affected]) -> dict[str, Any]:
    counts = Counter(each.is_archived for each in affected)
    summary: dict[str, Any] = {"expiringImageTotalCount": counts[False]}
    if counts[True]:
        moved = {"targetStorageClass": "ARCHIVE", "imageTotalCount": counts[True]}
        summary["transitioningImageTotalCounts"] = [moved]
    return summary
