"""What a clean-up reads of a registry: its repositories, their images, and the images of lists."""

from collections.abc import Iterable
from typing import Final

from wizard.backend import ecr, images
from wizard.domain import Target
from wizard.domain.cached_images import CachedImage
from wizard.domain.cleanup import Criteria, RepositoryPlan, plan_repository
from wizard.domain.errors import RuleNotFound
from wizard.domain.namespaces import longest_prefix, prefix_key

# The most images that one call deletes.
IMAGES_PER_CALL: Final = images.IMAGES_PER_CALL


def check_covered(target: Target, repository: str) -> None:
    """Raise RuleNotFound unless a rule covers the repository."""
    keys = {prefix_key(rule.ecr_repository_prefix) for rule in ecr.describe_rules(target)}
    if longest_prefix(repository, keys) not in keys:
        raise RuleNotFound(
            code="NoRule", operation="DescribePullThroughCacheRules", region=target.region
        )


def repositories(
    target: Target, *, ecr_repository_prefix: str, repository: str
) -> tuple[list[str], bool]:
    """Return the repositories of a rule, or the one that is named, which a rule must cover.

    And whether these are all: a registry can have more repositories than are read.

    Raises RuleNotFound and RepositoryNotFound.
    """
    keys = {prefix_key(rule.ecr_repository_prefix) for rule in ecr.describe_rules(target)}
    if repository:
        images.describe_repository(target, repository)
        own = longest_prefix(repository, keys)
        names, is_complete = [repository], True
    else:
        own = prefix_key(ecr_repository_prefix)
        found = images.describe_repositories(target)
        is_complete = found.is_complete
        names = [each.name for each in found.repositories if longest_prefix(each.name, keys) == own]
    if own not in keys:  # guard: F24
        raise RuleNotFound(
            code="NoRule", operation="DescribePullThroughCacheRules", region=target.region
        )
    return names, is_complete


def plan_of(
    target: Target, name: str, criteria: Criteria, *, reads_lists: bool
) -> RepositoryPlan | None:
    """Return the plan of a repository; None if it has more images than can be read."""
    found = images.describe_images(target, name)
    if not found.is_complete:
        return None
    listed = _lists(target, name, found.images) if reads_lists else {}
    return plan_repository(found.images, listed, criteria)


def _lists(target: Target, name: str, found: Iterable[CachedImage]) -> dict[str, list[str]]:
    digests = [image.digest for image in found if image.is_list and not image.is_archived]
    entries = images.children(target, name, digests)
    return {digest: [each.digest for each in listed] for digest, listed in entries.items()}
