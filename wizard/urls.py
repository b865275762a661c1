"""The URLconf. Every address that calls AWS contains an account, and a Region if it has one."""

from django.urls import include, path, register_converter

from wizard.views import (
    account,
    audit,
    bulk_validation,
    further_regions,
    health,
    home,
    made_secrets,
    operations,
    overview,
    people,
    preview,
    rule_deletion,
    rule_detail,
    rule_edit,
    rules,
    secrets,
    sign_in,
    single_sign_on,
    wizard,
)
from wizard.web import converters

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
    path("drafts/<draft:draft_id>/regions/", further_regions.draft_regions, name="draft-regions"),
    path("drafts/<draft:draft_id>/cancel/", wizard.draft_cancel, name="draft-cancel"),
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
    path(
        "operations/<uuid:operation_id>/complete/",
        operations.operation_complete,
        name="operation-complete",
    ),
    path(
        "operations/<uuid:operation_id>/clean-up/",
        operations.operation_clean_up,
        name="operation-clean-up",
    ),
]

_at_account = [
    path("operations/", operations.operation_list, name="operation-list"),
    path("operations/<uuid:batch_id>/", operations.batch_detail, name="batch-detail"),
    path("operations/<uuid:batch_id>/retry/", operations.batch_retry, name="batch-retry"),
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

_own_account = [
    path("", account.account, name="account"),
    path("password/", account.password_change, name="password-change"),
    path("sessions/end/", account.own_sessions_end, name="own-sessions-end"),
    path("sessions/<uuid:session_id>/end/", account.own_session_end, name="own-session-end"),
    path("tokens/new/", account.api_token_create, name="api-token-create"),
    path("tokens/<int:token_id>/revoke/", account.api_token_revoke, name="api-token-revoke"),
]

_people = [
    path("", people.people_list, name="people"),
    path("add/", people.person_add, name="person-add"),
    path("<int:user_id>/", people.person_detail, name="person"),
    path("<int:user_id>/grant/", people.grant_give, name="grant-give"),
    path("<int:user_id>/take-grant/", people.grant_take, name="grant-take"),
    path("<int:user_id>/disable/", people.person_disable, name="person-disable"),
    path("<int:user_id>/enable/", people.person_enable, name="person-enable"),
    path("<int:user_id>/link/", people.person_link, name="person-link"),
    path("<int:user_id>/end-sessions/", people.person_sessions_end, name="person-sessions-end"),
    path(
        "<int:user_id>/tokens/<int:token_id>/revoke/",
        people.person_token_revoke,
        name="person-token-revoke",
    ),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("preferences/", home.preferences, name="preferences"),
    path("table-preferences/", home.table_preferences, name="table-preferences"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.audit_export, name="audit-export"),
    path("sign-in/", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="sign-out"),
    path("single-sign-on/", single_sign_on.single_sign_on_start, name="single-sign-on"),
    path(
        "single-sign-on/callback/",
        single_sign_on.single_sign_on_callback,
        name="single-sign-on-callback",
    ),
    path("confirm-identity/", sign_in.confirm_identity, name="confirm-identity"),
    path("account/", include(_own_account)),
    path("people/", include(_people)),
    path("<account:account_id>/rules/delete/", rule_deletion.rules_delete, name="rules-delete"),
    path("<account:account_id>/rules/", overview.rule_overview, name="rule-overview"),
    path("<account:account_id>/", include(_at_account)),
    path("<account:account_id>/<region:region>/", include(_at_target)),
]
