"""Allow-lists of form fields: each view that accepts POST names the fields of its forms.

Other fields, repeated single fields and files are refused before the view runs. This prevents mass
assignment and HTTP parameter pollution.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import wraps
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from wizard.domain.errors import UnexpectedInput
from wizard.web.middleware import TAKES_TEXT

Fields = dict[str, bool]
# A form class or the name of a field, or a function that returns one for the URL arguments.
Source = type[forms.BaseForm] | str
View = Callable[..., HttpResponseBase]

_ALWAYS: Final[Fields] = {"csrfmiddlewaretoken": False}
_LONGEST = 40


def takes(
    *sources: Source,
    many: Iterable[str] = (),
    files: Iterable[str] = (),
    by_url: Callable[..., Source | None] | None = None,
    is_text: bool = False,
) -> Callable[[View], View]:
    """Allow only the fields of the given forms and names in a POST.

    `many` are names that may be repeated; for the fields of a form this is known. `by_url` returns
    a further source for the URL arguments. `files` are names of files. With `is_text`, a body may
    be twice as large, so that a text that is too long is refused by its form, which shows it again.
    Raises UnexpectedInput.
    """
    uploads = frozenset(files)
    fixed = _ALWAYS | dict.fromkeys(many, True) | _fields(sources)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":  # guard: I6 W5
                found = by_url(**kwargs) if by_url else None
                _check(request, fixed | _fields([found] if found else []), uploads)
            return view(request, *args, **kwargs)

        # A test requires this attribute of every view that accepts POST.
        setattr(wrapped, "takes_fields", fixed)  # noqa: B010 - no member of functions
        setattr(wrapped, TAKES_TEXT, is_text)
        return wrapped

    return decorate


def _fields(sources: Iterable[Source]) -> Fields:
    """Return each field name and whether it may be repeated."""
    found: Fields = {}
    for source in sources:
        if isinstance(source, str):
            found[source] = False
        else:
            fields: dict[str, forms.Field] = getattr(source, "base_fields", {})
            found |= {name: _is_multiple(field) for name, field in fields.items()}
    return found


def _is_multiple(field: forms.Field) -> bool:
    return bool(getattr(field.widget, "allow_multiple_selected", False))


def _check(request: HttpRequest, allowed: Fields, files: Collection[str]) -> None:
    wrong = sorted({*_unexpected(request, allowed, files)})
    if wrong:
        # Names only: a value may be a credential.
        raise UnexpectedInput(", ".join(name[:_LONGEST] for name in wrong[:5]))


def _unexpected(request: HttpRequest, allowed: Fields, files: Collection[str]) -> Iterator[str]:
    yield from (name for name in request.FILES if name not in files)
    for name, values in request.POST.lists():
        if name not in allowed or (len(values) > 1 and not allowed[name]):
            yield name
