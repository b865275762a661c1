"""What ECR tells about images besides moto: types, subjects, sizes of lists, the archive.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecr.models import Image, Repository

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr.repositories import PagedResponse

ACTIVE: Final = "ACTIVE"
ARCHIVED: Final = "ARCHIVED"
# AWS names an upper bound of 20 minutes for an image that comes back from the archive.
RESTORE_SECONDS: Final = 20 * 60


def archive(image: Image) -> None:
    """Move an image to the archive."""
    vars(image)["archived_at"], vars(image)["activated_at"] = CLOCK.time(), None


def restore(image: Image) -> None:
    """Begin to bring an archived image back."""
    if status_of(image) == ARCHIVED:
        vars(image)["activated_at"] = CLOCK.time() + RESTORE_SECONDS


def status_of(image: Image) -> str:
    """Return the `imageStatus` of an image."""
    kept = vars(image)
    if kept.get("archived_at") is None:
        return ACTIVE
    if kept["activated_at"] is None:
        return ARCHIVED
    return "ACTIVATING" if CLOCK.time() < kept["activated_at"] else ACTIVE


def apart(images: Iterable[Image]) -> tuple[list[Image], list[dict[str, Any]]]:
    """Return the images that can be pulled, and the failures of those in the archive."""
    listed = list(images)
    failures = [
        {
            "imageId": {"imageDigest": image.image_digest},
            "failureCode": "ImageInaccessible",
            "failureReason": "The image is archived. Restore it before you pull it.",
        }
        for image in listed
        if status_of(image) != ACTIVE
    ]
    return [image for image in listed if status_of(image) == ACTIVE], failures


class ImageResponse(PagedResponse):
    """moto's ECR operations, with what images are, and the two of archive and referrers."""

    def describe_images(self) -> ActionResult:
        self._refuse_pages_of("imageIds")
        repository, wanted = self._repository(), self._get_param("imageIds")
        if wanted:
            images: Iterable[Image] = self.ecr_backend.describe_images(
                repository.name, image_ids=wanted
            )
        else:
            images = self._filtered(repository)
        details = [described(image, repository) for image in images]
        return self._paged(ActionResult({"imageDetails": details}), "imageDetails")

    def list_images(self) -> ActionResult:
        found = [
            {"imageDigest": image.image_digest} | ({"imageTag": tag} if tag else {})
            for image in self._filtered(self._repository())
            for tag in image.image_tags or [""]
        ]
        return self._paged(ActionResult({"imageIds": found}), "imageIds")

    def list_image_referrers(self) -> ActionResult:
        members = self._members()
        repository, chosen = self._repository(), members.get("filter", {})
        status, types = chosen.get("artifactStatus", ACTIVE), chosen.get("artifactTypes")
        digest = members["subjectId"]["imageDigest"]
        found = [
            _referrer(image)
            for image in repository.images
            if _subject(image) == digest and status in ("ANY", status_of(image))
        ]
        found = [each for each in found if not types or each["artifactType"] in types]
        page = self._page(found, "referrers", by_default=20)
        return ActionResult({"referrers": page.items, "nextToken": page.next_token})

    def update_image_storage_class(self) -> ActionResult:
        members, repository = self._members(), self._repository()
        identifier = members["imageId"]
        image = repository._get_image(identifier.get("imageTag"), identifier.get("imageDigest"))
        (archive if members["targetStorageClass"] == "ARCHIVE" else restore)(image)
        return ActionResult(
            {
                "registryId": self.current_account,
                "repositoryName": repository.name,
                "imageId": {"imageDigest": image.image_digest},
                "imageStatus": status_of(image),
            }
        )

    def _repository(self) -> Repository:
        """Return the repository of the request; raises RepositoryNotFoundException."""
        name = self._get_param("repositoryName")
        found: Repository = self.ecr_backend._get_repository(name)
        return found

    def _filtered(self, repository: Repository) -> list[Image]:
        """Return the images as the filter says; without one of the status, those in use."""
        chosen = self._get_param("filter", {})
        tags, status = chosen.get("tagStatus", "ANY"), chosen.get("imageStatus", ACTIVE)
        return [
            image
            for image in repository.images
            if tags in ("ANY", "TAGGED" if image.image_tags else "UNTAGGED")
            and status in ("ANY", status_of(image))
        ]


def described(image: Image, repository: Repository) -> dict[str, Any]:
    """Return the ImageDetail of an image. What does not apply is absent, as in AWS's answers."""
    kept = vars(image)
    status = status_of(image)
    members = {
        "registryId": image.registry_id,
        "repositoryName": image.repository_name,
        "imageDigest": image.image_digest,
        "imageTags": list(image.image_tags) or None,
        "imageSizeInBytes": _size(image, repository),
        "imagePushedAt": image.image_pushed_at,
        "imageManifestMediaType": image.image_manifest_media_type,
        "artifactMediaType": _artifact_type(image),
        "lastRecordedPullTime": kept.get("last_recorded_pull_time"),
        "subjectManifestDigest": _subject(image) or None,
        "imageStatus": status,
        "lastArchivedAt": kept.get("archived_at"),
        "lastActivatedAt": kept.get("activated_at") if status == ACTIVE else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _size(image: Image, repository: Repository) -> int | None:
    """Return the size of an image; of a list, that of its largest image in the repository."""
    listed = {each.get("digest") for each in _manifest(image).get("manifests", ())}
    if not listed:
        return image.get_image_size_in_bytes()
    sizes = [
        each.get_image_size_in_bytes()
        for each in repository.images
        if each.image_digest in listed and each is not image
    ]
    return max((size for size in sizes if size is not None), default=None)


def _artifact_type(image: Image) -> str | None:
    manifest = _manifest(image)
    return manifest.get("artifactType") or manifest.get("config", {}).get("mediaType")


def _subject(image: Image) -> str:
    return str(_manifest(image).get("subject", {}).get("digest", ""))


def _manifest(image: Image) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(image.image_manifest)
    return manifest


def _referrer(image: Image) -> dict[str, Any]:
    return {
        "digest": image.image_digest,
        "mediaType": image.image_manifest_media_type,
        "artifactType": _artifact_type(image),
        "size": len(image.image_manifest.encode()),
        "annotations": _manifest(image).get("annotations", {}),
        "artifactStatus": status_of(image),
    }
