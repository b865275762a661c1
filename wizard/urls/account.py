"""The pages over all Regions of an account."""

from django.urls import include, path

from wizard.views import account_regions, overview, rule_actions
from wizard.views.deletions import confirm
from wizard.views.imports import detail
from wizard.views.operations import complete_all, page, progress, retry, table

urlpatterns = [
    path("regions/", account_regions.account_regions, name="account-regions"),
    path("regions/check/", account_regions.closed_regions_check, name="closed-regions-check"),
    path("rules/", overview.rule_overview, name="rule-overview"),
    path("rules/action/", rule_actions.rule_action, name="rule-action"),
    path("rules/delete/", confirm.rules_delete, name="rules-delete"),
    path("operations/", table.operation_list, name="operation-list"),
    path("operations/<uuid:batch_id>/", page.batch_detail, name="batch-detail"),
    path(
        "operations/<uuid:batch_id>/complete/", complete_all.batch_complete, name="batch-complete"
    ),
    path("operations/<uuid:batch_id>/progress/", progress.batch_progress, name="batch-progress"),
    path("operations/<uuid:batch_id>/retry/", retry.batch_retry, name="batch-retry"),
    path("deletions/", include("wizard.urls.deletions")),
    path("imports/<uuid:import_id>/", detail.import_detail, name="import-detail"),
    path(
        "imports/<uuid:import_id>/complete/",
        detail.import_complete,
        name="import-complete",
    ),
    path("imports/<uuid:import_id>/retry/", detail.import_retry, name="import-retry"),
    path("template-operations/", include("wizard.urls.template_operations")),
    path("rotations/", include("wizard.urls.rotations")),
    path("validations/", include("wizard.urls.validations")),
]
