"""The middleware that shows times in the time zone of the person."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wizard.services.preferences import get_time_zone
from wizard.web.middleware import GetResponse


class TimeZoneMiddleware:
    """Activates the person's zone, or the console's, until the next request of the thread.

    It is not deactivated after the response, because a streamed page is rendered later.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = get_time_zone(user=request.user) if isinstance(request.user, User) else None
        if zone is None:
            timezone.deactivate()
        else:
            timezone.activate(zone)
        return self.get_response(request)
