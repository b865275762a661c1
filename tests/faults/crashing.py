"""The console's URLs, and an additional one whose view raises an unexpected exception."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from ptcconsole import urls

handler500 = urls.handler500


class Crash(Exception):
    """An unexpected exception."""


def crash(_request: HttpRequest) -> HttpResponse:
    raise Crash("canary-of-the-crash")


# The name is one that the access rules know, and let everybody look at.
urlpatterns = [path("crash/", crash, name="preferences"), path("", include(urls))]
