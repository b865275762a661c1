"""People: grants, sign-in links, sessions, external identities, API tokens, preferences."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wizard.domain import Role


class SignInLink(models.Model):
    """A one-time sign-in link. Only the digest of its token is stored."""

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
    """A person's table preferences: rows per page, hidden columns, and the look of rows."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    page_size = models.PositiveSmallIntegerField()
    hidden_columns = models.JSONField(default=list)
    wraps_lines = models.BooleanField(default=True)
    has_stripes = models.BooleanField(default=False)
    is_compact = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user}: {self.page_size}"


class TimeZonePreference(models.Model):
    """The time zone, an IANA name, in which a person is shown times."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="time_zone_preference"
    )
    name = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"


class LanguagePreference(models.Model):
    """The language, a code of the setting LANGUAGES, in which a person is shown pages."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="language_preference"
    )
    code = models.CharField(max_length=16)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {self.code}"


class Grant(models.Model):
    """A role of a person at an account and Region; empty means all of them."""

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
            # Administrators are administrators everywhere.
            models.CheckConstraint(
                condition=~models.Q(role=Role.ADMINISTRATOR.value)
                | models.Q(account_id="", region=""),
                name="administrators_everywhere",
            ),
            # A Region requires an account.
            models.CheckConstraint(
                condition=models.Q(region="") | ~models.Q(account_id=""),
                name="region_of_an_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} {self.account_id}/{self.region}"


class SignInWay(models.TextChoices):
    """How a person authenticated."""

    PASSWORD = "password", _("Password")
    LINK = "link", _("One-time link")
    SINGLE_SIGN_ON = "sso", _("Single sign-on")


class LiveSession(models.Model):
    """A session of a signed-in person. It ends when this row is deleted.

    The session contains the ID of the row. The row contains nothing that leads to the session key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_sessions"
    )
    created_at = models.DateTimeField()
    # Written at most once a minute.
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
    """The identity of a person at the single sign-on provider, by `iss` and `sub`."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identity"
    )
    # The last sign-in at the provider.
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
        """Return when grants of the provider's groups expire without another sign-in."""
        return self.signed_in_at + timedelta(hours=settings.OIDC_GRANTS_HOURS)


class ApiToken(models.Model):
    """A person's API token, stored as a digest, limited by scopes and grants."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    # The first characters of the token, to identify it.
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
