"""How a subcommand ends that cannot do its work; the texts are for the person at the shell."""

from typing import Final

FAILED: Final = 1
REFUSED: Final = 2


class NotStarted(Exception):
    """The command does not begin; the text gives the reason and what to do."""


class Stopped(Exception):
    """What the command ran ended by itself; the text says what and how."""
