"""The repositories that a rule covers, and those that a new rule would cover."""

from collections.abc import Collection, Iterable, Iterator

from wizard.backend import ecr
from wizard.domain import Rule, RuleDraft, Target
from wizard.domain.cached_images import CachedRepository, RepositoryList
from wizard.domain.namespaces import (
    RepositoryCount,
    RepositoryNames,
    count_repositories,
    covered_names,
)
from wizard.services.fanout import Answer, RegionAnswer, fan_out


def ask_names(targets: Collection[Target]) -> Iterator[RegionAnswer[RepositoryNames]]:
    """Begin to read the names of the repositories in each Region; the items are the answers."""
    return fan_out(targets=targets, call=ecr.repository_names)


def covered_already(
    draft: RuleDraft, rules: Iterable[Rule] | None, names: RepositoryNames | None
) -> RepositoryCount | None:
    """Count the repositories that the draft's rule would cover; None if AWS did not tell.

    `rules` and `names` are those of a Region. The rule that the draft replaces does not count.
    """
    if rules is None or names is None:
        return None
    replaced = draft.replaces.ecr_repository_prefix if draft.replaces else None
    prefixes = [rule.ecr_repository_prefix for rule in rules]
    others = [prefix for prefix in prefixes if prefix != replaced]
    return count_repositories(draft.cache_prefix, others, names)


def covered_by(
    rule: Rule, rules: Answer[list[Rule]], found: Answer[RepositoryList]
) -> Answer[RepositoryCount]:
    """Count the repositories of a rule, or return the error of what could not be read."""
    if rules.value is None or found.value is None:
        return Answer(error=found.error or rules.error)
    covered, by_others = _covered_repositories(rule, rules.value, found.value)
    return Answer(
        value=RepositoryCount(
            covered=len(covered),
            by_others=by_others,
            is_complete=found.value.is_complete,
            older=sum(is_older(repository, rule) for repository in covered),
        )
    )


def _covered_repositories(
    rule: Rule, rules: Iterable[Rule], found: RepositoryList
) -> tuple[list[CachedRepository], int]:
    """Return the repositories that a rule covers, and how many other rules cover.

    `rules` are the rules of the Region.
    """
    known = {each.name: each for each in found.repositories}
    others = [other.ecr_repository_prefix for other in rules]
    names, by_others = covered_names(rule.ecr_repository_prefix, others, known)
    return [known[name] for name in names], by_others


def is_older(repository: CachedRepository, rule: Rule) -> bool:
    """Whether a repository was created before the rule, which can't have made it."""
    if repository.created_at is None or rule.created_at is None:
        return False
    # One of the times can have a fraction of a second where the other has none.
    return repository.created_at < rule.created_at.replace(microsecond=0)
