"""What a form may send: each view that takes a POST names the fields of its page's forms.

Anything else is refused before the view runs: a field that no form of the page has, a field twice
that can only be there once, a file. So nobody can set what was not asked, and two parts of the
console can never read two different values of one field.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from wizard.domain.errors import UnexpectedInput

Fields = dict[str, bool]
# A form class, the name of a single field, or what finds one of these by the URL's parts.
Source = type[forms.BaseForm] | str
View = Callable[..., HttpResponseBase]

_ALWAYS: Final[Fields] = {"csrfmiddlewaretoken": False}
_LONGEST = 40


def takes(
    *sources: Source, many: Iterable[str] = (), by_url: Callable[..., Source | None] | None = None
) -> Callable[[View], View]:
    """Refuse a POST with other fields than those of the forms and names given.

    `many` are names that may come more than once; a form's own fields are known to. `by_url` finds
    one more source from the parts of the URL. Raises UnexpectedInput.
    """
    fixed = _ALWAYS | dict.fromkeys(many, True) | _fields(sources)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":  # guard: I6 W5
                found = by_url(**kwargs) if by_url else None
                _check(request, fixed | _fields([found] if found else []))
            return view(request, *args, **kwargs)

        # A test looks for it at every view that answers a POST.
        setattr(wrapped, "takes_fields", fixed)  # noqa: B010 - no member of functions
        return wrapped

    return decorate


def _fields(sources: Iterable[Source]) -> Fields:
    """Every field by its name, and whether it may come more than once."""
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


def _check(request: HttpRequest, allowed: Fields) -> None:
    wrong = sorted({*_unexpected(request, allowed)})
    if wrong:
        # Names only: the values may be anything, a credential among them.
        raise UnexpectedInput(", ".join(name[:_LONGEST] for name in wrong[:5]))


def _unexpected(request: HttpRequest, allowed: Fields) -> Iterator[str]:
    yield from request.FILES
    for name, values in request.POST.lists():
        if name not in allowed or (len(values) > 1 and not allowed[name]):
            yield name
