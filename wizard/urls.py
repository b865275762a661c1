"""The console's addresses. Everything that touches AWS names its account and Region."""

from django.urls import include, path, register_converter

from wizard import converters
from wizard.views import (
    bulk_validation,
    copies,
    health,
    home,
    made_secrets,
    overview,
    preview,
    rule_deletion,
    rule_detail,
    rule_edit,
    rules,
    secrets,
    sign_in,
    wizard,
)

register_converter(converters.AccountIdConverter, "account")
register_converter(converters.RegionConverter, "region")
register_converter(converters.PrefixConverter, "prefix")
register_converter(converters.DraftIdConverter, "draft")
register_converter(converters.SecretConverter, "secret")

_at_target = [
    path("rules/", rules.rule_list, name="rule-list"),
    path(
        "rules/<prefix:ecr_repository_prefix>/validate/",
        rules.rule_validate,
        name="rule-validate",
    ),
    path("rules/<prefix:ecr_repository_prefix>/health/", health.rule_health, name="rule-health"),
    path("health/", health.region_health, name="region-health"),
    path("overview-section/", overview.overview_section, name="overview-section"),
    path(
        "rules/<prefix:ecr_repository_prefix>/details/",
        rule_detail.rule_detail,
        name="rule-detail",
    ),
    path("rules/<prefix:ecr_repository_prefix>/edit/", rule_edit.rule_edit, name="rule-edit"),
    path("rules/<prefix:ecr_repository_prefix>/clone/", wizard.rule_clone, name="rule-clone"),
    path("rules/<prefix:ecr_repository_prefix>/copy/", copies.rule_copy, name="rule-copy"),
    path(
        "rules/<prefix:ecr_repository_prefix>/delete/",
        rules.rule_delete,
        name="rule-delete",
    ),
    path("secrets/", secrets.secret_list, name="secret-list"),
    path("new-secret/", secrets.secret_create, name="secret-create"),
    path(
        "secrets/<secret:secret>/value/",
        secrets.secret_replace_value,
        name="secret-replace-value",
    ),
    path("secrets/<secret:secret>/delete/", secrets.secret_delete, name="secret-delete"),
    path("secrets/<secret:secret>/restore/", secrets.secret_take_back, name="secret-take-back"),
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

_at_account = [
    path("validations/", bulk_validation.bulk_validation_list, name="bulk-validation-create"),
    path(
        "validations/<uuid:bulk_id>/",
        bulk_validation.bulk_validation_detail,
        name="bulk-validation-detail",
    ),
    path(
        "validations/<uuid:bulk_id>/cancel/",
        bulk_validation.bulk_validation_cancel,
        name="bulk-validation-cancel",
    ),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("preferences/", home.preferences, name="preferences"),
    path("table-preferences/", home.table_preferences, name="table-preferences"),
    path("sign-in/", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="sign-out"),
    path("<account:account_id>/rules/delete/", rule_deletion.rules_delete, name="rules-delete"),
    path("<account:account_id>/copies/<uuid:copy_id>/", copies.copy_detail, name="copy-detail"),
    path("<account:account_id>/rules/", overview.rule_overview, name="rule-overview"),
    path("<account:account_id>/", include(_at_account)),
    path("<account:account_id>/<region:region>/", include(_at_target)),
]
