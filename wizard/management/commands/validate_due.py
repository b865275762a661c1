"""`manage.py validate_due`: start due validations and send unsent alerts. For a timer."""

from typing import Any

from django.core.management.base import BaseCommand

from wizard import tasks


class Command(BaseCommand):
    help = "Start scheduled validations that are due, and send alerts. Run it every 15 minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        count = tasks.look_for_due()
        self.stdout.write(f"Bulk validations started: {count}")
