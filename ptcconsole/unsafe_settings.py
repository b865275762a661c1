"""Combinations of settings that the console does not start with, each with the reason."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from botocore.loaders import create_loader

from ptcconsole.databases import POSTGRESQL
from ptcconsole.locations import install_command
from ptcconsole.logging_config import FORMATS
from wizard.backend.profiles import configuration, endpoints
from wizard.domain import parse_group_grants
from wizard.domain.alerts import scheme_of, split_addresses
from wizard.domain.bind_addresses import parse_bind_address
from wizard.domain.webhook_signatures import parse_secrets

_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")

# The variables, besides access keys, that make boto3 find credentials of a real account.
_CREDENTIAL_SOURCES = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
)

_BROKERS = ("redis://", "rediss://", "amqp://", "amqps://")


def problems_of(settings: Mapping[str, Any]) -> list[str]:
    """Return all problems of the settings, given by name, and of boto3's own variables."""
    of = SimpleNamespace(**settings)
    return [
        *_console_problems(of),
        *_package_problems(of),
        *_engine_problems(of),
        *_monitoring_problems(of),
        *_aws_problems(of),
        *_alert_problems(of),
        *_single_sign_on_problems(of),
    ]


def _console_problems(of: SimpleNamespace) -> list[str]:
    problems = []
    if of.IS_PRODUCTION and of.SIMULATED_AWS:  # guard: P3
        problems.append("SIMULATED_AWS is on: the simulation is for CONSOLE_ENV=local only.")
    if of.SIMULATED_AWS and not of.AWS_ENDPOINT_URL.startswith(_LOOPBACK):  # guard: P3
        problems.append(
            "SIMULATED_AWS is on, but AWS_ENDPOINT_URL is not the loopback address of the"
            " simulation, such as http://127.0.0.1:5000."
        )
    if of.SIMULATED_UPSTREAMS and not of.SIMULATED_AWS:  # guard: P3
        problems.append("SIMULATED_UPSTREAMS is set: it belongs to a simulated AWS.")
    if not all(url.startswith(_LOOPBACK) for url in of.SIMULATED_UPSTREAMS.values()):  # guard: P3
        problems.append(
            "SIMULATED_UPSTREAMS names an address that is not one of loopback, such as"
            " http://127.0.0.1:5000."
        )
    if of.IS_PRODUCTION and of.DEBUG:  # guard: P3
        problems.append("DEBUG is on: its error pages show what nobody should see.")
    if of.IS_PRODUCTION and len(of.SECRET_KEY) < 50:  # guard: P3 W10
        problems.append("SECRET_KEY is missing or shorter than 50 characters.")
    if of.IS_PRODUCTION and (len(of.AUDIT_KEY) < 50 or of.AUDIT_KEY == of.SECRET_KEY):
        problems.append("AUDIT_KEY is missing, shorter than 50 characters, or the SECRET_KEY.")
    if of.IS_PRODUCTION and (not of.ALLOWED_HOSTS or "*" in of.ALLOWED_HOSTS):  # guard: P3 H6
        problems.append("ALLOWED_HOSTS must name the host names of this console, without '*'.")
    return problems


def _package_problems(of: SimpleNamespace) -> list[str]:
    """Return what an optional package is missing for. Without it, Django fails with a traceback."""
    needs = {
        "DATABASE_URL": of.DATABASES["default"]["ENGINE"] == POSTGRESQL and "psycopg",
        "CACHE_URL": of.CACHE_URL.startswith(("redis://", "rediss://")) and "redis",
    }
    return [
        f"{name} needs the package {package}: {install_command('servers')}."
        for name, package in needs.items()
        if package and find_spec(package) is None
    ]


def _engine_problems(of: SimpleNamespace) -> list[str]:
    if of.TASKS_ENGINE not in ("database", "celery"):
        return ["TASKS_ENGINE must be database or celery."]
    if of.TASKS_ENGINE == "database":
        return []
    problems = []
    if find_spec("celery") is None:
        problems.append(f"TASKS_ENGINE=celery needs Celery: {install_command('celery')}.")
    if not of.CELERY_BROKER_URL.startswith(_BROKERS):
        problems.append(
            "TASKS_ENGINE=celery needs CELERY_BROKER_URL, which begins with one of"
            f" {', '.join(_BROKERS)}."
        )
    return problems


def _monitoring_problems(of: SimpleNamespace) -> list[str]:
    problems = []
    if of.SWEEP_MINUTES != 0 and not 5 <= of.SWEEP_MINUTES <= 1440:
        problems.append("SWEEP_MINUTES must be 0, or from 5 to 1440.")
    if of.LOG_FORMAT not in FORMATS:
        problems.append(f"LOG_FORMAT must be {' or '.join(FORMATS)}.")
    for name in ("METRICS_BIND", "WORKER_METRICS_BIND"):
        try:
            if text := getattr(of, name):
                parse_bind_address(text)  # guard: H9
        except ValueError as error:
            problems.append(f"{name} {error}")
    return problems


