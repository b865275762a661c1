"""How many messages wait in the queues of the broker, where Celery is the engine."""

import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django_tasks import task_backends

log = logging.getLogger(__name__)


def waiting_messages() -> Mapping[str, int] | None:
    """Return the length of each queue; None if the broker does not answer."""
    backend: Any = task_backends["default"]
    try:
        lengths: Mapping[str, int] = backend.queue_lengths()
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own
        # Without the text of the error, which may contain the address of the broker.
        log.warning("The broker does not tell its queues (%s)", type(error).__name__)
        return None
    return {name: lengths[name] for name in settings.TASKS["default"]["QUEUES"]}
