"""`manage.py signinlink [USERNAME]`: print a one-time sign-in link."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from wizard.services import people


class Command(BaseCommand):
    help = "Print a one-time sign-in link, valid for an hour. An unknown user becomes an admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", default="admin")
        parser.add_argument(
            "--base-url", default="", help="what to print before the link's path: https://HOST"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = people.create_link(username=options["username"])
        except PermissionError as error:
            raise CommandError(f"The account {error} is switched off.") from error
        path = reverse("sign-in-link", kwargs={"token": token})
        self.stdout.write(options["base_url"].rstrip("/") + path)
