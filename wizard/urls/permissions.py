"""The permissions of the console's own credentials in a Region."""

from django.urls import path

from wizard.views import permission_check, permissions

urlpatterns = [
    path("", permissions.permission_list, name="permission-list"),
    path("check/", permission_check.permission_check, name="permission-check"),
]
