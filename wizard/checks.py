"""System checks: every step has a page, every error has words, every address has an entry.

A check of the database itself finds one that another version of the console made, and one of the
settings an address of alerts that cannot be used. A warning says what is wrong with the AWS profile
and files.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import DatabaseError, InterfaceError, connections
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from wizard.domain import Step
from wizard.domain.errors import ConsoleError, descendants
from wizard.drafting.steps import PAGES
from wizard.gate import needs
from wizard.models.audit_owner import ownership_warning
from wizard.models.schema import schema_error
from wizard.services import alerts
from wizard.services.own_credentials import in_one_line, problem_of_configuration

_UNDECIDED: Final = "BEHIND_TLS_PROXY is not set, so headers of a proxy in front are not trusted."
_DECIDE: Final = (
    "Set it to true behind a proxy that sets X-Forwarded-Proto and X-Forwarded-For on every"
    " request, else to false. Behind a proxy, false leads to endless redirects."
)


@register()
def check_every_step_has_a_page(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Each Step needs a row in `steps.pages.PAGES`, whose template exists."""
    missing = [
        Error(
            f"The step {step.value!r} has no row in wizard/drafting/steps/pages.py.",
            id="wizard.E001",
        )
        for step in Step
        if step not in PAGES
    ]
    return [*missing, *(error for page in PAGES.values() for error in _template_errors(page))]


@register()
def check_every_error_has_words(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Each ConsoleError has a title, a remedy and a status of its own."""
    return [
        Error(f"{kind.__name__} has no {name} of its own.", id="wizard.E003")
        for kind in descendants(ConsoleError)
        for name in ("title", "remedy", "status")
        if name not in vars(kind)
    ]


@register()
def check_every_address_says_whom_it_is_for(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Each name of the URLconf needs an entry in `needs.NEEDS`; without one it is closed."""
    return [
        Error(f"The address {name!r} has no entry in wizard/gate/needs.py.", id="wizard.E004")
        for name in sorted(needs.url_names() - set(needs.NEEDS))
    ]


@register()
def check_aws_configuration(**_kwargs: Any) -> Sequence[CheckMessage]:
    """The AWS profile and files can be used. This starts no program and uses no network."""
    problem = problem_of_configuration()
    if problem is None:
        return []
    return [Warning(in_one_line(problem), id="wizard.W001")]


@register()
def check_alert_services(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Each address in ALERT_APPRISE_URLS is of a service that Apprise knows and that is allowed."""
    return [
        Error(f"ALERT_APPRISE_URLS: {problem}", id="wizard.E007")
        for problem in alerts.problems_of_services()
    ]


@register(Tags.security, deploy=True)
def check_the_proxy_is_decided(**_kwargs: Any) -> Sequence[CheckMessage]:
    """In production, BEHIND_TLS_PROXY is set: forgotten behind a proxy, nobody could sign in."""
    if not settings.IS_PRODUCTION or settings.TLS_PROXY_AS_SET is not None:
        return []
    return [Warning(_UNDECIDED, hint=_DECIDE, id="wizard.W002")]  # guard: H6


@register(Tags.database)
def check_the_database_is_of_this_version(
    *, databases: Iterable[str] | None = None, **_kwargs: Any
) -> Sequence[CheckMessage]:
    """`migrate` stops before it changes a database that another version made."""
    errors = (_schema_error(alias) for alias in databases or ())
    return [error for error in errors if error]


def _schema_error(alias: str) -> Error | None:
    """The error of a database; also for one that cannot be read or does not answer."""
    try:
        return schema_error(connections[alias])
    except (DatabaseError, InterfaceError) as error:  # guard: D4
        said = str(error).strip().partition("\n")[0]
        return Error(
            f"The database cannot be read: {said}",
            hint="Check DATABASE_URL, and that its role may read and write the console's tables.",
            id="wizard.E006",
        )


@register(Tags.database, deploy=True)
def check_the_console_does_not_own_the_audit_trail(
    *, databases: Iterable[str] | None = None, **_kwargs: Any
) -> Sequence[CheckMessage]:
    """The database role that writes audit rows cannot change them. `migrate` runs as the owner."""
    try:
        warnings = [ownership_warning(connections[alias]) for alias in databases or ()]
    except (DatabaseError, InterfaceError):  # `_schema_error` tells it
        return []
    return [warning for warning in warnings if warning]


def _template_errors(page: Any) -> list[CheckMessage]:
    try:
        get_template(page.template)
    except TemplateDoesNotExist:
        return [Error(f"The template {page.template} does not exist.", id="wizard.E002")]
    return []
