"""A Region's previews of lifecycle policies."""

from django.urls import path

from wizard.views import lifecycle

urlpatterns = [
    path("", lifecycle.lifecycle_preview_create, name="lifecycle-preview-create"),
    path(
        "<prefix:repository>/", lifecycle.lifecycle_preview_detail, name="lifecycle-preview-detail"
    ),
]
