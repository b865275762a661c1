"""The fleet: the rules of all accounts and Regions, as last read."""

from django.urls import path

from wizard.views.fleet import accounts, groups, matrix, readings, rules, trend

urlpatterns = [
    path("", rules.fleet_rules, name="fleet-rules"),
    path("accounts/", accounts.fleet_accounts, name="fleet-accounts"),
    path("groups/", groups.fleet_groups, name="fleet-groups"),
    path("matrix/", matrix.fleet_matrix, name="fleet-matrix"),
    path("regions/", readings.fleet_readings, name="fleet-readings"),
    path("trend/", trend.fleet_trend, name="fleet-trend"),
]
