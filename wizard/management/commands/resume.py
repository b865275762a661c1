"""`manage.py resume`: queue due work, as the worker does, and count what a crash cut off."""

from typing import Any

from django.core.management.base import BaseCommand

from wizard import tasks
from wizard.services import cleanups, deletions, operations, rotations, template_operations


class Command(BaseCommand):
    help = "Queue the work that is due, and print the number of operations that a crash cut off."

    def handle(self, *args: Any, **options: Any) -> None:
        tasks.queue_due_work()
        cut_off = len(operations.interrupted_operations())
        cut_off += len(rotations.unsettled_rotations()) + len(deletions.unsettled_deletions())
        cut_off += len(cleanups.unsettled_cleanups()) + len(
            template_operations.unsettled_operations()
        )
        self.stdout.write(f"Interrupted operations: {cut_off}")
        if cut_off:
            self.stdout.write("Open the page Operations.")
