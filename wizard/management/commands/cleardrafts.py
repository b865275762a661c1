"""`manage.py cleardrafts`: remove expired sessions and drafts, and expired sealed credentials."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from wizard.drafting import store


class Command(BaseCommand):
    help = "Remove expired sessions and drafts, and credentials that do not open any more. Daily."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("clearsessions")
        gone = store.purge_drafts()
        self.stdout.write(f"Expired drafts taken off lists: {gone}")
