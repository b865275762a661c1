"""The middleware that shows times in the time zone, and texts in the language of the person."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from wizard.services.preferences import get_language, get_time_zone
from wizard.web.language import is_for_program
from wizard.web.middleware import GetResponse


class PreferencesMiddleware:
    """Activates the person's zone and language, until the next request of the thread.

    Without a choice, the zone is the console's and the language that of `LanguageMiddleware`. They
    are not deactivated after the response, because a streamed page is rendered later.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if isinstance(request.user, User) else None
        zone = get_time_zone(user=user) if user else None
        if zone is None:
            timezone.deactivate()
        else:
            timezone.activate(zone)
        code = get_language(user=user) if user and not is_for_program(request) else ""
        if code:
            translation.activate(code)
        return self.get_response(request)
