"""The project's URLs: the console's own, at the root."""

from django.urls import include, path

urlpatterns = [path("", include("wizard.urls"))]
