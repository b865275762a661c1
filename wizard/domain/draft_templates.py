"""The repository creation template that is created together with the rule of a draft."""

from wizard.domain.drafts import RuleDraft
from wizard.domain.templates import PULL_THROUGH_CACHE, CreationTemplate, template_of


def template_of_draft(draft: RuleDraft) -> CreationTemplate | None:
    """Return the template of a draft, with the prefix of its rule; None if it has none."""
    if draft.template is None:
        return None
    return template_of({"applied_for": [PULL_THROUGH_CACHE], **draft.template}, draft.cache_prefix)
