"""What is told before the wizard of a Region that has as many rules as AWS allows."""

from django.utils.translation import gettext as _

from wizard.domain import RULES_PER_REGION, RuleDraft
from wizard.services import last_known


def region_full_text(count: int) -> str:
    """Return the warning for a Region with this number of rules; empty while one more fits."""
    if count < RULES_PER_REGION:
        return ""
    text = _(
        "This Region has %(count)d of %(most)d rules. AWS doesn't raise this quota, and refuses"
        " another rule. Before you add one, delete a rule that isn't used, or choose another"
        " Region."
    )
    return text % {"count": count, "most": RULES_PER_REGION}


def quota_warning(draft: RuleDraft) -> str:
    """Return the warning for the first step, of the rules as last read; a replacement fits."""
    if draft.replaces:
        return ""
    return region_full_text(last_known.count_rules(targets=[draft.target]))
