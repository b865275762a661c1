"""The app's configuration: registers system checks and signal receivers."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WizardConfig(AppConfig):
    name = "wizard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wizard import checks  # noqa: F401 - importing it registers the checks
        from wizard.gate import sessions  # noqa: F401 - importing it connects the signals

        post_migrate.connect(_keep_groups, sender=self)


def _keep_groups(**_kwargs: Any) -> None:
    """Create Django's groups and their members after each `migrate`."""
    from wizard.services.people import keep_groups

    keep_groups()
