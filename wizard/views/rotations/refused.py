"""What was typed into a refused form of a rotation, kept in the session for the page's GET.

A refused form is answered by a redirect, so that Back and Reload send nothing again. The token is
not kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables

from wizard.domain import FieldErrors, Target
from wizard.drafting.interrupted import errors_of_page, field_errors, put_errors, typed_answers
from wizard.forms.kept_credential import KeepsCredential
from wizard.views.typed_credentials import (
    GO,
    is_test,
    kept_credential,
    may_test,
    test_typed,
    with_key,
)
from wizard.web import ConsoleRequest, see_other
from wizard.words import JudgedLogin

__all__ = ["GO", "is_test", "kept_credential", "may_test"]

_KEY: Final = "refused-rotation"
# In the query string of the page that shows what was refused.
MARK: Final = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The values and errors of a refused form, and the address of its page."""

    path: str
    typed: Mapping[str, str]
    secrets: Sequence[str]
    errors: FieldErrors
    tested: Mapping[str, Any] | None = None

    def refuses(self, name: str) -> bool:
        """Whether the field has an error."""
        return name in errors_of_page(self.errors)

    @property
    def judged(self) -> JudgedLogin | None:
        """Return what came of the test of the credential, if that was asked for."""
        return JudgedLogin(**self.tested) if self.tested else None

    def put_errors(self, form: forms.BaseForm) -> None:
        """Add the errors to an unbound form, in the language of the page."""
        for name, texts in errors_of_page(self.errors).items():
            put_errors(form, name, texts)


def keep(request: ConsoleRequest, form: forms.BaseForm, url: str) -> HttpResponse:
    """Keep what was typed, and redirect to the page of the form."""
    typed = typed_answers(type(form), request)
    typed.pop("secret", None)
    path = url.partition("?")[0]

    def again() -> forms.BaseForm:
        form.full_clean()
        return form

    refused = Refused(
        path=path,
        typed=typed,
        secrets=request.POST.getlist("secret"),
        errors=field_errors(again),
    )
    request.session[_KEY] = asdict(refused)
    return see_other(f"{url}{'&' if '?' in url else '?'}{MARK}=1")


@sensitive_variables()
def keep_tested(
    request: ConsoleRequest, form: KeepsCredential, url: str, *, target: Target, upstream: str
) -> HttpResponse:
    """Test the typed credential; keep the result with what was typed, and redirect to the form."""
    test = test_typed(request, form.credential(), target=target, hosts=[upstream])
    answer = keep(request, form, url)
    kept_form = request.session[_KEY]
    kept_form["typed"]["sealed_credential"] = test.ciphertext
    kept_form["tested"] = asdict(test.judged)
    request.session.modified = True
    return with_key(answer, request, test)


def kept(request: ConsoleRequest) -> Refused | None:
    """Return what was refused on this page, if its address says so."""
    found = request.session.get(_KEY)
    if MARK not in request.GET or found is None or found["path"] != request.path:
        return None
    return Refused(**found)


def forget(request: ConsoleRequest) -> None:
    """Forget what was refused, because the form has been accepted."""
    request.session.pop(_KEY, None)
