"""`manage.py resume`: queue background work that a stop or a crash interrupted."""

from typing import Any

from django.core.management.base import BaseCommand

from wizard import tasks
from wizard.services import operations


class Command(BaseCommand):
    help = "Queue work that a stop or a crash interrupted. Run it before each start of the worker."

    def handle(self, *args: Any, **options: Any) -> None:
        validations, waiting = tasks.resume()
        self.stdout.write(f"Unfinished bulk validations: {validations}")
        if waiting:
            self.stdout.write(f"Operations that wait for a retry: {waiting}")
        cut_off = len(operations.interrupted_operations())
        if cut_off:
            self.stdout.write(f"Interrupted operations: {cut_off}. Open the page Operations.")
