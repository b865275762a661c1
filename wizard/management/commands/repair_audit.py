"""`manage.py repair_audit`: go on with the audit trail after rows of somebody else."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from wizard.services import audit


class Command(BaseCommand):
    help = (
        "Make the audit trail writable again after foreign rows, or a head that was lost or set"
        " back. Deletes nothing: foreign rows are set aside by a sealed row. Running it twice does"
        " no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUDIT_KEY:
            raise CommandError("AUDIT_KEY is empty, so that no row can be sealed. Set AUDIT_KEY.")
        done = audit.repair()
        if done.attached:
            self.stdout.write(f"Attached to the head again: {done.attached} rows of the console.")
        for first, last in done.set_aside:
            self.stdout.write(f"Set aside: #{first} to #{last}, which the console did not write.")
        if not done.attached and not done.set_aside:
            self.stdout.write("Nothing to repair.")
