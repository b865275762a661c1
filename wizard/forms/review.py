"""Step "Review and create": nothing more is asked."""

from wizard.forms.base import StepForm
from wizard.plans import Step


class ReviewForm(StepForm):
    step = Step.REVIEW
