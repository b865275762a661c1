"""Step "Review and create": nothing more is asked."""

from wizard.drafting.forms.base import StepForm
from wizard.drafting.plans import Step


class ReviewForm(StepForm):
    step = Step.REVIEW
