"""People at the console: what they may do where, ways in, how they want their tables."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wizard.domain.grants import Role


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


class SignInWay(models.TextChoices):
    """How somebody proved who they are."""

    PASSWORD = "password", _("Password")
    LINK = "link", _("One-time link")
    SINGLE_SIGN_ON = "sso", _("Single sign-on")


class LiveSession(models.Model):
    """A session of somebody who signed in. It ends when this row goes.

    The session's data holds the row's id; nothing here leads to the session's key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_sessions"
    )
    created_at = models.DateTimeField()
    # Written once a minute at most.
    seen_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=16, choices=SignInWay.choices)

    class Meta:
        ordering = ["-seen_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {self.created_at:%Y-%m-%d %H:%M}"


class ExternalIdentity(models.Model):
    """Who a person is at the single sign-on provider: never their e-mail address, which changes."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identity"
    )
    # When the provider last said that this is the person.
    signed_in_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.issuer}"

    @property
    def grants_until(self) -> datetime:
        """Until when grants by the provider's groups hold, unless the person comes again."""
        return self.signed_in_at + timedelta(hours=settings.OIDC_GRANTS_HOURS)


class ApiToken(models.Model):
    """A person's token for scripts: shown once, kept as a digest, limited by scopes and grants."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    # The token's first characters, to tell one from another.
    prefix = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
