"""A process that cleans up and kills itself: `python -m tests.faults.cleaning N [call]`.

It deletes what the only preview shows, one call after the other, and kills itself as `kill -9`
does, immediately before it writes its Nth audit row: the first call's intent (1) or result (2), the
second one's (3, 4). With `call`, it does so immediately before its Nth call that deletes.
"""

import sys

import django

from tests.faults.deleting import die_before_call
from tests.faults.killed import Fuse


def main(length: int, *, is_before_call: bool) -> None:
    django.setup()
    from wizard.models import CleanUp
    from wizard.services import cleanups

    if is_before_call:
        die_before_call(length, "BatchDeleteImage")
    else:
        Fuse(length).watch_new_connections()
    cleanup = CleanUp.objects.select_related("actor").get()
    cleanups.start(cleanup=cleanup, actor=cleanup.actor)


if __name__ == "__main__":
    main(int(sys.argv[1]), is_before_call="call" in sys.argv)
