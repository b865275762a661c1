"""The fleet: the rules of all accounts and Regions, as last read."""

from django.urls import path

from wizard.views.fleet import rules

urlpatterns = [
    path("", rules.fleet_rules, name="fleet-rules"),
]
