"""The pages over all Regions of an account."""

from django.urls import include, path

from wizard.views import bulk_result, bulk_validation, overview, rule_deletion
from wizard.views.operations import complete_all, page, progress, retry, table

_bulk_validation = [
    path("", bulk_result.bulk_validation_detail, name="bulk-validation-detail"),
    path("cancel/", bulk_validation.bulk_validation_cancel, name="bulk-validation-cancel"),
]

urlpatterns = [
    path("rules/", overview.rule_overview, name="rule-overview"),
    path("rules/delete/", rule_deletion.rules_delete, name="rules-delete"),
    path("operations/", table.operation_list, name="operation-list"),
    path("operations/<uuid:batch_id>/", page.batch_detail, name="batch-detail"),
    path(
        "operations/<uuid:batch_id>/complete/", complete_all.batch_complete, name="batch-complete"
    ),
    path("operations/<uuid:batch_id>/progress/", progress.batch_progress, name="batch-progress"),
    path("operations/<uuid:batch_id>/retry/", retry.batch_retry, name="batch-retry"),
    path("rotations/", include("wizard.urls.rotations")),
    path("validations/", bulk_validation.bulk_validation_list, name="bulk-validation-create"),
    path("validations/<uuid:bulk_id>/", include(_bulk_validation)),
]
