"""Removing a tag from the cache, so that the next pull fetches it from the upstream registry.

ECR compares a tag with its upstream once in 24 hours, and has no operation that does it sooner. A
tag that is not in the cache is fetched by the next pull. The image goes with its last tag.
"""

from django.contrib.auth.models import User

from wizard.backend import image_deletion, images
from wizard.domain import AwsAction, Role, Target
from wizard.domain.cached_images import CachedImage
from wizard.domain.errors import TagMoved
from wizard.services import access
from wizard.services.audit import audited
from wizard.services.cleanups import looking


def find_image(*, target: Target, repository: str, digest: str) -> CachedImage:
    """Return the image. Raises ImageNotFound, RepositoryNotFound, and RuleNotFound.

    Without a rule that covers the repository, no pull would bring a tag back.
    """
    looking.check_covered(target, repository)  # guard: F24
    return images.describe_image(target, repository, digest)


def remove_tag(*, target: Target, repository: str, tag: str, digest: str, actor: User) -> None:
    """Remove a tag of the image that the person saw.

    Raises TagMoved if the image no longer has the tag, ImageNotDeleted if ECR refuses it,
    NotPermitted, and the errors of `find_image`.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    found = find_image(target=target, repository=repository, digest=digest)
    if tag not in found.tags:  # guard: F24
        raise TagMoved(operation=AwsAction.DELETE_IMAGES, region=target.region)
    before = {"tag": tag, "digest": digest, "tags": list(found.tags)}
    with audited(AwsAction.DELETE_IMAGES, target=target, subject=repository, before=before):
        image_deletion.remove_tag(target, repository, tag, digest)
