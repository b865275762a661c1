"""Refusals of a person that are counted at present, before their number becomes an audit row."""

from django.db import models


class RefusalCount(models.Model):
    """The repetitions of a refusal: the same person, the same needed role, the same place."""

    # No foreign key: the audit row is written even when the person is deleted meanwhile.
    user_id = models.BigIntegerField(default=0)
    needed = models.CharField(max_length=32, blank=True)
    account_id = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=32, blank=True)
    username = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    way = models.CharField(max_length=16)
    place = models.CharField(max_length=100, blank=True)
    began_at = models.DateTimeField(db_index=True)
    repeats = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)
    last_subject = models.CharField(max_length=700, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "needed", "account_id", "region"], name="one_refusal_count"
            )
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.needed} {self.account_id} {self.region}: {self.repeats}"
