"""Repository creation templates: reading, creating, changing and deleting them in one Region.

UpdateRepositoryCreationTemplate has no condition. Therefore the template is read immediately before
the call and compared with what the person saw. A small race remains. `actor` is checked here once
more, because a form can be sent after a role was removed.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from wizard.backend import templates
from wizard.domain import AwsAction, Role, Rule, Target
from wizard.domain.template_checks import check_template
from wizard.domain.templates import (
    Around,
    CreationTemplate,
    TemplateChangedMeanwhile,
    applied_to,
    around,
    template_facts,
)
from wizard.services import access, rules
from wizard.services.audit import audited
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


def get_template(*, target: Target, prefix: str) -> CreationTemplate:
    """Return one template; raises TemplateNotFound."""
    return templates.describe_template(target, prefix)


def templates_around(*, target: Target, template: CreationTemplate) -> Around:
    """Return the templates around one that is to be saved."""
    return around(template, templates.describe_templates(target))


def create_template(*, target: Target, template: CreationTemplate, actor: User) -> None:
    """Create a template in a Region; a lost answer is resolved by reading the template.

    Raises NotPermitted, InvalidTemplate, TemplateAlreadyExists, and AWS's other refusals.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    check_template(template, target)
    with audited(
        AwsAction.CREATE_TEMPLATE,
        target=target,
        subject=template.prefix,
        after=template_facts(template),
    ):
        templates.create_template_surely(target, template)


def update_template(
    *, target: Target, template: CreationTemplate, seen: CreationTemplate, actor: User
) -> None:
    """Change the template that the person saw.

    Raises TemplateChangedMeanwhile if it is not as `seen` any more, NotPermitted, InvalidTemplate,
    TemplateNotFound, and AWS's other refusals.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    check_template(template, target)
    before = _as_seen(target, seen)
    with audited(
        AwsAction.UPDATE_TEMPLATE,
        target=target,
        subject=template.prefix,
        before=template_facts(before),
        after=template_facts(template),
    ):
        templates.update_template_surely(target, template, before)


def delete_template(*, target: Target, seen: CreationTemplate, actor: User) -> None:
    """Delete the template that the person saw; the repositories that it made stay as they are.

    Raises TemplateChangedMeanwhile if it is not as `seen` any more, NotPermitted and
    TemplateNotFound.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    before = _as_seen(target, seen)
    with audited(
        AwsAction.DELETE_TEMPLATE,
        target=target,
        subject=before.prefix,
        before=template_facts(before),
    ):
        templates.delete_template_surely(target, before.prefix)


def _as_seen(target: Target, seen: CreationTemplate) -> CreationTemplate:
    now = templates.describe_template(target, seen.prefix)
    if now != seen:  # guard: C1
        raise TemplateChangedMeanwhile(now)
    return now
