"""A process that makes a single change and stops at a point of it: `... changing ACTION POINT`.

The points are before the `intent` and before the `result` of the audit trail, and before the `call`
of AWS. There it writes a line and waits to be killed from outside. At the point `none` it never
stops.
"""

import signal
import sys
from typing import Any
from unittest.mock import patch

import django
from botocore.endpoint import Endpoint

from tests.faults.killed import Execute

ROWS = {"intent": 1, "result": 2}


class Stop:
    """Stops before the Nth audit row."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "wizard_auditevent"'):
            self.left -= 1
            if self.left == 0:
                stop()
        return execute(sql, params, many, context)


def stop() -> None:
    sys.stdout.write("stopped\n")
    sys.stdout.flush()
    signal.pause()


def main(action: str, point: str) -> None:
    django.setup()
    from django.db import connection

    from tests.faults.test_cut_off_changes import CHANGES

    send = Endpoint.make_request

    def stopping(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if point == "call" and operation_model.name == action:
            stop()
        return send(self, operation_model, request_dict)

    with (
        connection.execute_wrapper(Stop(ROWS.get(point, 0))),
        patch.object(Endpoint, "make_request", stopping),
    ):
        CHANGES[action]()


if __name__ == "__main__":
    main(*sys.argv[1:])
