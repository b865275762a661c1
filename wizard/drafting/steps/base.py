"""The base classes of steps: a form with the draft's answers, and the description of its page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from django import forms

from wizard.domain import Answers, RuleDraft, Step
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text


class StepForm(ConsoleForm):
    """A step's form. `choices` are read from AWS; None if they could not be read.

    `required_message` is the error for a missing answer, complete enough for the error summary.
    """

    step: Step
    # The field whose long list of choices can be searched.
    searched: ClassVar[str] = ""

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
        """Return the draft's answers to this step as initial values."""
        answers = self.draft.answers.get(self.step)
        return dict(answers or self.draft.suggested.get(self.step, {}))

    def answers(self) -> Answers:
        """Return the cleaned answers for the draft: texts only, and no credential."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def shown_field(self, name: str) -> str:
        """Return the field for an error about `name`, which another choice can hide."""
        return name

    def require(self, name: str, message: Any) -> None:
        """Add an error to a field that other answers require."""
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, forms.ValidationError(message, code="required"))

    def drop(self, *names: str) -> None:
        """Drop answers that other answers make irrelevant, and their errors."""
        for name in names:
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)


class Choices(Enum):
    """What a step's form lets choose from; `views.wizard.choices` reads it from AWS."""

    NONE = "none"
    SECRETS = "secrets"
    ROLES = "roles"
    RULES = "rules"
    REGIONS = "regions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One answer on the review; `copyable` gives it a Copy button.

    With `is_region`, the value is the code of a Region, which the page shows with its name.
    """

    label: Text
    value: Text
    copyable: bool = False
    is_region: bool = False


def _no_rows(_draft: RuleDraft) -> Sequence[ReviewRow]:
    return ()


def _no_warnings(_draft: RuleDraft) -> Sequence[Text]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """The page of a step. Titles are AWS's.

    `review_title` is the title of the section on the review, `heading` that of the box below it.
    `choices` says what the form offers from AWS. `review_rows` returns the answers for the review,
    `review_warnings` what may keep them from working.
    """

    title: Text
    review_title: Text
    heading: Text
    description: Text
    form: type[StepForm]
    template: str
    choices: Choices = Choices.NONE
    review_rows: Callable[[RuleDraft], Sequence[ReviewRow]] = _no_rows
    review_warnings: Callable[[RuleDraft], Sequence[Text]] = _no_warnings
