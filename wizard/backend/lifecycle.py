"""The ECR API: lifecycle policies of repositories, and their previews."""

from collections.abc import Mapping
from typing import Any, Final

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import (
    optional_number,
    optional_text,
    optional_time,
    text_member,
    wrong_type,
)
from wizard.domain import Target
from wizard.domain.facts import storable_text
from wizard.domain.lifecycle import Action, AffectedImage, LifecyclePreview, PreviewStatus

_GET: Final = "GetLifecyclePolicyPreview"
# A repository can have 100,000 images. Reading a preview stops after these pages of 100.
MAX_PAGES: Final = 10
ITEMS_PER_PAGE: Final = 100


def lifecycle_policy(target: Target, repository: str) -> str:
    """Return the policy of a repository; raises LifecyclePolicyNotFound, RepositoryNotFound."""
    answer = call(
        clients.ecr(target).get_lifecycle_policy,
        registryId=target.account_id,
        repositoryName=repository,
    )
    return text_member(answer, "lifecyclePolicyText", "GetLifecyclePolicy")


def start_preview(target: Target, repository: str, text: str) -> None:
    """Let ECR evaluate a policy; raises PreviewInProgress, RepositoryNotFound."""
    call(
        clients.ecr(target).start_lifecycle_policy_preview,
        registryId=target.account_id,
        repositoryName=repository,
        lifecyclePolicyText=text,
    )


def get_preview(target: Target, repository: str) -> LifecyclePreview:
    """Return the last preview of a repository; raises PreviewNotFound, RepositoryNotFound."""
    client, token, items = clients.ecr(target), "", list[AffectedImage]()
    summary: Mapping[str, Any] = {}
    for _page in range(MAX_PAGES):
        more: dict[str, Any] = {"nextToken": token} if token else {}
        answer = call(
            client.get_lifecycle_policy_preview,
            registryId=target.account_id,
            repositoryName=repository,
            maxResults=ITEMS_PER_PAGE,
            **more,
        )
        status = _status(text_member(answer, "status", _GET))
        if status is PreviewStatus.COMPLETE:
            items += [_image(item) for item in _maps(answer.get("previewResults"))]
        summary = summary or _map(answer.get("summary"))
        token = answer.get("nextToken") or ""
        if not token:
            break
    return LifecyclePreview(
        repository=repository,
        text=optional_text(answer, "lifecyclePolicyText") or "",
        status=status,
        images=tuple({each.digest: each for each in items}.values()),
        is_complete=not token,
        expiring=optional_number(summary, "expiringImageTotalCount"),
        archiving=_archiving(summary),
    )


def _status(text: str) -> PreviewStatus:
    return PreviewStatus(text) if text in list(PreviewStatus) else PreviewStatus.FAILED


def _archiving(summary: Mapping[str, Any]) -> int | None:
    """Return how many images would be archived; ECR leaves the member out for none."""
    counts = [
        optional_number(each, "imageTotalCount")
        for each in _maps(summary.get("transitioningImageTotalCounts"))
    ]
    return None if None in counts or not summary else sum(number or 0 for number in counts)


def _image(item: Mapping[str, Any]) -> AffectedImage:
    action = str(_map(item.get("action")).get("type", "")).lower()
    return AffectedImage(
        digest=text_member(item, "imageDigest", _GET),
        tags=_tags(item.get("imageTags")),
        pushed_at=optional_time(item, "imagePushedAt"),
        action=Action(action) if action in list(Action) else None,
        priority=optional_number(item, "appliedRulePriority") or 0,
        storage_class=optional_text(item, "storageClass") or "",
    )


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise wrong_type("imageTags", _GET)
    return tuple(sorted(map(storable_text, value)))


def _maps(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type("previewResults", _GET)
    return [_map(each) for each in value]


def _map(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong_type("previewResults", _GET)
    return value
