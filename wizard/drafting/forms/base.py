"""What all step forms share: they start from the draft's answers and end in answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from wizard.drafting.drafts import Answers, RuleDraft
from wizard.drafting.plans import Step
from wizard.forms.renderer import ConsoleForm


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
