"""Clean-ups of cached images in a Region."""

from django.urls import path

from wizard.views.cleanups import create, page, progress

urlpatterns = [
    path("new/", create.cleanup_create, name="cleanup-create"),
    path("<uuid:cleanup_id>/", page.cleanup_detail, name="cleanup-detail"),
    path("<uuid:cleanup_id>/progress/", progress.cleanup_progress, name="cleanup-progress"),
    path("<uuid:cleanup_id>/retry/", page.cleanup_retry, name="cleanup-retry"),
]
