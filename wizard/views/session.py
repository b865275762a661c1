"""How long the session of a page still lasts, for its script, which warns before the end.

GET is no activity of the session, so that a page that is left open does not prolong it. POST is.
`wizard.gate.middleware` decides both before the view runs.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_http_methods

from wizard.gate import sessions
from wizard.web import takes


@require_http_methods(["GET", "HEAD", "POST"])
@takes()
def session(request: HttpRequest) -> HttpResponse:
    """Return the seconds that are left, 0 without a session, and whose session it is.

    The token against forged requests is for the forms of a page whose person has signed in again in
    another tab.
    """
    left = sessions.time_left(request)
    if left is None:
        return JsonResponse({"seconds": 0, "is_final": False, "person": None})
    return JsonResponse(
        {
            "seconds": left.seconds,
            "is_final": left.is_final,
            "person": request.user.pk,
            "csrf_token": get_token(request),
        }
    )
