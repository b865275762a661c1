"""Rotations of upstream tokens, over the Regions of an account."""

from django.urls import path

from wizard.views.rotations import actions, listing, page, plan, progress

urlpatterns = [
    path("", listing.rotation_list, name="rotation-list"),
    path("new/", plan.rotation_create, name="rotation-create"),
    path("<uuid:rotation_id>/", page.rotation_detail, name="rotation-detail"),
    path("<uuid:rotation_id>/progress/", progress.rotation_progress, name="rotation-progress"),
    path("<uuid:rotation_id>/complete/", actions.rotation_complete, name="rotation-complete"),
    path("<uuid:rotation_id>/put-back/", actions.rotation_put_back, name="rotation-put-back"),
]
