"""The ECR API: deleting images by digest, with what became of each of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wizard.backend import clients, images
from wizard.backend.calls import call
from wizard.backend.errors import aws_words
from wizard.backend.members import member, wrong_type
from wizard.domain import Target
from wizard.domain.errors import (
    AwsError,
    ImageNotDeleted,
    ImageNotFound,
    RepositoryNotFound,
    UnexpectedAwsError,
    is_answer_lost,
    known_not_made,
)

IMAGES_PER_CALL: Final = images.IMAGES_PER_CALL
_DELETE: Final = "BatchDeleteImage"
# AWS's failure code of an image that does not exist.
NOT_FOUND: Final = "ImageNotFound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why ECR did not delete an image: its failure code and words."""

    code: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What became of the images of one call: those that are gone, and those refused."""

    gone: frozenset[str]
    refused: Mapping[str, Refused] = field(default_factory=dict)


def delete_images(target: Target, repository: str, digests: Collection[str]) -> Deleted:
    """Delete up to IMAGES_PER_CALL images, each with all of its tags.

    After a lost answer, or one that does not name each image, the repository is read. Raises AWS's
    errors, and one whose answer is lost if the repository cannot be read either.
    """
    wanted = sorted(set(digests))
    try:
        answer = _send(target, repository, [{"imageDigest": digest} for digest in wanted])
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        return _read_back(target, repository, wanted, error)
    refused = _refusals(answer)
    told = refused.keys() | {str(each.get("imageDigest")) for each in answer["imageIds"]}
    if not told.issuperset(wanted):
        present = _present(target, repository, _short_answer(target))
        return _found(wanted, present, refused)
    missing = {digest for digest, each in refused.items() if each.code == NOT_FOUND}
    gone = frozenset(digest for digest in wanted if digest not in refused or digest in missing)
    return Deleted(gone=gone, refused={d: refused[d] for d in wanted if d not in gone})


def remove_tag(target: Target, repository: str, tag: str, digest: str) -> None:
    """Remove a tag of an image, and the image with its last tag.

    Raises ImageNotDeleted if ECR refuses it. A tag that is gone already is as requested.
    """
    try:
        answer = _send(target, repository, [{"imageTag": tag}])
        if not answer["failures"] and not answer["imageIds"]:
            raise _short_answer(target)
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        try:
            has_tag = is_tagged(target, repository, tag, digest)
        except AwsError:
            raise error from None
        if has_tag:
            raise known_not_made(error) from None
        return
    for refused in _refusals(answer).values():
        if refused.code != NOT_FOUND:
            raise ImageNotDeleted(
                refused.reason, code=refused.code, operation=_DELETE, region=target.region
            )


def is_tagged(target: Target, repository: str, tag: str, digest: str) -> bool:
    """Whether the image has the tag."""
    try:
        return tag in images.describe_image(target, repository, digest).tags
    except (ImageNotFound, RepositoryNotFound):
        return False


def _read_back(
    target: Target, repository: str, wanted: Collection[str], error: AwsError
) -> Deleted:
    present = _present(target, repository, error)
    if all(digest in present for digest in wanted):
        raise known_not_made(error) from None
    return _found(wanted, present, {})


def _found(
    wanted: Collection[str], present: Collection[str], refused: Mapping[str, Refused]
) -> Deleted:
    unsaid = Refused(code="NotDeleted")
    return Deleted(
        gone=frozenset(digest for digest in wanted if digest not in present),
        refused={d: refused.get(d, unsaid) for d in wanted if d in present},
    )


def _present(target: Target, repository: str, error: AwsError) -> set[str]:
    """Return the digests that are in the repository; raises `error` if AWS does not tell."""
    try:
        return set(images.every_image(target, repository))
    except AwsError:
        raise error from None


def _short_answer(target: Target) -> UnexpectedAwsError:
    words = "The answer doesn't name each image."
    return UnexpectedAwsError(
        words, code="MalformedAnswer", operation=_DELETE, region=target.region
    )


def _send(target: Target, repository: str, identifiers: list[Any]) -> Mapping[str, Any]:
    """Send the call; an answer without its two lists counts as lost."""
    answer: Mapping[str, Any] = call(
        clients.ecr(target).batch_delete_image,
        registryId=target.account_id,
        repositoryName=repository,
        imageIds=identifiers,
    )
    try:
        for name in ("imageIds", "failures"):
            _check_items(answer, name)
    except UnexpectedAwsError as error:
        error.was_lost, error.region = True, target.region
        raise
    return answer


def _refusals(answer: Mapping[str, Any]) -> dict[str, Refused]:
    found = {}
    for each in answer["failures"]:
        identifier = each.get("imageId")
        digest = identifier.get("imageDigest") if isinstance(identifier, Mapping) else None
        reason = aws_words(each.get("failureReason"))
        found[str(digest)] = Refused(code=aws_words(each.get("failureCode")), reason=reason)
    return found


def _check_items(answer: Mapping[str, Any], name: str) -> None:
    items = member(answer, name, _DELETE)
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise wrong_type(name, _DELETE)  # guard: F15
