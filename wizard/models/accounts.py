"""The AWS accounts of the console: external IDs, sweeps, calls, closed Regions, and imports."""

import uuid

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Target
from wizard.domain.errors import AwsError, recorded_error
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField, KeptJSONField, KeptTextField


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


class Sweep(HeldRow):
    """The sweep of an account that the console may work in.

    The lease is that of the worker that reads. The results are those of the last sweep that ended.
    """

    account_id = models.CharField(_("account"), max_length=12, primary_key=True)
    due_at = models.DateTimeField(_("next sweep"))
    # Until when its task counts as queued; empty once the task has begun.
    queued_until = models.DateTimeField(null=True, blank=True)
    # When a person ordered this sweep; empty once it has ended.
    ordered_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("last sweep"), null=True, blank=True)
    # How many of the last sweeps failed in a row. Each doubles the interval.
    failures = models.PositiveSmallIntegerField(default=0)
    # Why the last one failed, or why it is to be slower; empty if nothing is wrong.
    error_record = KeptJSONField(null=True, blank=True)
    regions_read = models.PositiveSmallIntegerField(default=0)
    # The error of each Region that was not read.
    failed_regions = KeptJSONField(default=dict, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["account_id"]
        indexes = [models.Index(fields=["due_at"], name="sweeps_by_due_time")]

    def __str__(self) -> str:
        return self.account_id

    @property
    def error(self) -> AwsError | None:
        """Why the last sweep failed, or None."""
        return recorded_error(self.error_record) if self.error_record else None


class CallSlot(models.Model):
    """A call at once that background work may make in an account and Region, while it is held.

    Without a number, the holder waits for one.
    """

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    # A random text of the process that makes the calls, and until when it counts as alive.
    holder = models.CharField(max_length=32)
    until = models.DateTimeField()
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "number"], name="one_holder_per_call_slot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}: {self.number}"


class ClosingReason(models.TextChoices):
    """Why a Region is closed."""

    POLICY = "policy", _("A service control policy denies it")
    NOT_ENABLED = "not-enabled", _("The Region isn't enabled")


class ClosedRegion(models.Model):
    """A Region whose list of rules AWS refuses for a reason that is of the Region.

    The row is deleted as soon as the list is read.
    """

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    reason = models.CharField(max_length=16, choices=ClosingReason.choices)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()
    error_record = KeptJSONField()

    class Meta:
        default_permissions = ()
        ordering = ["region"]
        constraints = [
            models.UniqueConstraint(fields=["account_id", "region"], name="one_closed_region")
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.reason}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)

    @property
    def error(self) -> AwsError:
        """What AWS answered."""
        return recorded_error(self.error_record)


class AccountImport(HeldRow):
    """A list of accounts that a person imports. It is a plan until its accounts are tested.

    The lease is that of the worker that tests and adds its accounts. `actor` ordered that last.
    """

    import_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    actor = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # The role of accounts of an organization: its name, or its ARN with `{account_id}`.
    role = models.CharField(max_length=512, blank=True)
    # Whether the organization has more accounts, and where its list goes on.
    is_listing = models.BooleanField(default=False)
    next_token = KeptTextField(blank=True)
    error_record = KeptJSONField(null=True, blank=True)
    # When the background tests and adds the next accounts; empty if nobody ordered it.
    due_at = models.DateTimeField(null=True, blank=True)
    # Why none could be tested the last time.
    delay_record = KeptJSONField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.import_id)

    @property
    def error(self) -> AwsError | None:
        """Why the organization could not be listed, or None."""
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def delay(self) -> AwsError | None:
        """Why no account could be tested the last time, or None."""
        return recorded_error(self.delay_record) if self.delay_record else None


class PlannedState(models.TextChoices):
    """What becomes of an account of a list."""

    PLANNED = "planned", _("To add")
    EXISTS = "exists", _("Already added")
    REFUSED = "refused", _("Can't be added")
    ADDED = "added", _("Added")
    FAILED = "failed", _("Failed")


class PlannedAccount(models.Model):
    """An account of a list: as it was read, and what became of it."""

    of_import = models.ForeignKey(AccountImport, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    account_id = KeptCharField(max_length=32)
    alias = KeptCharField(max_length=64, blank=True)
    owner = KeptCharField(max_length=128, blank=True)
    role_arn = KeptCharField(max_length=2048, blank=True)
    regions = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=PlannedState.choices)
    # Why the account is refused, as a code of `domain/account_lists.py`.
    problem = models.CharField(max_length=20, blank=True)
    error_record = KeptJSONField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["of_import", "position"], name="one_planned_account_per_position"
            ),
        ]

    def __str__(self) -> str:
        return self.account_id

    @property
    def error(self) -> AwsError | None:
        """Why the last test failed, or None."""
        return recorded_error(self.error_record) if self.error_record else None
