"""`/healthz`, for what supervises the process: a thread of it is free and answers."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from wizard.web.middleware import GetResponse

PATH: Final = "/healthz"


def alive() -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


class LivenessMiddleware:
    """Answers before host name, scheme, session and database are looked at.

    A probe of Kubernetes asks the address of the pod by plain http, and counts a redirect as a
    success. A process that is alive must not be killed because its database is down.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH and request.method in ("GET", "HEAD"):
            return alive()
        return self.get_response(request)
