"""Bulk validations: the list, and each one with its results."""

from django.urls import include, path

from wizard.views import bulk_result, bulk_validation

_bulk_validation = [
    path("", bulk_result.bulk_validation_detail, name="bulk-validation-detail"),
    path("cancel/", bulk_validation.bulk_validation_cancel, name="bulk-validation-cancel"),
]

urlpatterns = [
    path("", bulk_validation.bulk_validation_list, name="bulk-validation-create"),
    path("<uuid:bulk_id>/", include(_bulk_validation)),
]
