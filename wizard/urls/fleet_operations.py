"""Operations over the accounts of the fleet."""

from django.urls import include, path

from wizard.views.fleet_operations import create, page, replace, rotate, validate

_operation = [
    path("", page.fleet_operation_detail, name="fleet-operation-detail"),
    path("retry/", page.fleet_operation_retry, name="fleet-operation-retry"),
    path("cancel/", page.fleet_operation_cancel, name="fleet-operation-cancel"),
]

urlpatterns = [
    path("create/", create.fleet_create, name="fleet-create"),
    path("replace/", replace.fleet_replace, name="fleet-replace"),
    path("validate/", validate.fleet_validate, name="fleet-validate"),
    path("rotate/", rotate.fleet_rotate, name="fleet-rotate"),
    path("operations/", page.fleet_operation_list, name="fleet-operation-list"),
    path("operations/<uuid:fleet_operation_id>/", include(_operation)),
]
