"""The settings: the values that they refuse, and the strictness of production settings."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.ptcconsole.conftest import (
    LOCAL,
    LONG_KEY,
    PRODUCTION,
    ROOT,
    Load,
    environment_of,
)

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _python(data_dir: Path, variables: Mapping[str, str], *words: str) -> str:
    """Run Python in the checkout under a production environment; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=ROOT,
        env=environment_of(data_dir, variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "SECRET_KEY is missing"),
        ({**PRODUCTION, "SECRET_KEY": "x" * 49}, "shorter than 50 characters"),
        ({**PRODUCTION, "AUDIT_KEY": ""}, "AUDIT_KEY is missing"),
        ({**PRODUCTION, "AUDIT_KEY": LONG_KEY}, "AUDIT_KEY is missing"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the host names"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "ptc.example.com,*"}, "without '*'"),
        ({**PRODUCTION, "DEBUG": "true"}, "DEBUG is on"),
        (
            {
                **PRODUCTION,
                "SIMULATED_AWS": "true",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
            },
            "the simulation is for CONSOLE_ENV=local only",
        ),
        ({**LOCAL, "SIMULATED_AWS": "true"}, "is not the loopback address of the simulation"),
        (
            {**LOCAL, "SIMULATED_AWS": "true", "AWS_ENDPOINT_URL": "https://ecr.example.com"},
            "is not the loopback address of the simulation",
        ),
        (
            {**PRODUCTION, "ALERT_WEBHOOK_URL": "http://hooks.example.com/"},
            "ALERT_WEBHOOK_URL must begin with https://",
        ),
        (
            {**PRODUCTION, "ALERT_WEBHOOK_URL": "http://127.0.0.1:9000/"},
            "ALERT_WEBHOOK_URL must begin with https://",
        ),
        (
            {**LOCAL, "ALERT_WEBHOOK_URL": "file:///etc/passwd"},
            "ALERT_WEBHOOK_URL must begin with https://",
        ),
        ({**PRODUCTION, "CONSOLE_URL": "ptc.example.com"}, "CONSOLE_URL must begin with https://"),
        (
            {**PRODUCTION, "ALERT_EMAIL": "team@example.com"},
            "EMAIL_URL does not name a mail server",
        ),
        ({**PRODUCTION, "LOG_FORMAT": "JSON"}, "LOG_FORMAT must be line or json"),
        ({**LOCAL, "METRICS_BIND": "9090"}, "METRICS_BIND must be HOST:PORT"),
        ({**LOCAL, "METRICS_BIND": "127.0.0.1:0"}, "METRICS_BIND must be HOST:PORT"),
        ({**LOCAL, "METRICS_BIND": "unix:/run/metrics"}, "METRICS_BIND must be HOST:PORT"),
        (
            {**PRODUCTION, "METRICS_BIND": "metrics.example.com:9090"},
            "METRICS_BIND must have an IP address or localhost",
        ),
        (
            {**PRODUCTION, "WORKER_METRICS_BIND": "[2606:4700::1111]:9090"},
            "WORKER_METRICS_BIND is a public address",
        ),
        ({**PRODUCTION, "CONSOLE_ENV": "Production"}, "it must be production or local"),
        (
            {**PRODUCTION, "ALERT_WEBHOOK_SECRET": f"{WEBHOOK_SECRET} whsec_short"},
            "ALERT_WEBHOOK_SECRET cannot be used: secret 2 is not whsec_ followed by 24 to 64",
        ),
        (
            {**PRODUCTION, "ALERT_APPRISE_URLS": "slack://a/b/c, hidden"},
            "ALERT_APPRISE_URLS: address 2 does not begin with the scheme of a service",
        ),
    ],
)
def test_an_unsafe_console_does_not_start_and_says_why(
    load: Load, variables: Mapping[str, str], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words.replace("*", r"\*")):
        load(variables)


@pytest.mark.parametrize(
    "secret", ["SECRET-without-prefix", "whsec_c2hvcnQtU0VDUkVU", "whsec_SECRET!"]
)
def test_a_malformed_secret_of_the_webhook_is_refused_and_not_repeated(
    load: Load, secret: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match="ALERT_WEBHOOK_SECRET cannot be used") as no:
        load({**PRODUCTION, "ALERT_WEBHOOK_SECRET": secret})
    assert secret.removeprefix("whsec_") not in str(no.value)


