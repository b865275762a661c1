"""Step "Review and create", without answers of its own."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.domain import Step
from wizard.drafting.steps.base import StepForm, StepPage


class ReviewForm(StepForm):
    step = Step.REVIEW


REVIEW: Final = StepPage(
    title=_("Review and create"),
    review_title=_("Review"),
    heading=_("Review"),
    description=_("Review your answers, and then create the rule."),
    form=ReviewForm,
    template="wizard/steps/review.html",
)
