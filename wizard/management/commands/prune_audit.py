"""`manage.py prune_audit`: delete the oldest rows of the audit trail, up to a sealed checkpoint."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from django.utils import timezone

from wizard.services import audit


class Command(BaseCommand):
    help = (
        "Delete the audit rows that are older than a number of days. A sealed checkpoint takes"
        " their place, from which verify_audit goes on. Download the rows first, to keep them. On"
        " PostgreSQL, run it with the role that owns the tables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-days", type=int, required=True, metavar="DAYS")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep_days"] < 1:
            raise CommandError("Keep at least one day.")
        if not audit.verify().is_whole:  # guard: D8
            raise CommandError("Nothing was deleted: the trail is not intact. See verify_audit.")
        before = timezone.now() - timedelta(days=options["keep_days"])
        try:
            pruned = audit.prune(before=before)
        except ProgrammingError as error:
            raise CommandError(
                "Nothing was deleted: this database role does not own the tables. Run the command"
                " with DATABASE_URL of the role that does."
            ) from error
        self.stdout.write(f"Rows deleted: {pruned:,}. The rest begins with a sealed checkpoint.")
