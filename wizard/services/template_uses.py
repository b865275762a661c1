"""The repository creation templates of a Region, and the rules whose repositories they make."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from wizard.backend import templates
from wizard.domain import Rule, Target
from wizard.domain.templates import CreationTemplate, applied_to
from wizard.services import rules
from wizard.services.fanout import Answer, RegionAnswer, ask_together, fan_out


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUses:
    """The templates of a Region, and its rules, which may be unknown."""

    templates: list[CreationTemplate]
    rules: Answer[list[Rule]]

    def rules_of(self, template: CreationTemplate) -> list[Rule]:
        """Return the rules whose repositories are made by this template."""
        found = []
        for rule in self.rules.value or ():
            applied = applied_to(rule.ecr_repository_prefix, self.templates).template
            if applied is not None and applied.key == template.key:
                found.append(rule)
        return found


def list_templates(*, target: Target) -> list[CreationTemplate]:
    """Return the templates of a Region, sorted by prefix."""
    return sorted(templates.describe_templates(target), key=lambda each: each.prefix)


def ask_templates(
    targets: Collection[Target],
) -> Iterator[RegionAnswer[list[CreationTemplate]]]:
    """Begin to read the templates of each Region; the items are the answers."""
    return fan_out(targets=targets, call=templates.describe_templates)


def list_template_uses(*, target: Target) -> TemplateUses:
    """Return the templates of a Region with its rules; raises an AwsError without templates."""
    calls: dict[str, Callable[[], Any]] = {
        "templates": lambda: list_templates(target=target),
        "rules": lambda: rules.list_rules(target=target),
    }
    answers: dict[str, Any] = ask_together(target=target, calls=calls)
    found = answers["templates"]
    if found.error is not None:
        raise found.error
    return TemplateUses(templates=found.value or [], rules=answers["rules"])
