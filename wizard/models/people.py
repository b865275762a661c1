"""People at the console: one-time links, and how they want their tables."""

from django.conf import settings
from django.db import models


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
