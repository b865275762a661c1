"""Pulls through the cache: what a pull does for a repository that a rule covers.

An image that is not there is taken from the upstream, with its repository. One that is there is
compared with the upstream once a day, and served as it is while the upstream cannot be reached.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from moto.ecr.models import Repository

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.content import Content
from ptcconsole.fakeaws.ecr.blobs import BLOBS
from ptcconsole.fakeaws.ecr.exceptions import UnableToGetUpstreamImageException
from ptcconsole.fakeaws.ecr.templates import PULL_THROUGH_CACHE, ROOT
from ptcconsole.fakeaws.ecr.upstream_images import (
    CachedImage,
    CannotFetch,
    fetch_blob,
    fetch_manifest,
)

if TYPE_CHECKING:
    from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend

_DAY: Final = 24 * 60 * 60


def covering_rule(prefixes: Iterable[str], repository: str) -> str | None:
    """Return the prefix of the rule that covers a repository: the longest one, ROOT as the last."""
    found = [prefix for prefix in prefixes if repository.startswith(f"{prefix}/")]
    return max(found, key=len, default=ROOT if ROOT in prefixes else None)


def pull(
    registry: "PullThroughCacheBackend", repository: str, image_ids: Iterable[Mapping[str, str]]
) -> None:
    """Bring the images up to date. Raises UnableToGetUpstreamImageException."""
    prefix = covering_rule(registry.pull_through_cache_rules, repository)
    wanted = [each.get("imageTag") or each.get("imageDigest", "") for each in image_ids]
    if prefix is None or not any(wanted):
        return
    with registry.pull_through_cache_lock:
        known = _known(registry, repository)
        missing = {reference for reference in wanted if reference not in known}
        is_due = _is_due(registry, repository)
        if not missing and not is_due:
            return
        rule, failure = registry.validate_pull_through_cache_rule(ecr_repository_prefix=prefix)
        try:
            if failure:
                raise CannotFetch(failure)
            fetched = {
                reference: fetch_manifest(registry, rule, repository, reference)
                for reference in sorted(set(wanted) if is_due else missing)
            }
        except CannotFetch:
            if missing:
                raise UnableToGetUpstreamImageException from None
            return
        found = {reference: each for reference, each in fetched.items() if each is not None}
        if found:
            _store(registry, repository, found)


def needed_to_import(
    registry: "PullThroughCacheBackend", repository: str, references: Iterable[str]
) -> list[str]:
    """Return the actions that a pull of these tags and digests needs besides its own.

    An image that is there needs none. For a new one a rule takes it from the upstream, and creates
    the repository first, with the tags of its template.
    """
    prefix = covering_rule(registry.pull_through_cache_rules, repository)
    if prefix is None or set(references) <= _known(registry, repository):
        return []
    needed = ["ecr:BatchImportUpstreamImage"]
    if repository not in registry.repositories:
        needed.append("ecr:CreateRepository")
        template = registry.template_for(repository, PULL_THROUGH_CACHE) or {}
        needed += ["ecr:TagResource"] if template.get("resourceTags") else []
    return needed


def pull_blob(registry: "PullThroughCacheBackend", repository: str, digest: str) -> bytes | None:
    """Return a layer or config, from the upstream if it was never pulled; None if there is none.

    Raises UnableToGetUpstreamImageException.
    """
    kept = BLOBS.content(digest)
    prefix = covering_rule(registry.pull_through_cache_rules, repository)
    if kept is not None or prefix is None:
        return kept
    (rule,) = registry.describe_pull_through_cache_rules(ecr_repository_prefixes=[prefix]).rules
    try:
        fetched = fetch_blob(registry, rule, repository, digest)
    except CannotFetch:
        raise UnableToGetUpstreamImageException from None
    if fetched is not None:
        BLOBS.keep(digest, fetched)
    return fetched


def _known(registry: "PullThroughCacheBackend", repository: str) -> set[str]:
    """Return the tags and digests of a repository."""
    found = registry.repositories.get(repository)
    images = found.images if found else ()
    return {name for image in images for name in (image.image_digest, *image.image_tags)}


def _is_due(registry: "PullThroughCacheBackend", repository: str) -> bool:
    checked: float | None = registry.upstream_checks.get(repository)
    return checked is not None and checked + _DAY <= CLOCK.time()


def _store(
    registry: "PullThroughCacheBackend", repository: str, found: Mapping[str, Content]
) -> None:
    if repository not in registry.repositories:
        registry.make_repository(repository, applied_for=PULL_THROUGH_CACHE)
    for reference, manifest in found.items():
        keep_image(registry, repository, manifest, tag="" if ":" in reference else reference)
    registry.upstream_checks[repository] = CLOCK.time()


def keep_image(
    registry: "PullThroughCacheBackend", repository: str, manifest: Content, *, tag: str
) -> bool:
    """Store an image, and let the tag be its own. The one that had the tag stays, without it.

    False, and nothing is stored, if the tag is immutable and another image has it.
    """
    kept = registry.repositories[repository]
    image = next((each for each in kept.images if each.image_digest == manifest.digest), None)
    earlier = [each for each in kept.images if tag in each.image_tags and each is not image]
    if earlier and _is_immutable(kept, tag):
        return False
    if image is None:
        image = CachedImage.of(manifest, account_id=registry.account_id, repository=repository)
        kept.images.append(image)
    for each in earlier:
        each.remove_tag(tag)
    if tag:
        image.update_tag(tag)
    return True


def _is_immutable(repository: Repository, tag: str) -> bool:
    """Whether a tag stays with its image: as the repository says, the other way for exclusions."""
    filters = repository.image_tag_mutability_exclusion_filters or ()
    is_excluded = any(fnmatchcase(tag, each["filter"]) for each in filters)
    return bool(repository.is_tag_immutable()) != is_excluded
