"""The AWS accounts of the console, as administrators manage them.

The account of these addresses is not the one that a page works in, so it has a name of its own.
"""

from django.urls import include, path

from wizard.views.accounts import add, changes, page

_account = [
    path("", page.account_detail, name="account-detail"),
    path("role/", add.account_role, name="account-role"),
    path("edit/", changes.account_edit, name="account-edit"),
    path("test/", changes.account_test, name="account-test"),
    path("disable/", changes.account_disable, name="account-disable"),
    path("enable/", changes.account_enable, name="account-enable"),
    path("remove/", changes.account_remove, name="account-remove"),
]

urlpatterns = [
    path("", page.account_list, name="account-list"),
    path("add/", add.account_add, name="account-add"),
    path("<account:managed_id>/", include(_account)),
]
