"""Keeps what was typed in a step, when the step is refused or left, or the session has expired.

The values are stored in the draft, except the credential, which is asked again. Errors are stored
in each language of the console: they are made from what was typed, which is not kept as a whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.forms import BaseForm, Field
from django.http import HttpRequest
from django.utils.translation import get_language, override

from wizard.domain import FieldErrors, RuleDraft, SecretArn, Step, Target
from wizard.domain.errors import ConsoleError, InvalidIdentifier
from wizard.drafting import store
from wizard.drafting.shown import overtaken
from wizard.drafting.steps import PAGES

_LONGEST: Final = 2048
# The session key of the draft in whose wizard the session before expired.
_INTERRUPTED: Final = "interrupted_draft"


def keep_typed_answers(request: HttpRequest, user: User, kwargs: Mapping[str, Any]) -> None:
    """Store the typed values of a step in the draft, if it belongs to the person."""
    match = request.resolver_match
    is_step = match is not None and match.url_name == "draft-step" and kwargs["step"] in list(Step)
    if request.method != "POST" or not is_step:
        return
    target = Target(account_id=kwargs["account_id"], region=kwargs["region"])
    step, draft_id = Step(kwargs["step"]), kwargs["draft_id"]
    typed = typed_answers(PAGES[step].form, request)

    def keep() -> None:
        draft = store.load_draft(draft_id=draft_id, owner_id=user.pk, target=target)
        shown_at = step if step in draft.plan.steps else draft.plan.first
        since = overtaken(request, draft, shown_at)
        store.save_draft(draft.with_typed(step, typed, overtaken=since), before=draft)

    try:
        store.again_if_changed(keep)
    except ConsoleError:
        return


def note_interruption(request: HttpRequest, kwargs: Mapping[str, Any]) -> None:
    """Note in the new session that the one before expired in the wizard of this draft."""
    if "draft_id" in kwargs:
        request.session[_INTERRUPTED] = kwargs["draft_id"]


def was_interrupted(request: HttpRequest, draft_id: str) -> bool:
    """Whether the session before expired in the wizard of the draft; true once."""
    if request.session.get(_INTERRUPTED) != draft_id:
        return False
    del request.session[_INTERRUPTED]
    return True


def typed_answers(form: type[BaseForm], request: HttpRequest) -> dict[str, str]:
    """Return the sent values of the step's fields, without the credential."""
    return dict(_typed(form, request))


def field_errors(build: Callable[[], BaseForm]) -> FieldErrors:
    """Return the errors of a refused form as texts, by language and field.

    `build` returns the form with what was sent; it is called once for each language.
    """
    errors = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found = build().errors.items()
            errors[language] = {name: [str(text) for text in texts] for name, texts in found}
    return errors


def put_kept_errors(form: BaseForm, draft: RuleDraft, step: Step) -> None:
    """Add the errors with which what was typed in the step was refused, in the page's language."""
    for name, texts in errors_of_page(draft.refused.get(step.form_step, {})).items():
        put_errors(form, name, texts)


def errors_of_page(errors: FieldErrors) -> Mapping[str, Sequence[str]]:
    """Return the errors in the language of the page, by field."""
    return errors.get(get_language() or "") or next(iter(errors.values()), {})


def put_errors(form: BaseForm, name: str, texts: Sequence[str]) -> None:
    """Add errors to a field of an unbound form, which shows what was sent before."""
    # Reading `errors` creates the dictionary to which the errors are added.
    form.errors[name] = form.error_class(texts, renderer=form.renderer)


def _typed(form: type[BaseForm], request: HttpRequest) -> Iterator[tuple[str, str]]:
    fields: Mapping[str, Field] = getattr(form, "base_fields", {})
    for name, field in fields.items():
        # Without what the field does not display again: a credential, a token behind a colon.
        value = str(field.bound_data(request.POST.get(name, ""), ""))[:_LONGEST]
        if name in request.POST and _is_readable(name, value):
            yield name, value


def _is_readable(name: str, value: str) -> bool:
    """Whether the field can display the value; a list of secrets has ARNs as values."""
    if name != "secret" or not value:
        return True
    try:
        SecretArn.parse(value)
    except InvalidIdentifier:
        return False
    return True
