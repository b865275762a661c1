"""Turns the console's errors into pages that help, and keeps pages out of shared caches."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wizard.domain.errors import ConsoleError
from wizard.messages import error_view

GetResponse = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """Pages hold an account's data: no cache keeps them, and Back asks again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ConsoleErrorMiddleware:
    """Shows a ConsoleError that no view dealt with: a page, or a fragment for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ConsoleError):
            return None
        error = error_view(exception)
        is_fragment = getattr(request, "htmx", False)
        template = "components/_error.html" if is_fragment else "error.html"
        return render(request, template, {"error": error}, status=error.status)
