"""A process that changes templates and kills itself: `python -m tests.faults.copying N [CALL]`.

It works on the only operation on a template, one Region after the other, and kills itself as
`kill -9` does, immediately before it writes its Nth audit row: the first Region's intent (1) or
result (2), the second one's (3, 4). With the name of an operation of AWS, it does so immediately
before its Nth call of it.
"""

import sys

import django

from tests.faults.deleting import die_before_call
from tests.faults.killed import Fuse


def main(length: int, *calls: str) -> None:
    django.setup()
    from wizard.models import TemplateOperation
    from wizard.services import template_operations
    from wizard.services.change_threads import AT_ONCE, free_places

    if calls:
        die_before_call(length, *calls)
    else:
        Fuse(length).watch_new_connections()
    for _place in range(AT_ONCE - 1):
        free_places.acquire()
    operation = TemplateOperation.objects.get()
    template_operations.run(operation, list(operation.changes.all()))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
