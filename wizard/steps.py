"""The pages of the wizard: for each step its titles, its form and what it lets choose from.

Titles are AWS's. `template` follows from the step: `wizard/steps/<step>.html`; both names of the
first step share one page.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from wizard.domain.errors import AwsError
from wizard.drafts import RuleDraft
from wizard.forms.authentication import AuthenticationForm
from wizard.forms.base import StepForm
from wizard.forms.destination import DestinationForm
from wizard.forms.namespaces import NamespacesForm
from wizard.forms.permissions import PermissionsForm
from wizard.forms.review import ReviewForm
from wizard.forms.source import SourceForm
from wizard.messages import Text
from wizard.plans import Step
from wizard.services import credentials, places, roles, rules


def _nothing(_draft: RuleDraft) -> Iterable[Any]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """One row of the table: everything a step shows besides its answers.

    `review_title` is the title as the review heads its section, `heading` that of the box under
    it. `list_choices` asks AWS for what the form offers and may raise its errors.
    """

    title: Text
    review_title: Text
    heading: Text
    description: Text
    form: type[StepForm]
    template: str
    list_choices: Callable[[RuleDraft], Iterable[Any]] = _nothing


def _secrets(draft: RuleDraft) -> Iterable[Any]:
    return credentials.list_secrets(target=draft.target)


def _roles(_draft: RuleDraft) -> Iterable[Any]:
    return roles.list_roles()


def _rules(draft: RuleDraft) -> Iterable[Any]:
    return rules.list_rules(target=draft.target)


def _regions(_draft: RuleDraft) -> Iterable[Any]:
    return places.list_regions()


PAGES: Final[Mapping[Step, StepPage]] = {
    Step.SOURCE: StepPage(
        title=_("Specify a source"),
        review_title=_("Source"),
        heading=_("Upstream registry"),
        description=_("Choose the upstream registry whose images ECR fetches and keeps."),
        form=SourceForm,
        template="wizard/steps/source.html",
        list_choices=_regions,
    ),
    Step.UPSTREAM: StepPage(
        title=_("Specify upstream"),
        review_title=_("Upstream"),
        heading=_("Upstream registry"),
        description=_("Choose the upstream registry whose images ECR fetches and keeps."),
        form=SourceForm,
        template="wizard/steps/source.html",
        list_choices=_regions,
    ),
    Step.AUTHENTICATION: StepPage(
        title=_("Configure authentication"),
        review_title=_("Authentication"),
        heading=_("Upstream credentials"),
        description=_("Give ECR the credentials that it shows to the upstream registry."),
        form=AuthenticationForm,
        template="wizard/steps/authentication.html",
        list_choices=_secrets,
    ),
    Step.PERMISSIONS: StepPage(
        title=_("Specify permissions"),
        review_title=_("Permissions"),
        heading=_("Cross-account access"),
        description=_("Choose the role that ECR assumes to pull from the other account."),
        form=PermissionsForm,
        template="wizard/steps/permissions.html",
        list_choices=_roles,
    ),
    Step.DESTINATION: StepPage(
        title=_("Specify a destination"),
        review_title=_("Destination"),
        heading=_("Destination"),
        description=_("Choose where the cached images land in your private registry."),
        form=DestinationForm,
        template="wizard/steps/destination.html",
        list_choices=_rules,
    ),
    Step.NAMESPACES: StepPage(
        title=_("Specify namespaces"),
        review_title=_("Namespaces"),
        heading=_("Namespaces"),
        description=_("Choose which part of the upstream is cached, and under which names."),
        form=NamespacesForm,
        template="wizard/steps/namespaces.html",
        list_choices=_rules,
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


def choices_of(draft: RuleDraft, step: Step) -> tuple[Any, AwsError | None]:
    """What the step's form lets choose from; None and the error when AWS does not tell."""
    try:
        return list(PAGES[step].list_choices(draft)), None
    except AwsError as error:
        return None, error
