"""The language of a request: of the person, else of the browser, else the setting LANGUAGE_CODE.

The person's is in `preferences.py`, because the person is known later. A program that sends
credentials in the header Authorization is answered in English.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# The language of the source, which programs, exports and files have.
ENGLISH: Final = "en"
# The choice of what the browser asks for.
OF_BROWSER: Final = "browser"


class LanguageMiddleware(LocaleMiddleware):
    """Activates the language of the cookie or of Accept-Language until the thread's next request.

    It is not deactivated after the response, because a streamed page is rendered later.
    """

    def process_request(self, request: HttpRequest) -> None:
        if is_for_program(request):
            translation.activate(ENGLISH)
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)


def is_for_program(request: HttpRequest) -> bool:
    """Whether a program sends credentials of its own, such as an API token."""
    return "Authorization" in request.headers


def languages() -> list[tuple[str, str]]:
    """Return the languages to choose from, each with its own name."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def chosen_language(request: HttpRequest) -> str:
    """Return the language that was chosen in this browser, or that of the browser itself."""
    code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if code in dict(settings.LANGUAGES) else OF_BROWSER