def test_apprise_that_is_not_installed_is_named_with_what_to_install(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**PRODUCTION, "ALERT_APPRISE_URLS": "slack://SECRET-TOKEN"}
    assert load(asked)["ALERT_APPRISE_URLS"] == "slack://SECRET-TOKEN"
    monkeypatch.setitem(sys.modules, "apprise", None)  # as Python treats what cannot be imported
    with pytest.raises(ImproperlyConfigured, match=r"requirements-apprise\.txt") as refusal:
        load(asked)
    assert "SECRET-TOKEN" not in str(refusal.value)
    assert load(PRODUCTION)["ALERT_APPRISE_URLS"] == ""


CELERY = {"TASKS_ENGINE": "celery", "CELERY_BROKER_URL": "amqps://ptc:SECRET@mq.example.com"}


def test_celery_that_is_not_installed_is_named_with_what_to_install(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = load({**PRODUCTION, **CELERY})["TASKS"]["default"]["BACKEND"]
    assert backend == "wizard.engine.celery_backend.CeleryBackend"
    monkeypatch.setitem(sys.modules, "celery", None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-celery\.txt") as refusal:
        load({**PRODUCTION, **CELERY})
    assert "SECRET" not in str(refusal.value)
    assert load(PRODUCTION)["TASKS"]["default"]["BACKEND"] == "django_tasks_db.DatabaseBackend"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"TASKS_ENGINE": "rq"}, "TASKS_ENGINE must be database or celery"),
        ({"CELERY_BROKER_URL": ""}, "needs CELERY_BROKER_URL"),
        ({"CELERY_BROKER_URL": "sqs://SECRET"}, "begins with one of redis://"),
        ({"CELERY_BROKER_URL": "memory://SECRET"}, "begins with one of redis://"),
        ({"WORKER_CONCURRENCY": "sweep=1"}, "WORKER_CONCURRENCY has 'sweep=1'"),
    ],
)
def test_an_engine_that_cannot_be_used_is_refused(
    load: Load, changed: Mapping[str, str], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as refusal:
        load({**PRODUCTION, **CELERY, **changed})
    assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "url", "package"),
    [
        ("DATABASE_URL", "postgres://ptc:SECRET@db.example.com/ptc", "psycopg"),
        ("CACHE_URL", "redis://:SECRET@cache.example.com:6379/0", "redis"),
    ],
)
def test_a_package_of_a_server_that_is_not_installed_is_named(
    load: Load, monkeypatch: pytest.MonkeyPatch, name: str, url: str, package: str
) -> None:
    asked = {**PRODUCTION, name: url}
    assert load(asked)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImproperlyConfigured, match=f"{name} needs the package {package}: ") as no:
        load(asked)
    assert "requirements-servers.txt" in str(no.value)
    assert "SECRET" not in str(no.value)


def test_all_problems_are_said_at_once(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        load({"DEBUG": "true", "ALLOWED_HOSTS": "*"})
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DEBUG"):
        assert name in str(refusal.value)


@pytest.mark.promise("H9")
@pytest.mark.parametrize(
    "address", ["localhost:9090", "127.0.0.2:1", "10.0.0.7:9090", "0.0.0.0:65535", "[::1]:9090"]
)
def test_metrics_may_be_at_an_address_of_this_machine_or_a_private_network(
    load: Load, address: str
) -> None:
    assert load({**PRODUCTION, "METRICS_BIND": address})["METRICS_BIND"] == address
    with pytest.raises(ImproperlyConfigured, match="METRICS_BIND is a public address"):
        load({**PRODUCTION, "METRICS_BIND": "203.1.113.7:9090"})


def test_production_and_live_aws_are_what_one_gets_without_asking(load: Load) -> None:
    settings = load(PRODUCTION)
    assert settings["IS_PRODUCTION"]
    assert not settings["SIMULATED_AWS"]
    assert not settings["DEBUG"]


def test_cookies_of_production_are_bound_to_the_host_and_to_tls(load: Load) -> None:
    settings = load(PRODUCTION)
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]


def test_a_forwarded_scheme_counts_only_behind_a_proxy_that_sets_it(load: Load) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in load(PRODUCTION)
    behind = load({**PRODUCTION, "BEHIND_TLS_PROXY": "true"})
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_sessions_are_cached_only_where_all_processes_share_the_cache(load: Load) -> None:
    assert load(PRODUCTION)["SESSION_ENGINE"].endswith(".db")
    shared = load({**PRODUCTION, "CACHE_URL": "redis://127.0.0.1:6379/0"})
    assert shared["SESSION_ENGINE"].endswith(".cached_db")


