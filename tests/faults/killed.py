"""A process that confirms a wizard and then kills itself: `python -m tests.faults.killed N`.

It kills itself as `kill -9` does, immediately before it writes its Nth audit row: the secret's
intent (1) or result (2), the rule's intent (3) or result (4). With 0 it runs until it is killed
from outside.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

Execute = Callable[[str, Any, bool, Any], Any]


class Fuse:
    """Burns down with each audit row."""

    def __init__(self, length: int) -> None:
        self.left = length

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "wizard_auditevent"'):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    def watch_new_connections(self) -> None:
        """Burn on the connections of all threads, which are opened from now on."""
        from django.db.backends.signals import connection_created

        def attach(connection: Any, **_more: object) -> None:
            connection.execute_wrappers.append(self)

        connection_created.connect(attach, weak=False)


def main() -> None:
    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection

    from tests.faults.drafts import CREDENTIAL, confirm, docker_hub

    actor = User.objects.get(username="ada")
    with connection.execute_wrapper(Fuse(int(sys.argv[1]))):
        confirm(docker_hub(), credential=CREDENTIAL, actor=actor)


if __name__ == "__main__":
    main()
