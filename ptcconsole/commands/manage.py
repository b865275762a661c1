"""Django's command line with the console's settings: `ptcconsole manage COMMAND`."""

import os
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from ptcconsole.commands.ends import NotStarted


def run(words: Sequence[str]) -> int:
    """Run the command that the words name; Django ends the process if it fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptcconsole.settings")
    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as error:
        raise NotStarted(str(error)) from error
    execute_from_command_line(["ptcconsole manage", *words])
    return 0
