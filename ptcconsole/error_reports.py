"""Django's reports of an error, on the DEBUG page and in mails: none holds a credential.

Three lines, none of which trusts another. Views and services mark what is sensitive, and that holds
with DEBUG on too. Of variables only those of the console's own functions are shown, for an
exception passes through botocore and urllib3, which hold whole requests. And what a token field
sent, or a Credential on the way of the exception held, is looked for in the finished text.
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

from wizard.domain.credentials import Credential

STARS: Final = SafeExceptionReporterFilter.cleansed_substitute
# Where variables are shown, and where in there not: what handles credentials.
_SHOWN = ("wizard.", "ptcconsole.")
_NEVER_SHOWN = (
    *("wizard.backend", "wizard.domain.credentials", "wizard.forms"),
    *("wizard.drafting.steps", "wizard.drafting.sealed"),
)
# Shorter texts are no token, and would be found everywhere.
_SHORTEST = 4


class ConsoleReporterFilter(SafeExceptionReporterFilter):
    """What a report may show of settings, request and variables, whatever DEBUG says."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|WEBHOOK|LOCATION"
        "|(DATABASE|CACHE|EMAIL|REDIS)_URL",
        flags=re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True  # guard: S2

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """The names alone: no report needs what a person typed."""
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
    """Django's own reports, looked through for the credentials that the request was about."""

    def get_traceback_html(self) -> SafeString:
        return self._without_credentials(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return self._without_credentials(super().get_traceback_text())

    def _without_credentials(self, report: SafeString) -> SafeString:
        text = str(report)
        for form in sorted(self._forms_of_credentials(), key=len, reverse=True):
            text = text.replace(form, STARS)  # guard: S2
        # As safe as it came: only stars were put in.
        return mark_safe(text)  # noqa: S308

    def _forms_of_credentials(self) -> set[str]:
        """Every credential in sight, in each form that a report can write it."""
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
    """The frames that an exception and those behind it came through."""
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
