"""Starting a confirmed clean-up: once, and while its preview is recent."""

from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.domain import Role
from wizard.models import CleanUp
from wizard.services import access, held
from wizard.services.cleanups.running import clean_all

# An older preview is made again: what it says is compared once more, but the criteria are in days.
VALID_FOR: Final = timedelta(hours=1)


def is_recent(cleanup: CleanUp) -> bool:
    """Whether the preview can still be confirmed."""
    return cleanup.created_at > timezone.now() - VALID_FOR


def start(*, cleanup: CleanUp, actor: User) -> bool:
    """Delete what the preview says; False if it was started before or is too old.

    Raises NotPermitted.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=cleanup.target)  # guard: Z2
    waiting = CleanUp.objects.filter(
        pk=cleanup.pk,
        started_at__isnull=True,  # guard: W1
        created_at__gt=timezone.now() - VALID_FOR,
    )
    if waiting.update(started_at=timezone.now(), actor=actor, **held.started()) != 1:
        return False
    cleanup.refresh_from_db()
    clean_all(cleanup, list(cleanup.batches.all()))
    return True
