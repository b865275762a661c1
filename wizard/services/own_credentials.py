"""Tells at the start what is wrong with the server's own AWS credentials."""

from django.utils.translation import gettext

from wizard.backend.credential_errors import configuration_problem
from wizard.domain.errors import AwsError


def problem_of_configuration() -> AwsError | None:
    """Return what is wrong with profile and files, without a program or a network; or None."""
    return configuration_problem()


def in_one_line(error: AwsError) -> str:
    """Return an error with its remedy as a line of a log."""
    told = (f"{gettext(error.title)}.", error.message, gettext(error.remedy))
    return " ".join(filter(None, told))
