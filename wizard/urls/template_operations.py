"""Operations on a template over the Regions of an account."""

from django.urls import path

from wizard.views.templates import operations

urlpatterns = [
    path(
        "<uuid:template_operation_id>/",
        operations.template_operation_detail,
        name="template-operation-detail",
    ),
    path(
        "<uuid:template_operation_id>/retry/",
        operations.template_operation_retry,
        name="template-operation-retry",
    ),
]
