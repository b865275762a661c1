"""A step whose draft was changed in another tab or browser: what was typed, and what is saved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain import NEW_SECRET, RuleDraft, Step
from wizard.drafting.steps import PAGES, StepForm
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest
from wizard.words import Text, day_in_full, zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedStep:
    """A step that was changed elsewhere; `url` is empty for the step of the page itself."""

    title: Text
    at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """What was typed into a field, and what is saved for it."""

    label: Text
    typed: Text
    saved: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The changes since the form was shown. `asks_token`: a typed token has to be typed again."""

    steps: Sequence[ChangedStep]
    fields: Sequence[ComparedField]
    asks_token: bool


def comparison_of(
    draft: RuleDraft, step: Step, shown: StepForm, choices: Iterable[Any] | None
) -> Comparison | None:
    """Return the comparison; None if what was typed in the step overtakes nothing.

    `shown` is the form with what was typed.
    """
    overtaken = draft.overtaken.get(step.form_step, ())
    if not overtaken:
        return None
    saved = type(shown)(draft=draft.without_typed(step), choices=choices)
    typed_source = draft.typed.get(step.form_step, {}).get("credential_source")
    return Comparison(
        steps=[
            ChangedStep(
                title=PAGES[each].review_title,
                at=draft.changes[each].at,
                url="" if each is step else step_url(draft, each),
            )
            for each in overtaken
            if each in draft.changes and each in draft.plan.steps
        ],
        fields=list(_fields(shown, saved, is_saved=step in draft.answers)),
        asks_token=step is Step.AUTHENTICATION and typed_source == NEW_SECRET,
    )


def tell_closed_step(
    request: ConsoleRequest, draft: RuleDraft, step: Step, changed: Sequence[Step]
) -> None:
    """Flash that a step was closed by a change elsewhere, and whether its entries are kept."""
    names = {
        "steps": ", ".join(str(PAGES[each].review_title) for each in changed),
        "step": PAGES[step].review_title,
    }
    if step in draft.plan.steps:
        text = _(
            "Another tab or browser changed this draft after you opened the page: %(steps)s. Your"
            " entries in %(step)s are kept. Complete the steps before it first."
        )
    else:
        text = _(
            "Another tab or browser changed this draft after you opened the page: %(steps)s. The"
            " rule no longer needs %(step)s, so your entries there weren't saved."
        )
    messages.warning(request, text % names)


def tell_changed_answers(request: ConsoleRequest, draft: RuleDraft) -> None:
    """Flash that the answers differ from those of the submitted review, with the last change."""
    changes = [(change, step) for step, change in draft.changes.items() if step in draft.plan.steps]
    if not changes:
        text = _("The answers were changed in another tab or browser. Review them again.")
        messages.warning(request, text)
        return
    change, step = max(changes, key=lambda each: each[0].version)
    at = timezone.localtime(change.at)
    names = {
        "step": PAGES[step].review_title,
        "when": f"{day_in_full(at.date())}, {at:%H:%M} ({zone_of(at)})",
    }
    text = _(
        "The answers were changed in another tab or browser. Last change: %(step)s, %(when)s."
        " Review them again."
    )
    messages.warning(request, text % names)


def _fields(typed: StepForm, saved: StepForm, *, is_saved: bool) -> Iterator[ComparedField]:
    """Yield the fields that differ. A token is never shown, and its field has no value."""
    for name in typed.fields:
        if name not in saved.fields:
            continue
        ours, theirs = _told(typed[name]), _told(saved[name]) if is_saved else ""
        if ours != theirs:
            label = typed[name].label
            yield ComparedField(label=label, typed=ours or "-", saved=theirs or "-")


def _told(field: BoundField) -> str:
    """Return a value as the page shows it: a choice by its label."""
    value = str(field.value() or "")
    choices: Iterable[tuple[Any, Any]] = getattr(field.field, "choices", ())
    labels = {str(key): label for key, label in choices}
    return _(str(labels[value])) if value and value in labels else value
