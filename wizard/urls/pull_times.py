"""A Region's pull-time update exclusions."""

from django.urls import path

from wizard.views import pull_times

urlpatterns = [
    path("", pull_times.exclusion_list, name="exclusion-list"),
    path("register/", pull_times.exclusion_register, name="exclusion-register"),
    path("deregister/", pull_times.exclusion_deregister, name="exclusion-deregister"),
]
