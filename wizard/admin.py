"""Django's admin: people and groups, and the last-known rules per Region, read-only.

It shares the console's sign-in; `AdminSite` leads there instead of showing a form of its own.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wizard.models import LastKnownRule
from wizard.services.bulk_validation import Scope, start_bulk_validation
from wizard.tasks import run_bulk_validation


class ConsoleAdminSite(admin.AdminSite):
    """The admin with the console's own sign-in."""

    site_header = _("PTC Console administration")
    site_title = _("PTC Console administration")
    index_title = _("People and last-known rules")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the console's sign-in, or, signed in without the right, say so."""
        if request.user.is_authenticated:
            return HttpResponse(_("You may not use the administration."), status=403)
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))


class LastKnownRuleAdmin(admin.ModelAdmin[LastKnownRule]):
    """What the console last saw of each rule. Rules are changed on AWS, never here."""

    list_display = (
        "ecr_repository_prefix",
        "region",
        "upstream_registry",
        "upstream_registry_url",
        "first_seen",
        "last_seen",
        "gone_since",
    )
    list_filter = ("region", "upstream_registry", ("gone_since", admin.EmptyFieldListFilter))
    search_fields = ("ecr_repository_prefix", "upstream_registry_url", "credential_arn")
    list_per_page = 50
    actions = ("validate_selected",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LastKnownRule | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LastKnownRule | None = None) -> bool:
        return False

    @admin.action(description=_("Validate selected"), permissions=["view"])
    def validate_selected(
        self, request: HttpRequest, queryset: QuerySet[LastKnownRule]
    ) -> HttpResponse | None:
        """Validate the chosen rules in the background and go to the page that follows it."""
        chosen = list(queryset.filter(gone_since__isnull=True))
        if not chosen or not isinstance(request.user, User):
            self.message_user(request, _("None of these rules exists any more."), messages.WARNING)
            return None
        account_id = chosen[0].account_id
        bulk, is_new = start_bulk_validation(
            account_id=account_id,
            scopes=[
                Scope(region=row.region, ecr_repository_prefix=row.ecr_repository_prefix)
                for row in chosen
                if row.account_id == account_id
            ],
            actor=request.user,
        )
        if is_new:
            run_bulk_validation.enqueue(str(bulk.pk))
        kwargs = {"account_id": account_id, "bulk_id": bulk.pk}
        return HttpResponseRedirect(reverse("bulk-validation-detail", kwargs=kwargs))


site = ConsoleAdminSite(name="admin")
site.register(User, UserAdmin)
site.register(Group, GroupAdmin)
site.register(LastKnownRule, LastKnownRuleAdmin)
