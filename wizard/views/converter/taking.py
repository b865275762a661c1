"""Taking a form of the converter: what was found in its text, and the rules of the Region."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponse

from wizard.domain import Rule
from wizard.domain.converter import Reading
from wizard.domain.errors import AwsError
from wizard.forms.converter import ImagesForm
from wizard.services.rules import read_rules
from wizard.web import ConsoleRequest
from wizard.words import error_view

Form = TypeVar("Form", bound=ImagesForm)


def answer_form(
    request: ConsoleRequest,
    kind: type[Form],
    *,
    show: Callable[..., HttpResponse],
    result: Callable[[Form, Reading, list[Rule]], HttpResponse],
) -> HttpResponse:
    """Show the empty form, a form that is refused, or the result of a valid one.

    `show` takes the request and the form, `status`, and the `error` of AWS if the rules could not
    be read. What was sent stands in the form again.
    """
    if request.method != "POST":
        return show(request, kind())
    form = kind(request.POST, request.FILES)
    if not form.is_valid() or form.reading is None:
        return show(request, form, status=422)
    try:
        rules = read_rules(target=request.target)
    except AwsError as error:
        view = error_view(error)
        return show(request, form, status=view.status, error=view)
    return result(form, form.reading, rules)
