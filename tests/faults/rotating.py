"""A process that rotates secrets and kills itself: `python -m tests.faults.rotating N [back]`.

It works on one secret after the other, and kills itself as `kill -9` does, immediately before it
writes its Nth audit row: the first secret's intent (1) or result (2), the second one's (3, 4). With
`back` it puts the old versions of an existing rotation back.
"""

import sys

import django

from tests.faults.killed import Fuse


def main(length: int, *, is_back: bool) -> None:
    django.setup()
    from django.contrib.auth.models import User

    from tests import rotations as account
    from wizard.models import Rotation
    from wizard.services import rotations
    from wizard.services.change_threads import AT_ONCE, free_places

    Fuse(length).watch_new_connections()
    for _place in range(AT_ONCE - 1):
        free_places.acquire()
    actor = User.objects.get(username="ada")
    if is_back:
        keys = [f"{region}/docker-hub" for region in account.REGIONS]
        rotations.put_back(rotation=Rotation.objects.get(), keys=keys, actor=actor)
    else:
        account.rotate(actor)


if __name__ == "__main__":
    main(int(sys.argv[1]), is_back="back" in sys.argv)
