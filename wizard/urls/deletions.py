"""Deletions of several rules, over the Regions of an account."""

from django.urls import path

from wizard.views.deletions import page, progress

urlpatterns = [
    path("<uuid:deletion_id>/", page.deletion_detail, name="deletion-detail"),
    path("<uuid:deletion_id>/progress/", progress.deletion_progress, name="deletion-progress"),
    path("<uuid:deletion_id>/retry/", page.deletion_retry, name="deletion-retry"),
]
