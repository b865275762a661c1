"""The fleet: the rules of all accounts and Regions, as last read, and operations over accounts."""

from django.urls import include, path

from wizard.views.fleet import accounts, actions, groups, matrix, readings, rules, sweeps, trend

urlpatterns = [
    path("", rules.fleet_rules, name="fleet-rules"),
    path("action/", actions.fleet_action, name="fleet-action"),
    path("accounts/", accounts.fleet_accounts, name="fleet-accounts"),
    path("groups/", groups.fleet_groups, name="fleet-groups"),
    path("matrix/", matrix.fleet_matrix, name="fleet-matrix"),
    path("regions/", readings.fleet_readings, name="fleet-readings"),
    path("trend/", trend.fleet_trend, name="fleet-trend"),
    path("sweeps/", sweeps.fleet_sweeps, name="fleet-sweeps"),
    path("sweeps/now/", sweeps.fleet_sweep_now, name="fleet-sweep-now"),
    path("", include("wizard.urls.fleet_operations")),
]
