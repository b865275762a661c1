"""Tells at the start what is wrong with the server's own AWS credentials and its default Region."""

from wizard.backend import regions
from wizard.backend.credential_errors import configuration_problem
from wizard.domain.errors import AwsError


def problem_of_configuration() -> AwsError | None:
    """Return what is wrong with profile, files and Region, without a program or a network."""
    return configuration_problem() or regions.home_problem()


def in_one_line(error: AwsError) -> str:
    """Return an error with its remedy as a line of a log, which is in English."""
    told = (f"{error.title}.", error.message, error.remedy)
    return " ".join(filter(None, told))
