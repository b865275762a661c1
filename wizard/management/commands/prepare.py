"""`manage.py prepare`: everything that `ptcconsole run` and `live` need of the database, at once.

One process creates the tables and makes the sign-in link, because starting Django takes longer than
either.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Create or update the tables, and print a one-time sign-in link of an administrator."
    # The check of the databases, which looks for data of another version, is made by `migrate`.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--base-url", required=True)
        parser.add_argument(
            "--with-history", action="store_true", help="that of the demo, with its accounts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        call_command("migrate", verbosity=0, skip_checks=False)
        if options["with_history"]:
            call_command("demohistory", username)
            call_command("demoaccounts", username)
        call_command("signinlink", username, base_url=options["base_url"], stdout=self.stdout)
