"""The API for programs, and its description."""

from django.urls import path

from wizard.views.fleet import api, openapi

urlpatterns = [
    path("openapi.json", openapi.openapi, name="api-openapi"),
    path("fleet/rules/", api.api_rules, name="api-fleet-rules"),
    path("fleet/accounts/", api.api_accounts, name="api-fleet-accounts"),
    path("fleet/groups/", api.api_groups, name="api-fleet-groups"),
    path("fleet/matrix/", api.api_matrix, name="api-fleet-matrix"),
    path("fleet/regions/", api.api_regions, name="api-fleet-regions"),
    path("fleet/trend/", api.api_trend, name="api-fleet-trend"),
]
