"""The pages of the wizard: for each step its titles, its form and what it lets choose from.

Titles are AWS's. `template` follows from the step: `wizard/steps/<step>.html`; both names of the
first step share one page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.drafting.forms.authentication import AuthenticationForm
from wizard.drafting.forms.base import StepForm
from wizard.drafting.forms.destination import DestinationForm
from wizard.drafting.forms.namespaces import NamespacesForm
from wizard.drafting.forms.permissions import PermissionsForm
from wizard.drafting.forms.review import ReviewForm
from wizard.drafting.forms.source import SourceForm
from wizard.drafting.plans import Step
from wizard.messages import Text


class Choices(Enum):
    """What of the account a step's form lets choose from; `views.choices` reads it from AWS."""

    NONE = "none"
    SECRETS = "secrets"
    ROLES = "roles"
    RULES = "rules"
    REGIONS = "regions"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """One row of the table: everything a step shows besides its answers.

    `review_title` is the title as the review heads its section, `heading` that of the box under
    it. `choices` is what the form offers besides its own fields.
    """

    title: Text
    review_title: Text
    heading: Text
    description: Text
    form: type[StepForm]
    template: str
    choices: Choices = Choices.NONE


PAGES: Final[Mapping[Step, StepPage]] = {
    Step.SOURCE: StepPage(
        title=_("Specify a source"),
        review_title=_("Source"),
        heading=_("Upstream registry"),
        description=_("Choose the upstream registry whose images ECR fetches and keeps."),
        form=SourceForm,
        template="wizard/steps/source.html",
        choices=Choices.REGIONS,
    ),
    Step.UPSTREAM: StepPage(
        title=_("Specify upstream"),
        review_title=_("Upstream"),
        heading=_("Upstream registry"),
        description=_("Choose the upstream registry whose images ECR fetches and keeps."),
        form=SourceForm,
        template="wizard/steps/source.html",
        choices=Choices.REGIONS,
    ),
    Step.AUTHENTICATION: StepPage(
        title=_("Configure authentication"),
        review_title=_("Authentication"),
        heading=_("Upstream credentials"),
        description=_("Give ECR the credentials that it shows to the upstream registry."),
        form=AuthenticationForm,
        template="wizard/steps/authentication.html",
        choices=Choices.SECRETS,
    ),
    Step.PERMISSIONS: StepPage(
        title=_("Specify permissions"),
        review_title=_("Permissions"),
        heading=_("Cross-account access"),
        description=_("Choose the role that ECR assumes to pull from the other account."),
        form=PermissionsForm,
        template="wizard/steps/permissions.html",
        choices=Choices.ROLES,
    ),
    Step.DESTINATION: StepPage(
        title=_("Specify a destination"),
        review_title=_("Destination"),
        heading=_("Destination"),
        description=_("Choose where the cached images land in your private registry."),
        form=DestinationForm,
        template="wizard/steps/destination.html",
        choices=Choices.RULES,
    ),
    Step.NAMESPACES: StepPage(
        title=_("Specify namespaces"),
        review_title=_("Namespaces"),
        heading=_("Namespaces"),
        description=_("Choose which part of the upstream is cached, and under which names."),
        form=NamespacesForm,
        template="wizard/steps/namespaces.html",
        choices=Choices.RULES,
    ),
    Step.REVIEW: StepPage(
        title=_("Review and create"),
        review_title=_("Review"),
        heading=_("Review"),
        description=_("Check the answers, then create the rule."),
        form=ReviewForm,
        template="wizard/steps/review.html",
    ),
}
