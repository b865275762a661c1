"""The AWS accounts of the console, as administrators manage them.

The account of these addresses is not the one that a page works in, so it has a name of its own.
"""

from django.urls import include, path

from wizard.views.accounts import add, changes, imports, page, plan

_account = [
    path("", page.account_detail, name="account-detail"),
    path("role/", add.account_role, name="account-role"),
    path("edit/", changes.account_edit, name="account-edit"),
    path("test/", changes.account_test, name="account-test"),
    path("disable/", changes.account_disable, name="account-disable"),
    path("enable/", changes.account_enable, name="account-enable"),
    path("remove/", changes.account_remove, name="account-remove"),
]

_plan = [
    path("", plan.account_plan, name="account-plan"),
    path("role/", plan.account_plan_role, name="account-plan-role"),
    path("add/", plan.account_plan_add, name="account-plan-add"),
    path("list/", plan.account_plan_list, name="account-plan-list"),
    path("stop/", plan.account_plan_stop, name="account-plan-stop"),
    path("retry/", plan.account_plan_retry, name="account-plan-retry"),
]

urlpatterns = [
    path("", page.account_list, name="account-list"),
    path("add/", add.account_add, name="account-add"),
    path("import/", imports.account_import, name="account-import"),
    path("organization/", imports.account_organization, name="account-organization"),
    path("imports/<uuid:account_import_id>/", include(_plan)),
    path("<account:managed_id>/", include(_account)),
]
