"""People at the console: what they may do where, ways in, how they want their tables."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain.roles import Role


class SignInLink(models.Model):
    """A one-time way in. Only the digest of the link's token is kept."""

    token_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user}: {self.expires_at:%Y-%m-%d %H:%M}"


class TablePreference(models.Model):
    """How a person wants tables of rules: rows on a page, and the columns left out."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    page_size = models.PositiveSmallIntegerField()
    hidden_columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user}: {self.page_size}"


class Grant(models.Model):
    """A role of a person at an account and Region; an empty one of the two means all of them."""

    ROLES = [
        (Role.VIEWER.value, _("Viewer")),
        (Role.OPERATOR.value, _("Operator")),
        (Role.ADMINISTRATOR.value, _("Administrator")),
    ]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants"
    )
    role = models.CharField(max_length=16, choices=ROLES)
    account_id = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user", "account_id", "region"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "account_id", "region"], name="one_grant_per_place"
            ),
            # Who administers people does so for the whole console.
            models.CheckConstraint(
                condition=~models.Q(role=Role.ADMINISTRATOR.value)
                | models.Q(account_id="", region=""),
                name="administrators_everywhere",
            ),
            # A Region is a Region of one account.
            models.CheckConstraint(
                condition=models.Q(region="") | ~models.Q(account_id=""),
                name="region_of_an_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} {self.account_id}/{self.region}"
