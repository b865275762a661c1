"""The last-known rules, what is known of their secrets, and when each Region was last read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Rule, Target
from wizard.models.kept import KeptCharField


class LastKnownRule(models.Model):
    """A rule as last read from AWS. It is displayed when its Region does not answer."""

    account_id = models.CharField(_("account"), max_length=12)
    region = models.CharField(_("Region"), max_length=32)
    ecr_repository_prefix = KeptCharField(_("prefix"), max_length=30)
    upstream_registry_url = KeptCharField(_("upstream URL"), max_length=255)
    upstream_registry = KeptCharField(_("upstream registry"), max_length=64, blank=True)
    upstream_repository_prefix = KeptCharField(_("upstream prefix"), max_length=30, blank=True)
    credential_arn = KeptCharField(_("credential"), max_length=612, blank=True)
    custom_role_arn = KeptCharField(_("role"), max_length=2048, blank=True)
    created_at = models.DateTimeField(_("created"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    # When a complete list of the Region first lacked it; empty while it exists.
    gone_since = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("last-known rule")
        verbose_name_plural = _("last-known rules")
        ordering = ["account_id", "region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "ecr_repository_prefix"], name="one_rule_per_prefix"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region})"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)

    @property
    def rule(self) -> Rule:
        """Return the rule as a domain value."""
        return Rule(
            ecr_repository_prefix=self.ecr_repository_prefix,
            upstream_registry_url=self.upstream_registry_url,
            registry_id=self.account_id,
            created_at=self.created_at,
            updated_at=self.updated_at,
            upstream_registry=self.upstream_registry or None,
            credential_arn=self.credential_arn or None,
            custom_role_arn=self.custom_role_arn or None,
            upstream_repository_prefix=self.upstream_repository_prefix or None,
        )


class KnownSecret(models.Model):
    """What AWS last said of an ARN that rules have as their secret."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    arn = KeptCharField(max_length=612)
    # The name that AWS gave; it stays when the secret is gone.
    name = KeptCharField(max_length=512, blank=True)
    # When AWS first answered that no secret has this ARN; empty while one has.
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "arn"], name="one_secret_per_arn"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.arn} ({self.region})"


class RegionReading(models.Model):
    """When the complete list of a Region's rules was last read."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "region"], name="one_reading_per_region")
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.read_at:%Y-%m-%d %H:%M}"