def test_alerts_go_to_a_mail_server_and_an_https_address(load: Load) -> None:
    settings = load(
        {
            **PRODUCTION,
            "ALERT_EMAIL": "team@example.com,boss@example.com",
            "EMAIL_URL": "smtp+tls://user:pass@mail.example.com:587",
            "ALERT_WEBHOOK_URL": "https://hooks.example.com/services/x",
            "ALERT_WEBHOOK_SECRET": f"{WEBHOOK_SECRET} {WEBHOOK_SECRET}",
        }
    )
    assert settings["ALERT_EMAIL"] == ["team@example.com", "boss@example.com"]
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail.example.com", 587)
    assert settings["EMAIL_USE_TLS"]
    assert settings["DEFAULT_FROM_EMAIL"] == "ptcconsole@localhost"


def test_a_webhook_on_this_machine_is_for_a_local_console(load: Load) -> None:
    local = {**LOCAL, "ALERT_WEBHOOK_URL": "http://127.0.0.1:9000/"}
    assert load(local)["ALERT_WEBHOOK_URL"] == "http://127.0.0.1:9000/"


def test_the_environment_wins_over_the_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("CONSOLE_ENV=local\nTIME_ZONE=Europe/Berlin\n")
    settings = load({"ENV_FILE": str(file), "TIME_ZONE": "Asia/Tokyo"})
    assert settings["CONSOLE_ENV"] == "local"
    assert settings["TIME_ZONE"] == "Asia/Tokyo"


def test_aws_libraries_never_log_request_bodies(load: Load) -> None:
    loggers = load({**PRODUCTION, "LOG_LEVEL": "DEBUG"})["LOGGING"]["loggers"]
    assert {name: loggers[name]["level"] for name in ("botocore", "boto3", "urllib3")} == {
        "botocore": "WARNING",
        "boto3": "WARNING",
        "urllib3": "WARNING",
    }


def test_djangos_deployment_check_finds_nothing_in_production(tmp_path: Path) -> None:
    decided = {**PRODUCTION, "BEHIND_TLS_PROXY": "false"}
    _python(tmp_path, decided, "manage.py", "check", "--deploy", "--fail-level", "WARNING")


PAGE_OF_PRODUCTION = """
import django
django.setup()
from django.test import Client
client = Client(headers={"host": "ptc.example.com"})
plain = client.get("/sign-in/")
page = client.get("/sign-in/", secure=True)
print(plain.status_code, plain["Location"])
print(page.status_code, page["Strict-Transport-Security"], *sorted(page.cookies))
print(page.text)
"""


def test_production_serves_its_own_hashed_files_over_tls_only(tmp_path: Path) -> None:
    _python(tmp_path, PRODUCTION, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    _python(tmp_path, PRODUCTION, "manage.py", "migrate", "--verbosity", "0")
    module = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "ptcconsole.settings"}
    plain, secure, page = _python(tmp_path, module, "-c", PAGE_OF_PRODUCTION).split("\n", 2)
    assert plain == "301 https://ptc.example.com/sign-in/"
    assert secure == "200 max-age=31536000; includeSubDomains; preload __Host-csrftoken"
    styles = [word for word in page.split('"') if word.endswith(".css")]
    assert styles
    for style in styles:
        assert (tmp_path / style.removeprefix("/")).is_file()
        assert len(Path(style).suffixes) == 2, f"{style} has no hash in its name"
    _check_pictures_of(tmp_path / styles[0].removeprefix("/"))
    named = {word for word in page.split('"') if word.endswith((".css", ".js", ".woff2"))}
    on_demand = {word for word in named if "/htmx-" in word}
    assert all((tmp_path / path.removeprefix("/")).is_file() for path in named)
    loaded = named - on_demand
    assert (len(loaded), len(on_demand)) == (4, 1)
    assert sum(_weight_of(tmp_path / path.removeprefix("/")) for path in loaded) < 46_000


def _weight_of(file: Path) -> int:
    """What is sent of a file to a browser that has nothing of it; fonts are compressed already."""
    if file.suffix != ".woff2":
        file = file.with_name(f"{file.name}.br")
    return file.stat().st_size


def _check_pictures_of(style: Path) -> None:
    """The addresses in a style sheet are of collected files, with a hash in their names."""
    pictures = re.findall(r'url\("([^"]+)"\)', style.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert len(Path(picture).suffixes) == 2
        assert (style.parent / picture).is_file()
