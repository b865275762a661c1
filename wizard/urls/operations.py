"""What ends an operation or a single change that did not finish; the pages are the account's."""

from django.urls import path

from wizard.views.operations import actions, cut_off

urlpatterns = [
    path("<uuid:operation_id>/complete/", actions.operation_complete, name="operation-complete"),
    path("<uuid:operation_id>/clean-up/", actions.operation_clean_up, name="operation-clean-up"),
    path("changes/<uuid:event_id>/settle/", cut_off.change_settle, name="change-settle"),
]
