"""The console's addresses. Everything that touches AWS names its account and Region."""

from django.urls import include, path, register_converter

from wizard import converters
from wizard.views import (
    home,
    made_secrets,
    overview,
    preview,
    rule_detail,
    rule_edit,
    rules,
    sign_in,
    wizard,
)

register_converter(converters.AccountIdConverter, "account")
register_converter(converters.RegionConverter, "region")
register_converter(converters.PrefixConverter, "prefix")
register_converter(converters.DraftIdConverter, "draft")

_at_target = [
    path("rules/", rules.rule_list, name="rule-list"),
    path(
        "rules/<prefix:ecr_repository_prefix>/validate/",
        rules.rule_validate,
        name="rule-validate",
    ),
    path("overview-section/", overview.overview_section, name="overview-section"),
    path(
        "rules/<prefix:ecr_repository_prefix>/details/",
        rule_detail.rule_detail,
        name="rule-detail",
    ),
    path("rules/<prefix:ecr_repository_prefix>/edit/", rule_edit.rule_edit, name="rule-edit"),
    path("rules/<prefix:ecr_repository_prefix>/clone/", wizard.rule_clone, name="rule-clone"),
    path(
        "rules/<prefix:ecr_repository_prefix>/delete/",
        rules.rule_delete,
        name="rule-delete",
    ),
    path("drafts/", wizard.draft_create, name="draft-create"),
    path("drafts/<draft:draft_id>/create/", wizard.draft_confirm, name="draft-confirm"),
    path("drafts/<draft:draft_id>/cancel/", wizard.draft_cancel, name="draft-cancel"),
    path("drafts/<draft:draft_id>/copy/", wizard.draft_copy, name="draft-copy"),
    path("drafts/<draft:draft_id>/plan/", preview.draft_plan, name="draft-plan"),
    path(
        "drafts/<draft:draft_id>/restore-secret/",
        made_secrets.secret_restore,
        name="secret-restore",
    ),
    path(
        "drafts/<draft:draft_id>/discard-secret/",
        made_secrets.secret_discard,
        name="secret-discard",
    ),
    path(
        "drafts/<draft:draft_id>/<slug:step>/preview/",
        preview.draft_preview,
        name="draft-preview",
    ),
    path("drafts/<draft:draft_id>/<slug:step>/", wizard.draft_step, name="draft-step"),
    path("operations/<uuid:operation_id>/", wizard.operation_detail, name="operation-detail"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("preferences/", home.preferences, name="preferences"),
    path("sign-in/", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="sign-out"),
    path("<account:account_id>/rules/", overview.rule_overview, name="rule-overview"),
    path("<account:account_id>/<region:region>/", include(_at_target)),
]
