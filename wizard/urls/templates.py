"""A Region's repository creation templates. A prefix may contain slashes, so that each address is
matched as a whole.
"""

from django.urls import path

from wizard.views.templates import changes, details, listing, regions

_TEMPLATE = "templates/<prefix:prefix>"

urlpatterns = [
    path("templates/", listing.template_list, name="template-list"),
    path("new-template/", changes.template_create, name="template-create"),
    path(f"{_TEMPLATE}/details/", details.template_detail, name="template-detail"),
    path(f"{_TEMPLATE}/edit/", changes.template_edit, name="template-edit"),
    path(f"{_TEMPLATE}/copy/", regions.template_copy, name="template-copy"),
    path(f"{_TEMPLATE}/delete-in-regions/", regions.template_remove, name="template-remove"),
    path(f"{_TEMPLATE}/delete/", changes.template_delete, name="template-delete"),
]
