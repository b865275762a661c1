"""What the review reads of AWS besides the rules: repositories and templates, all at once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from wizard.domain import Rule, RuleDraft, Target
from wizard.domain.namespaces import RepositoryNames
from wizard.domain.templates import CreationTemplate
from wizard.services.fanout import RegionAnswer
from wizard.services.repositories import ask_names, covered_already
from wizard.services.template_uses import ask_templates
from wizard.views.wizard.summary import repositories_text


@dataclass(frozen=True, slots=True)
class Reading:
    """The answers that are on their way; each is taken once."""

    asked_names: Iterator[RegionAnswer[RepositoryNames]]
    asked_templates: Iterator[RegionAnswer[list[CreationTemplate]]]

    def names(self) -> dict[Target, RepositoryNames | None]:
        """Return the names of the repositories in each Region, None where AWS did not tell."""
        return {answer.target: answer.value for answer in self.asked_names}

    def templates(self) -> list[CreationTemplate] | None:
        """Return the templates of the draft's own Region, None if AWS did not tell."""
        return next((answer.value for answer in self.asked_templates), None)


def begin_reading(draft: RuleDraft, further: Collection[str]) -> Reading:
    """Begin to read the draft's own Region and the further ones."""
    regions = [draft.target.region, *further]
    return Reading(
        ask_names([replace(draft.target, region=region) for region in regions]),
        ask_templates([draft.target]),
    )


def covered_text(
    draft: RuleDraft, rules: Collection[Rule] | None, names: RepositoryNames | None
) -> str:
    """Return how many repositories the rule would cover already."""
    return repositories_text(covered_already(draft, rules, names))
