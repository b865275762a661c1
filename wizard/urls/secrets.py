"""A Region's secrets. A name may contain slashes, so that each address is matched as a whole."""

from django.urls import path

from wizard.views import secret_list, secrets

_SECRET = "secrets/<secret:secret>"  # noqa: S105 - part of an address

urlpatterns = [
    path("secrets/", secret_list.secret_list, name="secret-list"),
    path("new-secret/", secrets.secret_create, name="secret-create"),
    path(f"{_SECRET}/value/", secrets.secret_replace_value, name="secret-replace-value"),
    path(f"{_SECRET}/delete/", secrets.secret_delete, name="secret-delete"),
    path(f"{_SECRET}/restore/", secrets.secret_take_back, name="secret-take-back"),
]
