"""The last-known rules, their secrets and numbers, and when each Region was last read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Rule, Target
from wizard.domain.errors import AwsError, recorded_error
from wizard.models.kept import KeptCharField, KeptJSONField, KeptTextField


class RuleStatus(models.TextChoices):
    """The result of a rule's last validation."""

    VALID = "valid", _("Valid")
    FAILED = "failed", _("Failed")
    NOT_VALIDATED = "not-validated", _("Not validated")


_EXISTS = models.Q(gone_since__isnull=True)


class LastKnownRule(models.Model):
    """A rule as last read from AWS. It is displayed when its Region does not answer.

    Registry, status and reason are kept in columns, because the pages of all accounts filter and
    count by them. None of the indexes has a column that each reading writes.
    """

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
    # The key of the catalogue's entry, or AWS's value that the catalogue lacks.
    registry_key = KeptCharField(_("registry"), max_length=64, blank=True, default="")
    # The last validation of this rule; the key of its reason and AWS's message if it failed.
    status = models.CharField(
        _("status"), max_length=16, choices=RuleStatus, default=RuleStatus.NOT_VALIDATED
    )
    validated_at = models.DateTimeField(_("last validated"), null=True, blank=True)
    failure_key = models.CharField(_("reason"), max_length=32, blank=True, default="")
    failure = KeptTextField(_("failure"), blank=True, default="")

    class Meta:
        verbose_name = _("last-known rule")
        verbose_name_plural = _("last-known rules")
        ordering = ["account_id", "region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "ecr_repository_prefix"], name="one_rule_per_prefix"
            )
        ]
        indexes = [
            models.Index(
                fields=["status", "account_id", "region", "ecr_repository_prefix"],
                name="rules_by_status",
                condition=_EXISTS,
            ),
            models.Index(
                fields=["registry_key", "account_id", "region", "ecr_repository_prefix"],
                name="rules_by_registry",
                condition=_EXISTS,
            ),
            models.Index(
                fields=["ecr_repository_prefix", "account_id", "region"],
                name="rules_by_prefix",
                condition=_EXISTS,
            ),
            models.Index(
                fields=["upstream_registry_url", "account_id", "region"],
                name="rules_by_url",
                condition=_EXISTS,
            ),
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


class LeftOut(models.TextChoices):
    """Why the pages of all accounts leave a Region of an account out, unless asked for it."""

    DISABLED = "disabled", _("The account is disabled")
    REMOVED = "removed", _("The account was removed")
    UNUSED = "unused", _("The Region isn't in use")
    CLOSED = "closed", _("The Region is closed to the account")


class RegionReading(models.Model):
    """When the complete list of a Region's rules was last read, and why the last reading failed.

    `read_at` is empty for a Region that was never read. `failed_at` is empty if the last reading
    succeeded. The numbers are those of its last-known rules by status, written together with them
    (`services/rule_numbers.py`). `left_out` says why nothing of the Region is counted.
    """

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    read_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error_record = KeptJSONField(null=True, blank=True)
    valid = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    not_validated = models.PositiveIntegerField(default=0)
    left_out = models.CharField(max_length=10, choices=LeftOut, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "region"], name="one_reading_per_region")
        ]
        indexes = [
            models.Index(
                fields=["account_id", "region"],
                name="left_out_regions",
                condition=~models.Q(left_out=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.read_at:%Y-%m-%d %H:%M}" if self.read_at else self.region

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)

    @property
    def error(self) -> AwsError | None:
        """Why the last reading failed, or None."""
        return recorded_error(self.error_record) if self.error_record else None


class FleetCount(models.Model):
    """How many rules of a registry an account and Region had, from `since` until before `until`.

    Counts seldom change from one day to the next, so a row holds for many. The sum for a day is
    that of the rows that began by then less those that had ended. `until` is empty for the counts
    that hold now, which are written together with the rules.
    """

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    registry_key = models.CharField(max_length=64, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    valid = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    not_validated = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "registry_key", "since"], name="one_count_per_day"
            )
        ]
        indexes = [
            models.Index(fields=["until"], name="counts_by_end"),
            models.Index(
                fields=["registry_key", "account_id", "region"],
                name="counts_of_today",
                condition=models.Q(until__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}: {self.since}"


class CountedDay(models.Model):
    """A day on which the rules were counted, and when last."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}"
