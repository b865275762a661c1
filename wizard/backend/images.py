"""The ECR API: repositories and the images in them.

DescribeImages tells everything but the entries of lists. Only the manifests have these, and
BatchGetImage, which returns them, is a pull: it updates the time of the last recorded pull, unless
the console's principal is excluded, and can ask the upstream registry. ListImageReferrers is not
used: it can ask the upstream too, and DescribeImages tells each referrer's subject.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import (
    member,
    not_asked_for,
    optional_number,
    optional_text,
    optional_time,
    text_member,
    wrong_type,
)
from wizard.backend.pages import first_items
from wizard.domain import Target
from wizard.domain.cached_images import (
    CachedImage,
    CachedRepository,
    ImageList,
    ListedImage,
    RepositoryList,
    listed_images,
)
from wizard.domain.errors import ImageNotFound, RepositoryNotFound, RepositoryTooLarge
from wizard.domain.facts import storable_text

# A registry can have 100,000 repositories, and a repository as many images. Reading stops after
# these numbers of pages.
REPOSITORY_PAGES: Final = 5
IMAGE_PAGES: Final = 10
ITEMS_PER_PAGE: Final = 1000
# The most images that one BatchGetImage takes.
IMAGES_PER_CALL: Final = 100


def describe_repositories(target: Target) -> RepositoryList:
    """Return the repositories of the registry, up to REPOSITORY_PAGES pages of them."""
    items, is_complete = first_items(
        clients.ecr(target),
        "describe_repositories",
        "repositories",
        pages=REPOSITORY_PAGES,
        registryId=target.account_id,
        maxResults=ITEMS_PER_PAGE,
    )
    found = {each.name: each for each in map(_repository, items)}
    by_name = tuple(found[name] for name in sorted(found))
    return RepositoryList(repositories=by_name, is_complete=is_complete)


def describe_repository(target: Target, repository: str) -> CachedRepository:
    """Return one repository; raises RepositoryNotFound."""
    answer = call(
        clients.ecr(target).describe_repositories,
        registryId=target.account_id,
        repositoryNames=[repository],
    )
    for item in member(answer, "repositories", "DescribeRepositories") or ():
        found = _repository(item)
        if found.name != repository:
            raise not_asked_for("repositoryName", "DescribeRepositories")
        return found
    raise RepositoryNotFound(
        code="NoRepository", operation="DescribeRepositories", region=target.region
    )


def describe_images(
    target: Target,
    repository: str,
    *,
    pages: int = IMAGE_PAGES,
    seconds: float | None = None,
) -> ImageList:
    """Return the images of a repository, archived ones too, up to a number of pages.

    After `seconds` no further page is asked for. Raises RepositoryNotFound.
    """
    items, is_complete = first_items(
        clients.ecr(target),
        "describe_images",
        "imageDetails",
        pages=pages,
        seconds=seconds,
        registryId=target.account_id,
        repositoryName=repository,
        maxResults=ITEMS_PER_PAGE,
        filter={"imageStatus": "ANY"},
    )
    # An image that is pushed between two pages can be in both.
    found = {image.digest: image for image in (_image(item, repository) for item in items)}
    return ImageList(images=tuple(found.values()), is_complete=is_complete)


def every_image(target: Target, repository: str) -> dict[str, CachedImage]:
    """Return all images of a repository by digest; none if the repository does not exist.

    Raises RepositoryTooLarge if there are more than are read, because a missing one may exist.
    """
    try:
        found = describe_images(target, repository)
    except RepositoryNotFound:
        return {}
    if not found.is_complete:  # guard: F24
        raise RepositoryTooLarge(
            code="TooManyImages", operation="DescribeImages", region=target.region
        )
    return {image.digest: image for image in found.images}


def describe_image(target: Target, repository: str, digest: str) -> CachedImage:
    """Return one image, archived or not; raises ImageNotFound and RepositoryNotFound."""
    answer = call(
        clients.ecr(target).describe_images,
        registryId=target.account_id,
        repositoryName=repository,
        imageIds=[{"imageDigest": digest}],
        filter={"imageStatus": "ANY"},
    )
    for item in member(answer, "imageDetails", "DescribeImages") or ():
        found = _image(item, repository)
        if found.digest != digest:
            raise not_asked_for("imageDigest", "DescribeImages")
        return found
    raise ImageNotFound(code="NoImage", operation="DescribeImages", region=target.region)


def children(
    target: Target, repository: str, digests: Collection[str]
) -> dict[str, tuple[ListedImage, ...]]:
    """Return the entries of lists of images, by the digest of the list.

    A digest is absent if AWS does not return its manifest, or the manifest is not a list: nothing
    is known of it then. ECR counts this as a pull of each. Raises AWS's errors.
    """
    client = clients.ecr(target)
    found: dict[str, tuple[ListedImage, ...]] = {}
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), IMAGES_PER_CALL):
        some = wanted[start : start + IMAGES_PER_CALL]
        answer = call(
            client.batch_get_image,
            registryId=target.account_id,
            repositoryName=repository,
            imageIds=[{"imageDigest": digest} for digest in some],
        )
        for item in member(answer, "images", "BatchGetImage") or ():
            digest, entries = _entries(item)
            if digest in some and entries is not None:
                found[digest] = entries
    return found


def _repository(item: Mapping[str, Any]) -> CachedRepository:
    return CachedRepository(
        name=text_member(item, "repositoryName", "DescribeRepositories"),
        created_at=optional_time(item, "createdAt"),
    )


def _entries(item: Any) -> tuple[str, tuple[ListedImage, ...] | None]:
    identifier = member(item, "imageId", "BatchGetImage")
    digest = text_member(identifier, "imageDigest", "BatchGetImage")
    return digest, listed_images(text_member(item, "imageManifest", "BatchGetImage"))


def _image(item: Mapping[str, Any], repository: str) -> CachedImage:
    return CachedImage(
        repository=repository,
        digest=text_member(item, "imageDigest", "DescribeImages"),
        tags=_tags(item.get("imageTags")),
        size_bytes=optional_number(item, "imageSizeInBytes"),
        pushed_at=optional_time(item, "imagePushedAt"),
        last_pulled_at=optional_time(item, "lastRecordedPullTime"),
        media_type=optional_text(item, "imageManifestMediaType") or "",
        artifact_media_type=optional_text(item, "artifactMediaType") or "",
        status=optional_text(item, "imageStatus") or "",
        last_archived_at=optional_time(item, "lastArchivedAt"),
        last_activated_at=optional_time(item, "lastActivatedAt"),
        subject=optional_text(item, "subjectManifestDigest") or "",
    )


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise wrong_type("imageTags", "DescribeImages")
    return tuple(sorted(map(storable_text, value)))
