"""What the page of a step has beside its form: warnings, policies, checks, the test of a login."""

from typing import Any

from wizard.domain import RuleDraft, Step
from wizard.services import credential_tests
from wizard.views.wizard import summary
from wizard.views.wizard.credential_test import shown_test
from wizard.views.wizard.permission_checks import checks_of
from wizard.views.wizard.quota import quota_warning
from wizard.web import ConsoleRequest


def parts_of(request: ConsoleRequest, draft: RuleDraft, step: Step) -> dict[str, Any]:
    """Return the context of these parts."""
    may_test = step is Step.AUTHENTICATION and credential_tests.is_offered()
    return {
        "help_links": draft.registry.token_links if draft.registry else (),
        "full": quota_warning(draft) if step is draft.plan.first else "",
        "policies": summary.policies(draft) if step is Step.PERMISSIONS else [],
        "permission_checks": checks_of(draft, step),
        "may_test": may_test,
        "tested": shown_test(request, draft) if may_test else None,
    }
