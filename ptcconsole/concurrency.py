"""How many tasks of each queue a background worker does at once: WORKER_CONCURRENCY."""

from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ImproperlyConfigured

# What a worker does without the setting. A person's work comes first in this list, and no queue
# waits for another one. Tasks wait for AWS nearly all of their time.
DEFAULTS: Final[Mapping[str, int]] = {
    "operations": 2,
    "validations": 2,
    "accounts": 2,
    "schedules": 1,
    "sweeps": 2,
    "alerts": 1,
}
# Each takes a connection to the database while it runs.
MOST: Final = 64


def of_queues(text: str) -> dict[str, int]:
    """Read `operations=4,sweeps=0`: the named queues differ from the defaults.

    Raises ImproperlyConfigured for another queue or number, and if no queue is left.
    """
    found = dict(DEFAULTS)
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, number = (each.strip() for each in part.partition("="))
        if name not in DEFAULTS or not number.isdecimal() or int(number) > MOST:
            raise ImproperlyConfigured(
                f"The console does not start: WORKER_CONCURRENCY has {part!r}. It takes the names"
                f" {', '.join(DEFAULTS)}, each with a number from 0 to {MOST}, as in"
                " operations=4,sweeps=0."
            )
        found[name] = int(number)
    if not any(found.values()):
        raise ImproperlyConfigured(
            "The console does not start: WORKER_CONCURRENCY leaves no queue to the worker."
        )
    return found
