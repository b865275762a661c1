"""Checks of the console's own server: folder, static files, database, cache, worker, alerts."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from wizard.models.audit_owner import ownership_warning
from wizard.models.schema import schema_error
from wizard.services import alerts, broker, workers
from wizard.services.diagnosis.findings import Finding, Health, bad, good, not_asked, warning

# Below this, the next backup or collection of static files may fill the disk.
_ROOM_BYTES: Final = 200 * 1024 * 1024


def findings() -> Iterator[Finding]:
    """Yield what is found, each as soon as it is known."""
    yield _data_folder()
    if settings.IS_PRODUCTION:
        yield _static_files()
    database = _database()
    yield database
    if database.health is Health.BAD:
        yield not_asked("Background worker", "Its heartbeat is in the database.")
    else:
        yield _worker()
    if settings.USES_CELERY:
        yield _broker()
    yield _cache()
    yield _alerts()


def _data_folder() -> Finding:
    folder = Path(settings.DATA_DIR)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return bad(
            "Data folder",
            f"{folder} does not exist, or this user may not write into it.",
            "Create it for the user of the service with mode 0700, or set DATA_DIR.",
        )
    free = shutil.disk_usage(folder).free
    told = f"{folder}, {free // (1024 * 1024):,} MiB free"
    if free < _ROOM_BYTES:
        return warning("Data folder", told, "Make room on this disk.")
    return good("Data folder", told)


def _static_files() -> Finding:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.is_file():
        return good("Static files", f"collected in {settings.STATIC_ROOT}")
    return bad(
        "Static files",
        "They are not collected, so that each page is an error.",
        f"Start the console: `ptcconsole serve` collects them. Without it, run"
        f" `{settings.MANAGE_COMMAND} collectstatic --noinput`.",
    )


def _database() -> Finding:
    try:
        error = schema_error(connection)
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        owner = ownership_warning(connection)
    except (DatabaseError, InterfaceError) as trouble:
        said = str(trouble).strip().partition("\n")[0]
        return bad(
            "Database",
            f"It does not answer: {said}",
            "Start it, or correct DATABASE_URL. Its role may read and write the console's tables.",
        )
    if error:
        return bad("Database", str(error.msg), str(error.hint))
    if missing:
        return bad(
            "Database",
            f"{len(missing)} migrations are missing.",
            f"Make a backup if it has data, then run `{settings.MANAGE_COMMAND} migrate`.",
        )
    if owner:
        return warning("Database", str(owner.msg), str(owner.hint))
    return good("Database", f"{connection.display_name}, with the tables of this version")


def _worker() -> Finding:
    seen = workers.last_seen()
    if workers.is_alive(seen):
        return good("Background worker", f"alive, last seen {seen:%Y-%m-%d %H:%M:%S} UTC")
    last = f"last seen {seen:%Y-%m-%d %H:%M:%S} UTC" if seen else "never seen"
    return warning(
        "Background worker",
        f"None is alive ({last}).",
        "Start it (`ptcconsole worker`) with the settings of the console. Without it, bulk"
        " validations, schedules, retries and alerts wait.",
    )


def _broker() -> Finding:
    waiting = broker.waiting_messages()
    if waiting is not None:
        number = sum(waiting.values())
        return good("Broker of background work", f"answers, {number:,} messages wait")
    return bad(
        "Broker of background work",
        "It does not answer.",
        "Start the server that CELERY_BROKER_URL names, or correct CELERY_BROKER_URL. Until then,"
        " background work waits in the database.",
    )


def _cache() -> Finding:
    if not settings.CACHE_URL:
        return good("Cache", "none; sessions are read from the database")
    key, value = f"doctor-{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, timeout=5)
    found = cache.get(key)
    cache.delete(key)
    if found == value:
        return good("Cache", "answers")
    return warning(
        "Cache",
        "It does not answer. Sessions are read from the database meanwhile.",
        "Start the server that CACHE_URL names, or correct CACHE_URL.",
    )


def _alerts() -> Finding:
    problems = alerts.problems_of_services()
    if problems:
        return bad("Alerts", " ".join(problems), "Correct ALERT_APPRISE_URLS.")
    names = ", ".join(alerts.configured_channels())
    if settings.ALERT_WEBHOOK_URL and not settings.ALERT_WEBHOOK_SECRET:
        return warning(
            "Alerts",
            f"sent by {names}; the webhook is not signed",
            "Set ALERT_WEBHOOK_SECRET, and let the receiver verify the signature.",
        )
    return good("Alerts", f"sent by {names}" if names else "not sent: no channel is configured")
