"""The wizard: drafts, their steps, and Create."""

from django.urls import include, path

from wizard.views.operations import progress
from wizard.views.wizard import begin, confirm, leave, made_secrets, preview, regions, steps

# The fixed names come first: a step's name is any slug.
_draft = [
    path("create/", confirm.draft_confirm, name="draft-confirm"),
    path("progress/", progress.draft_progress, name="draft-progress"),
    path("regions/", regions.draft_regions, name="draft-regions"),
    path("cancel/", leave.draft_cancel, name="draft-cancel"),
    path("plan/", preview.draft_plan, name="draft-plan"),
    path("restore-secret/", made_secrets.secret_restore, name="secret-restore"),
    path("discard-secret/", made_secrets.secret_discard, name="secret-discard"),
    path("<slug:step>/preview/", preview.draft_preview, name="draft-preview"),
    path("<slug:step>/", steps.draft_step, name="draft-step"),
]

urlpatterns = [
    path("", begin.draft_create, name="draft-create"),
    path("<draft:draft_id>/", include(_draft)),
]
