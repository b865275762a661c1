"""BatchDeleteImage: an image that a list in the repository refers to is not deleted.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
"""

import json
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecr.models import Repository

from ptcconsole.fakeaws.ecr.images import ImageResponse

_REFERENCED: Final = "ImageReferencedByManifestList"


class ImageDeletionResponse(ImageResponse):
    """moto's ECR operations, with the deletion of images as ECR does it.

    The images of one call are deleted in their order. A list and its images can be in one call
    only if the list comes first.
    """

    def batch_delete_image(self) -> ActionResult:
        repository = self._repository()
        answer: dict[str, list[Any]] = {"imageIds": [], "failures": []}
        for wanted in self._get_param("imageIds") or []:
            done = self._deleted(repository, wanted)
            for name, items in answer.items():
                items += done.get(name, [])
        return ActionResult(answer)

    def _deleted(self, repository: Repository, wanted: dict[str, str]) -> dict[str, Any]:
        digest, tag = wanted.get("imageDigest"), wanted.get("imageTag")
        found = [
            image
            for image in repository.images
            if digest in (None, image.image_digest) and (tag is None or tag in image.image_tags)
        ]
        goes = digest is not None or any(len(image.image_tags) == 1 for image in found)
        lists = _lists_with({str(image.image_digest) for image in found}, repository)
        if found and goes and lists:
            reason = f"Requested image referenced by manifest list: [{', '.join(lists)}]"
            failure = {"imageId": wanted, "failureCode": _REFERENCED, "failureReason": reason}
            return {"failures": [failure]}
        untagged = [{"imageDigest": each.image_digest} for each in found if not each.image_tags]
        answer: dict[str, Any] = self.ecr_backend.batch_delete_image(
            repository.name, image_ids=[wanted]
        )
        # moto names what it deletes by its tags.
        return {**answer, "imageIds": [*answer["imageIds"], *untagged]}


def _lists_with(digests: set[str], repository: Repository) -> list[str]:
    """Return the lists that refer to one of these images."""
    return [
        str(image.image_digest)
        for image in repository.images
        if digests & {each.get("digest") for each in _entries(image.image_manifest)}
    ]


def _entries(manifest: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(manifest).get("manifests", [])
    return entries
