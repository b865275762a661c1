"""The project's URLs: the console at the root, and Django's admin."""

from django.urls import include, path

from wizard import admin

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("wizard.urls")),
]

handler500 = "wizard.web.trouble.server_error"
