"""Pulls through the cache: what BatchGetImage does for a repository that a rule covers.

An image that is not there is taken from the upstream, with its repository. One that is there is
compared with the upstream once a day, and served as it is while the upstream cannot be reached.
The pretend upstream has every image.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr.exceptions import UnableToGetUpstreamImageException
from ptcconsole.fakeaws.ecr.templates import PULL_THROUGH_CACHE, ROOT

if TYPE_CHECKING:
    from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend

_DAY = 24 * 60 * 60
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def covering_rule(prefixes: Iterable[str], repository: str) -> str | None:
    """Return the prefix of the rule that covers a repository: the longest one, ROOT as the last."""
    found = [prefix for prefix in prefixes if repository.startswith(f"{prefix}/")]
    return max(found, key=len, default=ROOT if ROOT in prefixes else None)


def pull(
    registry: "PullThroughCacheBackend", repository: str, image_ids: Iterable[Mapping[str, str]]
) -> None:
    """Bring the images up to date. Raises UnableToGetUpstreamImageException."""
    prefix = covering_rule(registry.pull_through_cache_rules, repository)
    tags = [each["imageTag"] for each in image_ids if each.get("imageTag")]
    if prefix is None or not tags:
        return
    with registry.pull_through_cache_lock:
        missing = set(tags) - _tags(registry, repository)
        if not missing and not _is_due(registry, repository):
            return
        _rule, failure = registry.validate_pull_through_cache_rule(ecr_repository_prefix=prefix)
        if failure and missing:
            raise UnableToGetUpstreamImageException
        if not failure:
            _store(registry, repository, sorted(missing))


def _tags(registry: "PullThroughCacheBackend", repository: str) -> set[str]:
    found = registry.repositories.get(repository)
    return {tag for image in found.images for tag in image.image_tags} if found else set()


def _is_due(registry: "PullThroughCacheBackend", repository: str) -> bool:
    checked: float | None = registry.upstream_checks.get(repository)
    return checked is not None and checked + _DAY <= CLOCK.time()


def _store(registry: "PullThroughCacheBackend", repository: str, tags: Iterable[str]) -> None:
    if repository not in registry.repositories:
        registry.make_repository(repository, applied_for=PULL_THROUGH_CACHE)
    for tag in tags:
        digest = f"sha256:{hashlib.sha256(f'{repository}:{tag}'.encode()).hexdigest()}"
        config = {"digest": digest, "size": 7023, "mediaType": "application/json"}
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": []}
        registry.put_image(repository, json.dumps(manifest), tag, _MANIFEST, digest)
    registry.upstream_checks[repository] = CLOCK.time()
