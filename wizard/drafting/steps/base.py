"""What all steps share: a form that starts from the draft's answers, and a page that shows it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django import forms

from wizard.drafting.drafts import Answers, RuleDraft
from wizard.drafting.plans import Step
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text


class StepForm(ConsoleForm):
    """A step's form. `choices` is what AWS offers to choose from, None when it could not be read.

    `required_message` words a missing answer so that it can stand alone in the error summary.
    """

    step: Step

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        draft: RuleDraft,
        choices: Iterable[Any] | None = (),
    ) -> None:
        self.draft = draft
        self.listed = None if choices is None else tuple(choices)
        typed = draft.typed.get(self.step, {})
        super().__init__(data, initial={**self.initial_answers(), **typed})

    def initial_answers(self) -> dict[str, Any]:
        """The draft's answers to this step, as initial values of the fields."""
        answers = self.draft.answers.get(self.step)
        return dict(answers or self.draft.suggested.get(self.step, {}))

    def answers(self) -> Answers:
        """The cleaned answers as the draft keeps them: text only, and no credential."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def require(self, name: str, message: Any) -> None:
        """Put an error at a field that other answers have made necessary."""
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, forms.ValidationError(message, code="required"))

    def drop(self, *names: str) -> None:
        """Forget answers that the others have made pointless, with their errors."""
        for name in names:
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)


class Choices(Enum):
    """What of the account a step's form lets choose from; `views.choices` reads it from AWS."""

    NONE = "none"
    SECRETS = "secrets"
    ROLES = "roles"
    RULES = "rules"
    REGIONS = "regions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One answer on the review; `copyable` gives it a Copy button."""

    label: Text
    value: Text
    copyable: bool = False


def _no_rows(_draft: RuleDraft) -> Sequence[ReviewRow]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """What a step shows besides its answers. Titles are AWS's.

    `review_title` is the title of the step's section on the review, `heading` that of the box
    under it. `choices` is what the form offers besides its own fields; `review_rows` gives the
    answers of a step that is answered.
    """

    title: Text
    review_title: Text
    heading: Text
    description: Text
    form: type[StepForm]
    template: str
    choices: Choices = Choices.NONE
    review_rows: Callable[[RuleDraft], Sequence[ReviewRow]] = _no_rows
