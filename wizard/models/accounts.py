"""The AWS accounts that the console works in by a role, and the external ID of each."""

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain.errors import AwsError, recorded_error
from wizard.models.kept import KeptJSONField


class ExternalId(models.Model):
    """The external ID with which the console assumes the role of an account.

    The server makes it before the role exists, because the role's trust policy contains it. It is
    never edited, and stays when the account is removed, so that no other account gets it.
    """

    account_id = models.CharField(max_length=12, primary_key=True)
    value = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.account_id


class Account(models.Model):
    """An account that people can choose.

    The account of the console's own credentials needs no row. If it has one, for its alias, owner
    and Regions, that has no role. History names accounts by their ID and outlives the row.
    """

    account_id = models.CharField(_("account ID"), max_length=12, primary_key=True)
    alias = models.CharField(_("alias"), max_length=64, blank=True)
    owner = models.CharField(_("owner"), max_length=128, blank=True)
    # Empty for the account of the console's own credentials.
    role_arn = models.CharField(_("role"), max_length=2048, blank=True)
    # The codes of the Regions in use; empty means those of the setting for all accounts.
    regions = models.JSONField(_("Regions in use"), default=list, blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    added_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    # The last test of the role, and what failed in it; empty if nothing did.
    tested_at = models.DateTimeField(_("last test"), null=True, blank=True)
    error_record = KeptJSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["alias", "account_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["role_arn"], condition=~models.Q(role_arn=""), name="one_account_per_role"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The alias with the ID, or the ID alone."""
        return f"{self.alias} ({self.account_id})" if self.alias else self.account_id

    @property
    def error(self) -> AwsError | None:
        """Why the last test failed, or None."""
        return recorded_error(self.error_record) if self.error_record else None
