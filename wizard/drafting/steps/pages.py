"""Every step of the wizard with its page."""

from collections.abc import Mapping
from typing import Final

from wizard.domain import Step
from wizard.drafting.steps.authentication import AUTHENTICATION
from wizard.drafting.steps.base import StepPage
from wizard.drafting.steps.destination import DESTINATION
from wizard.drafting.steps.namespaces import NAMESPACES
from wizard.drafting.steps.permissions import PERMISSIONS
from wizard.drafting.steps.review import REVIEW
from wizard.drafting.steps.source import SOURCE, UPSTREAM

PAGES: Final[Mapping[Step, StepPage]] = {
    Step.SOURCE: SOURCE,
    Step.UPSTREAM: UPSTREAM,
    Step.AUTHENTICATION: AUTHENTICATION,
    Step.PERMISSIONS: PERMISSIONS,
    Step.DESTINATION: DESTINATION,
    Step.NAMESPACES: NAMESPACES,
    Step.REVIEW: REVIEW,
}
