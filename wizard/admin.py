"""Django's admin, read-only: people, groups, and the last-known rules per Region.

`ConsoleAdminSite` redirects to the console's own pages for sign-in, sign-out and passwords, so that
throttling and the audit trail apply. People and grants are changed on those pages only.
"""

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wizard.domain import Role
from wizard.models import LastKnownRule
from wizard.services import access
from wizard.services.bulk_validation import RuleSelection, start_bulk_validation
from wizard.tasks import start_in_background
from wizard.views.sign_in import SignOutView


class ConsoleAdminSite(admin.AdminSite):
    """The admin with the console's sign-in."""

    site_header = _("PTC Console administration")
    site_title = _("PTC Console administration")
    index_title = _("People and last-known rules")

    def has_permission(self, request: HttpRequest) -> bool:
        """Allow administrators of the console; Django's flags `is_staff` etc. do not matter."""
        user = request.user
        return isinstance(user, User) and access.is_administrator(user=user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the console's sign-in; refuse a signed-in person who is no administrator."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            return HttpResponse(_("You do not have access to the administration."), status=403)
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def logout(  # type: ignore[override] # the console's own redirects, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Sign out through the console's view, which is audited."""
        return SignOutView.as_view()(request)

    def password_change(  # type: ignore[override] # Django's own may redirect just as well
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the console's page, which throttles attempts and ends other sessions."""
        return HttpResponseRedirect(reverse("password-change"))


# The lookups that Django's list filters append to the name of their field.
_FILTER_ENDS: Final = ("", "__exact", "__isnull", "__isempty", "__id__exact", "__gte", "__lt")


class _ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A read-only admin that every administrator may see."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow the lookups of `list_filter` only.

        Django's default allows lookups on every local field, such as
        `password__startswith`, which would reveal password hashes step by step.
        """
        fields = (each[0] if isinstance(each, tuple) else each for each in self.list_filter)
        return lookup in {f"{field}{end}" for field in fields for end in _FILTER_ENDS}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)


class PersonAdmin(_ReadOnlyAdmin):
    """A person. People and their grants are changed on the console's page People."""

    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "email")
    fields = ("username", "email", "is_active", "is_superuser", "groups", "last_login")


class GroupAdmin(_ReadOnlyAdmin):
    """A role as a Django group. Its members follow from the grants."""

    fields = ("name",)


class LastKnownRuleAdmin(_ReadOnlyAdmin):
    """The rules as they were last read from AWS. They cannot be changed here."""

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

    @admin.action(description=_("Validate selected"), permissions=["view"])
    def validate_selected(
        self, request: HttpRequest, queryset: QuerySet[LastKnownRule]
    ) -> HttpResponse | None:
        """Start a bulk validation of the selected rules and show its page."""
        chosen = list(queryset.filter(gone_since__isnull=True))
        if not chosen or not isinstance(request.user, User):
            self.message_user(request, _("None of these rules exist."), messages.WARNING)
            return None
        account_id = chosen[0].account_id
        access.check_regions(
            user=request.user,
            role=Role.OPERATOR,
            account_id=account_id,
            codes={row.region for row in chosen},
        )
        bulk, is_new = start_bulk_validation(
            account_id=account_id,
            selections=[
                RuleSelection(region=row.region, ecr_repository_prefix=row.ecr_repository_prefix)
                for row in chosen
                if row.account_id == account_id
            ],
            actor=request.user,
        )
        if is_new:
            start_in_background(bulk)
        kwargs = {"account_id": account_id, "bulk_id": bulk.pk}
        return HttpResponseRedirect(reverse("bulk-validation-detail", kwargs=kwargs))


site = ConsoleAdminSite(name="admin")
site.register(User, PersonAdmin)
site.register(Group, GroupAdmin)
site.register(LastKnownRule, LastKnownRuleAdmin)
