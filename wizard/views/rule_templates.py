"""The section of a rule's page about the template that makes its repositories."""

from typing import Any

from django.utils.translation import gettext as _

from wizard.domain import Rule
from wizard.domain.namespaces import prefix_key
from wizard.domain.templates import CreationTemplate, applied_to, traps_of
from wizard.drafting.steps import ReviewRow
from wizard.services.fanout import Answer
from wizard.words import APPLIED_FOR_LABELS, ENCRYPTION, MUTABILITY, TRAPS, error_view


def template_section(rule: Rule, answer: Answer[list[CreationTemplate]]) -> dict[str, Any]:
    """Return what the section shows: the template that applies, or the `error` in its place."""
    if answer.value is None:
        return {"error": error_view(answer.error) if answer.error else None}
    applied = applied_to(rule.ecr_repository_prefix, answer.value)
    template = applied.template
    return {
        "prefix": template.prefix if template else "",
        "is_own": template is not None and template.key == prefix_key(rule.ecr_repository_prefix),
        "rows": settings_rows(template) if template else [],
        "policies": policies_of(template) if template else [],
        "traps": [TRAPS[trap] for trap in traps_of(template)] if template else [],
        "longer": [each.prefix for each in applied.longer],
    }


def settings_rows(template: CreationTemplate) -> list[ReviewRow]:
    """Return the settings of a template, without its policies and without what is not set."""
    features = [str(APPLIED_FOR_LABELS.get(each, each)) for each in sorted(template.applied_for)]
    mutability, encryption = template.image_tag_mutability, template.encryption_type
    rows = [
        (_("Prefix"), template.prefix),
        (_("Applied for"), ", ".join(features)),
        (_("Description"), template.description),
        (_("Image tag mutability"), str(MUTABILITY.get(mutability, mutability))),
        (_("Excluded tags"), ", ".join(template.exclusion_filters)),
        (_("Encryption type"), str(ENCRYPTION.get(encryption, encryption))),
        (_("KMS key"), template.kms_key),
        (_("Resource tags"), ", ".join(f"{key}={value}" for key, value in template.tags)),
        (_("Repository creation role"), template.custom_role_arn),
    ]
    return [ReviewRow(label=label, value=value) for label, value in rows if value]


def policies_of(template: CreationTemplate) -> list[dict[str, str]]:
    """Return the policies of a template with their labels."""
    policies = [
        (_("Lifecycle policy"), template.lifecycle_policy),
        (_("Repository policy"), template.repository_policy),
    ]
    return [{"label": label, "text": text} for label, text in policies if text]
