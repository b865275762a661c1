"""The steps of the wizard: one module each, with its form, its page and its rows on the review.

Others import from this package only.
"""

from wizard.drafting.steps.authentication import AuthenticationForm
from wizard.drafting.steps.base import Choices, ReviewRow, StepForm
from wizard.drafting.steps.fleet_rule import FleetRuleForm
from wizard.drafting.steps.further_regions import FurtherRegionsForm
from wizard.drafting.steps.pages import PAGES
from wizard.drafting.steps.prefix import PrefixStepForm

__all__ = [
    "PAGES",
    "AuthenticationForm",
    "Choices",
    "FleetRuleForm",
    "FurtherRegionsForm",
    "PrefixStepForm",
    "ReviewRow",
    "StepForm",
]
