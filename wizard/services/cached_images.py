"""The repositories under the rules of a Region, and what the images in them come to.

The names come from one list. What is in a repository takes a call for each, so callers ask for
the repositories that they show. Some are asked at once, until the deadline; one that could not be
read has its own error, and is never counted as empty.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from wizard.backend import ecr, images
from wizard.domain import Rule, Target
from wizard.domain.cached_images import (
    CachedImage,
    CachedRepository,
    ImageList,
    ImageSums,
    ListedImage,
    RepositoryList,
    sums_of,
)
from wizard.domain.errors import (
    AwsError,
    RepositoryNotFound,
    RuleNotFound,
)
from wizard.domain.namespaces import longest_prefix, prefix_key, under
from wizard.services.fanout import Answer, ask_together
from wizard.services.lanes import READ_SECONDS, read_each

# The most repositories that one request looks into.
MOST_READ: Final = 500
# The most lists of images that are asked for their entries: one call.
MOST_LISTS: Final = 100
# A page of a repository shows what was read until then, instead of nothing at the deadline of
# `fanout`. The last call can take the rest of it.
SHOWN_SECONDS: Final = 1.5
# A thousand images each. For sums of many repositories, more is not worth the calls.
_PAGES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRepositories:
    """The repositories that a rule covers, by name.

    `by_others` has how many more under its prefix each rule with a longer prefix covers.
    """

    rule: Rule
    repositories: Sequence[CachedRepository] = ()
    by_others: Mapping[str, int] = field(default_factory=dict)
    is_complete: bool = True
    error: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRepositories:
    """The repositories of a Region by the rule that covers them, and those that none covers."""

    of_rules: Sequence[tuple[Rule, Sequence[CachedRepository]]]
    uncovered: Sequence[CachedRepository]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryImages:
    """A repository, its images, and the rule that covers it; a rule of None covers nothing."""

    repository: CachedRepository
    images: Answer[ImageList]
    rule: Answer[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPlatforms:
    """The lists of images in a repository, the newest first, with their entries by digest.

    A list that AWS did not return has no entries there. `images` are all images by digest, for an
    entry can be of an image that was never pulled. `not_asked` lists are left out.
    """

    lists: Sequence[CachedImage]
    entries: Mapping[str, Sequence[ListedImage]]
    images: Mapping[str, CachedImage]
    not_asked: int


def repositories_of_rule(*, target: Target, ecr_repository_prefix: str) -> RuleRepositories:
    """Return the repositories of a rule. Raises RuleNotFound, and errors of reading the rules."""
    answers = _rules_and_repositories(target)
    rules, found = _value(answers["rules"]), answers["found"]
    rule = next(
        (each for each in rules if each.ecr_repository_prefix == ecr_repository_prefix), None
    )
    if rule is None:
        raise RuleNotFound(
            code="NoRule", operation="DescribePullThroughCacheRules", region=target.region
        )
    if found.value is None:
        return RuleRepositories(rule=rule, error=found.error)
    own = prefix_key(ecr_repository_prefix)
    groups = _by_rule(rules, found.value)
    return RuleRepositories(
        rule=rule,
        repositories=groups.pop(own, []),
        by_others={
            each.ecr_repository_prefix: len(groups[key])
            for each in rules
            if (key := prefix_key(each.ecr_repository_prefix)) in groups
            and key.startswith(under(own, ""))
        },
        is_complete=found.value.is_complete,
    )


def repositories_of_region(*, target: Target) -> RegionRepositories:
    """Return the repositories of a Region by rule. Raises the errors of reading them."""
    answers = _rules_and_repositories(target)
    rules: list[Rule] = _value(answers["rules"])
    found: RepositoryList = _value(answers["found"])
    by_key = _by_rule(rules, found)
    of_rules = [
        (rule, by_key.pop(prefix_key(rule.ecr_repository_prefix), []))
        for rule in sorted(rules, key=lambda each: each.ecr_repository_prefix)
    ]
    uncovered = [each for rest in by_key.values() for each in rest]
    return RegionRepositories(of_rules=of_rules, uncovered=uncovered, is_complete=found.is_complete)


def images_of(*, target: Target, repository: str) -> RepositoryImages:
    """Return a repository with its images. Raises RepositoryNotFound, and errors of reading it."""
    calls: dict[str, Callable[[], Any]] = {
        "repository": lambda: images.describe_repository(target, repository),
        "images": lambda: images.describe_images(target, repository, seconds=SHOWN_SECONDS),
        "rules": lambda: ecr.describe_rules(target),
    }
    answers: dict[str, Answer[Any]] = ask_together(target=target, calls=calls)
    found: CachedRepository = _value(answers["repository"])
    if isinstance(answers["images"].error, RepositoryNotFound):
        raise answers["images"].error
    return RepositoryImages(
        repository=found,
        images=answers["images"],
        rule=_covering(repository, answers["rules"]),
    )


def platforms_of(*, target: Target, repository: str) -> RepositoryPlatforms:
    """Return the entries of the lists of images in a repository.

    ECR counts this as a pull of each list. Raises RepositoryNotFound, and errors of reading.
    """
    calls = {"images": lambda: images.describe_images(target, repository, seconds=SHOWN_SECONDS)}
    listed = _value(ask_together(target=target, calls=calls)["images"])
    lists = [image for image in listed.images if image.is_list and not image.is_archived]
    lists.sort(key=_pushed, reverse=True)
    asked = [image.digest for image in lists[:MOST_LISTS]]
    found = _value(
        ask_together(
            target=target,
            calls={"children": lambda: images.children(target, repository, asked)},
            deadline_seconds=READ_SECONDS,
        )["children"]
    )
    return RepositoryPlatforms(
        lists=lists[:MOST_LISTS],
        entries=found,
        images={image.digest: image for image in listed.images},
        not_asked=len(lists) - len(asked),
    )


def read_sums(target: Target, names: Collection[str]) -> dict[str, Answer[ImageSums]]:
    """Return what the images of each repository come to, or why that is not known.

    At most MOST_READ of the names are asked for; the result has no others.
    """
    wanted = list(dict.fromkeys(names))[:MOST_READ]
    return read_each(target=target, names=wanted, read=lambda name: _sums(target, name))


def _by_rule(rules: Iterable[Rule], found: RepositoryList) -> dict[str, list[CachedRepository]]:
    """Return the repositories by the key of the prefix that covers them; ROOT for the others."""
    keys = {prefix_key(rule.ecr_repository_prefix) for rule in rules}
    by_key: dict[str, list[CachedRepository]] = {}
    for repository in found.repositories:
        by_key.setdefault(longest_prefix(repository.name, keys), []).append(repository)
    return by_key


def _rules_and_repositories(target: Target) -> dict[str, Answer[Any]]:
    calls: dict[str, Callable[[], Any]] = {
        "rules": lambda: ecr.describe_rules(target),
        "found": lambda: images.describe_repositories(target),
    }
    return ask_together(target=target, calls=calls)


def _sums(target: Target, name: str) -> ImageSums:
    found = images.describe_images(target, name, pages=_PAGES)
    return sums_of(found.images, is_complete=found.is_complete)


def _covering(repository: str, rules: Answer[list[Rule]]) -> Answer[Rule]:
    if rules.value is None:
        return Answer(error=rules.error)
    by_key = {prefix_key(rule.ecr_repository_prefix): rule for rule in rules.value}
    return Answer(value=by_key.get(longest_prefix(repository, by_key)))


def _pushed(image: CachedImage) -> datetime:
    return image.pushed_at or datetime.min.replace(tzinfo=UTC)


def _value(answer: Answer[Any]) -> Any:
    if answer.error is not None:
        raise answer.error
    return answer.value
