"""A process that deletes rules and kills itself: `python -m tests.faults.deleting N [call]`.

It works on one rule after the other, and kills itself as `kill -9` does, immediately before it
writes its Nth audit row: the first rule's intent (1) or result (2), the second one's (3, 4). With
`call`, it does so immediately before its Nth call that deletes a rule.
"""

import os
import signal
import sys
from typing import Any

import django
from botocore.endpoint import Endpoint

from tests.faults.killed import Fuse


def die_before_call(number: int, operation: str = "DeletePullThroughCacheRule") -> None:
    send, left = Endpoint.make_request, [number]

    def dying(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.name == operation:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return send(self, operation_model, request_dict)

    setattr(Endpoint, "make_request", dying)  # noqa: B010 - a method


def main(length: int, *, is_before_call: bool) -> None:
    django.setup()
    from django.contrib.auth.models import User

    from tests import deletions as account
    from wizard.services.change_threads import AT_ONCE, free_places

    if is_before_call:
        die_before_call(length)
    else:
        Fuse(length).watch_new_connections()
    for _place in range(AT_ONCE - 1):
        free_places.acquire()
    account.delete(User.objects.get(username="ada"), account.HOME, account.OTHER)


if __name__ == "__main__":
    main(int(sys.argv[1]), is_before_call="call" in sys.argv)
