"""The console's addresses, a module per area. What touches AWS names its account and Region."""

from django.urls import include, path, register_converter

from wizard.views import account_switch, audit, home, readiness, search, table_preferences
from wizard.views import help as help_pages
from wizard.web import converters

register_converter(converters.AccountIdConverter, "account")
register_converter(converters.RegionConverter, "region")
register_converter(converters.PrefixConverter, "prefix")
register_converter(converters.DraftIdConverter, "draft")
register_converter(converters.SecretConverter, "secret")

_at_region = [
    path("", include("wizard.urls.rules")),
    path("", include("wizard.urls.repositories")),
    path("", include("wizard.urls.secrets")),
    path("", include("wizard.urls.templates")),
    path("drafts/", include("wizard.urls.drafts")),
    path("permissions/", include("wizard.urls.permissions")),
    path("client-configuration/", include("wizard.urls.clients")),
    path("operations/", include("wizard.urls.operations")),
    path("lifecycle-previews/", include("wizard.urls.lifecycle")),
    path("clean-ups/", include("wizard.urls.cleanups")),
    path("pull-time-update-exclusions/", include("wizard.urls.pull_times")),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", readiness.liveness, name="liveness"),
    path("readyz", readiness.readiness, name="readiness"),
    path("preferences/", home.preferences, name="preferences"),
    path("table-preferences/", table_preferences.table_preferences, name="table-preferences"),
    path("search/", search.search, name="search"),
    path("switch-account/", account_switch.account_switch, name="account-switch"),
    path("help/", help_pages.help_index, name="help"),
    path("help/<slug:topic>/", help_pages.help_topic, name="help-topic"),
    path("fleet/", include("wizard.urls.fleet")),
    path("api/", include("wizard.urls.api")),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.audit_export, name="audit-export"),
    path("", include("wizard.urls.sign_in")),
    path("account/", include("wizard.urls.own_account")),
    path("people/", include("wizard.urls.people")),
    path("accounts/", include("wizard.urls.accounts")),
    path("<account:account_id>/", include("wizard.urls.account")),
    path("<account:account_id>/<region:region>/", include(_at_region)),
]