def _aws_problems(of: SimpleNamespace) -> list[str]:
    """Return the problems of Regions and endpoints: no TLS, or real credentials for a simulation.

    boto3 also reads AWS_ENDPOINT_URL_<SERVICE>, and `endpoint_url` in AWS's files.
    """
    problems = _region_problems("REGIONS_IN_USE", set(of.REGIONS_IN_USE))
    urls = {
        name: url for name, url in os.environ.items() if name.startswith("AWS_ENDPOINT_URL") and url
    }
    for name, url in urls.items():
        if of.IS_PRODUCTION and not url.startswith("https://"):  # guard: P3
            problems.append(f"{name} must begin with https://.")
    for where, url in endpoints(configuration()):
        if of.IS_PRODUCTION and not url.startswith("https://"):  # guard: P3
            problems.append(f"{where} must begin with https://.")
    real = _real_credentials()
    if real and any(url.startswith("http://") for url in urls.values()):  # guard: P3
        problems.append(
            f"{', '.join(sorted(urls))}: a simulated AWS must not be given what looks like a real"
            f" account's credentials ({', '.join(real)})."
        )
    return problems


def _real_credentials() -> list[str]:
    """Return the variables that look like real credentials, unlike the keys in AWS's examples."""
    found = [name for name in _CREDENTIAL_SOURCES if os.environ.get(name)]
    key = os.environ.get("AWS_ACCESS_KEY_ID", "")
    if re.fullmatch(r"A[KS]IA[A-Z0-9]{12,}", key) and not key.endswith("EXAMPLE"):
        found.append("AWS_ACCESS_KEY_ID")
    return found


def _alert_problems(of: SimpleNamespace) -> list[str]:
    problems = []
    allowed = _allowed_beginnings(of)
    if of.ALERT_WEBHOOK_URL and not of.ALERT_WEBHOOK_URL.startswith(allowed):
        problems.append("ALERT_WEBHOOK_URL must begin with https://.")
    if of.CONSOLE_URL and not of.CONSOLE_URL.startswith(allowed):
        problems.append("CONSOLE_URL must begin with https://.")
    prints_mail = of.EMAIL_BACKEND.endswith("console.EmailBackend")
    if of.IS_PRODUCTION and of.ALERT_EMAIL and prints_mail:
        problems.append("ALERT_EMAIL is set, but EMAIL_URL does not name a mail server.")
    try:
        parse_secrets(of.ALERT_WEBHOOK_SECRET)  # guard: S14
    except ValueError as error:
        problems.append(f"ALERT_WEBHOOK_SECRET cannot be used: {error}.")
    return problems + _service_problems(of)


def _service_problems(of: SimpleNamespace) -> list[str]:
    """Return what is wrong with ALERT_APPRISE_URLS at first sight.

    Apprise itself is asked about each address by a system check, in the worker, which sends.
    """
    addresses = split_addresses(of.ALERT_APPRISE_URLS)
    if addresses and find_spec("apprise") is None:
        return [f"ALERT_APPRISE_URLS needs the package apprise: {install_command('apprise')}."]
    return [
        f"ALERT_APPRISE_URLS: address {number} does not begin with the scheme of a service, such"
        " as slack://."
        for number, address in enumerate(addresses, 1)
        if not scheme_of(address)
    ]


def _single_sign_on_problems(of: SimpleNamespace) -> list[str]:
    problems = []
    if of.OIDC_ISSUER and not of.OIDC_ISSUER.startswith(_allowed_beginnings(of)):
        problems.append("OIDC_ISSUER must begin with https://.")
    if of.OIDC_ISSUER and not (of.OIDC_CLIENT_ID and of.OIDC_CLIENT_SECRET):
        problems.append("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    if of.OIDC_ISSUER and "openid" not in of.OIDC_SCOPES.split():
        problems.append("OIDC_SCOPES must hold openid.")
    try:
        granted = parse_group_grants(of.OIDC_GRANTS)
    except ValueError as error:
        problems.append(f"OIDC_GRANTS is not understood at {error}.")
    else:
        named = {place.region for grants in granted.values() for place in grants if place.region}
        problems += _region_problems("OIDC_GRANTS", named)
    return problems


def _region_problems(setting: str, named: set[str]) -> list[str]:
    """Return the Regions that do not exist; botocore's data is read only if one is named."""
    if not named:
        return []
    partitions = create_loader().load_data("endpoints")["partitions"]
    known = next(each["regions"] for each in partitions if each["partition"] == "aws")
    problems = []
    for region in sorted(named - set(known)):
        similar = get_close_matches(region, known, n=1)
        meant = f" Did you mean {similar[0]}?" if similar else ""
        problems.append(f"{setting} names {region}, which is no Region of AWS.{meant}")
    return problems


def _allowed_beginnings(of: SimpleNamespace) -> tuple[str, ...]:
    """Return how an address that the console calls may begin."""
    return ("https://",) if of.IS_PRODUCTION else ("https://", *_LOOPBACK)
