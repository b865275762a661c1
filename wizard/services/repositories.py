"""The repositories that a rule covers, and those that a new rule would cover."""

from collections.abc import Collection, Iterable, Iterator

from wizard.backend import ecr
from wizard.domain import Rule, RuleDraft, Target
from wizard.domain.namespaces import RepositoryCount, RepositoryNames, count_repositories
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
    rule: Rule, rules: Answer[list[Rule]], names: Answer[RepositoryNames]
) -> Answer[RepositoryCount]:
    """Count the repositories of a rule, or return the error of what could not be read."""
    if rules.value is None or names.value is None:
        return Answer(error=names.error or rules.error)
    others = [other.ecr_repository_prefix for other in rules.value]
    return Answer(value=count_repositories(rule.ecr_repository_prefix, others, names.value))
