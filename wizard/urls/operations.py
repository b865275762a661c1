"""The two ways to end an operation that did not finish; the pages are those of the account."""

from django.urls import path

from wizard.views.operations import actions

urlpatterns = [
    path("<uuid:operation_id>/complete/", actions.operation_complete, name="operation-complete"),
    path("<uuid:operation_id>/clean-up/", actions.operation_clean_up, name="operation-clean-up"),
]
