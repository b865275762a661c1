"""Keeps credentials out of Django's error reports, on the DEBUG page and in mails.

There are three independent lines of defence. Views and services mark sensitive variables, and the
marks apply with DEBUG as well. Variables are shown for the console's own functions only, because
botocore and urllib3 have whole requests in theirs. The values of token fields and of Credential
objects in the traceback are searched for in the finished report and replaced.
"""

import html
import json
import re
from collections.abc import ItemsView, Iterable, Iterator
from types import FrameType
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from wizard.domain import Credential

STARS: Final = SafeExceptionReporterFilter.cleansed_substitute
# The modules whose variables are shown, and the modules below them that handle credentials.
_SHOWN = ("wizard.", "ptcconsole.")
_NEVER_SHOWN = (
    *("wizard.backend", "wizard.upstreams", "wizard.domain.credentials", "wizard.forms"),
    "wizard.domain.carried_credentials",
    *("wizard.drafting.steps", "wizard.drafting.sealed"),
)
# Shorter texts are not tokens, and replacing them would garble the report.
_SHORTEST = 4


class ConsoleReporterFilter(SafeExceptionReporterFilter):
    """Filters settings, request and variables, also with DEBUG on."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|WEBHOOK|APPRISE|LOCATION"
        "|(DATABASE|CACHE|EMAIL|REDIS|BROKER)_URL",
        flags=re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True  # guard: S2

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return the field names without their values."""
        names: Iterable[str] = request.POST if request is not None else ()
        return dict.fromkeys(names, STARS)

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return dict.fromkeys(getattr(request, "COOKIES", {}), STARS)

    def get_cleansed_multivaluedict(self, request: Any, multivaluedict: Any) -> Any:
        return dict.fromkeys(multivaluedict, STARS)

    def get_traceback_frame_variables(
        self, request: Any, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        if not _is_shown(str(tb_frame.f_globals.get("__name__", ""))):  # guard: S2
            return {}.items()
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self.cleanse_setting(name, value) for name, value in variables}.items()


class ConsoleReporter(ExceptionReporter):
    """Django's reports, with all credentials of the request replaced."""

    def get_traceback_html(self) -> SafeString:
        return self._without_credentials(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return self._without_credentials(super().get_traceback_text())

    def _without_credentials(self, report: SafeString) -> SafeString:
        text = str(report)
        for form in sorted(self._forms_of_credentials(), key=len, reverse=True):
            text = text.replace(form, STARS)  # guard: S2
        # Still safe HTML, because only asterisks were inserted.
        return mark_safe(text)  # noqa: S308

    def _forms_of_credentials(self) -> set[str]:
        """Return every known credential in each encoding that a report may use."""
        values = {value for value in self._credentials() if len(value) >= _SHORTEST}
        plain = {form for value in values for form in (value, repr(value)[1:-1], _json(value))}
        return plain | {html.escape(form) for form in plain} | {repr(form)[1:-1] for form in plain}

    def _credentials(self) -> Iterator[str]:
        post = getattr(self.request, "POST", None)
        if isinstance(post, QueryDict):
            for name, values in post.lists():
                if ConsoleReporterFilter.hidden_settings.search(name):
                    yield from (str(value) for value in values)
        for frame in _frames(self.exc_value):
            for value in frame.f_locals.values():
                if isinstance(value, Credential):
                    yield value.access_token


def _is_shown(module: str) -> bool:
    return module.startswith(_SHOWN) and not module.startswith(_NEVER_SHOWN)


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _frames(error: BaseException | None) -> Iterator[FrameType]:
    """Yield the frames of an exception and of its causes and contexts."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        waiting += [error.__cause__, error.__context__]
        step = error.__traceback__
        while step is not None:
            yield step.tb_frame
            step = step.tb_next
