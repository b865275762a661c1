"""The section of a rule's page about the template that makes its repositories."""

from typing import Any

from django.utils.translation import gettext as _

from wizard.domain import Rule
from wizard.domain.templates import CreationTemplate, applied_to, traps_of
from wizard.drafting.steps import ReviewRow
from wizard.services.fanout import Answer
from wizard.words import ENCRYPTION, MUTABILITY, TRAPS, error_view


def template_section(rule: Rule, answer: Answer[list[CreationTemplate]]) -> dict[str, Any]:
    """Return what the section shows: the template that applies, or the `error` in its place."""
    if answer.value is None:
        return {"error": error_view(answer.error) if answer.error else None}
    applied = applied_to(rule.ecr_repository_prefix, answer.value)
    template = applied.template
    return {
        "prefix": template.prefix if template else "",
        "rows": _rows(template) if template else [],
        "policies": _policies(template) if template else [],
        "traps": [TRAPS[trap] for trap in traps_of(template)] if template else [],
        "longer": [each.prefix for each in applied.longer],
    }


def _rows(template: CreationTemplate) -> list[ReviewRow]:
    mutability, encryption = template.image_tag_mutability, template.encryption_type
    rows = [
        (_("Prefix"), template.prefix),
        (_("Description"), template.description),
        (_("Image tag mutability"), str(MUTABILITY.get(mutability, mutability))),
        (_("Excluded tags"), ", ".join(template.exclusion_filters)),
        (_("Encryption type"), str(ENCRYPTION.get(encryption, encryption))),
        (_("KMS key"), template.kms_key),
        (_("Resource tags"), ", ".join(f"{key}={value}" for key, value in template.tags)),
        (_("Repository creation role"), template.custom_role_arn),
    ]
    return [ReviewRow(label=label, value=value) for label, value in rows if value]


def _policies(template: CreationTemplate) -> list[dict[str, str]]:
    policies = [
        (_("Lifecycle policy"), template.lifecycle_policy),
        (_("Repository policy"), template.repository_policy),
    ]
    return [{"label": label, "text": text} for label, text in policies if text]
