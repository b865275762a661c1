"""A large audit trail on SQLite and PostgreSQL: its pages, compared with OFFSET pagination.

The peer is Django's Paginator over the same table, which uses a count and an OFFSET. A separate
process, `python -m tests.benchmarks.audit ROWS`, fills and measures each database and prints JSON.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.figures import Figure, milliseconds
from tests.servers import postgresql

ROOT = Path(__file__).resolve().parents[2]
RUNS = 11
SOME_ROWS, ALL_ROWS = 100_000, 1_000_000
PEER = "count and OFFSET: "
BATCH = 5_000
BEGIN = datetime(2024, 11, 24, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "us-east-2"
RARE_PERSON, RARE_RULE = "rarely-seen", "rarely-changed"
PEOPLE = [f"person-{number:02}" for number in range(40)]
REGIONS = [REGION, "us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "sa-east-1"]
CHANGES = ["CreatePullThroughCacheRule", "UpdatePullThroughCacheRule", "PutSecretValue"]
SECRET = "ecr-pullthroughcache/team-abcdef"
RULES = [f"team-{number % 40:02}/cache-{number:03}" for number in range(800)]


def measure(rows: int = SOME_ROWS) -> Iterator[Figure]:
    """Return the figures of the audit trail on each database."""
    with tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder:
        yield from _figures("SQLite", _measured(f"sqlite:///{folder}/bench.sqlite3", folder, rows))
        with postgresql(Path(folder)) as server:
            yield from _figures("PostgreSQL", _measured(server.url, folder, rows))


def _figures(database: str, told: dict[str, Any]) -> Iterator[Figure]:
    name = f"{database}, {told['rows']:,} rows"
    pages: dict[str, list[float]] = told["pages"]
    ours = {page: times for page, times in pages.items() if not page.startswith(PEER)}
    slowest = max(ours, key=lambda page: median(ours[page]))
    for page in ("newest page", "oldest page"):
        yield milliseconds(
            16,
            f"{name}: {page}",
            pages[page],
            peer={"count and OFFSET": median(pages[f"{PEER}{page}"]) * 1000},
            target=5,
            rule="at most 5 ms",
        )
    yield milliseconds(16, f"{name}: the slowest query ({slowest})", pages[slowest])
    yield milliseconds(16, f"{name}: the page, answered and rendered", told["whole"])
    yield milliseconds(16, f"{name}: appending a row", told["append"])
    yield Figure(
        number=16,
        name=f"{name}: verifying",
        value=told["verify"],
        unit="rows/s",
        target=200_000,
        rule="at least 200,000 rows a second",
        at_least=True,
    )
    yield Figure(
        number=16,
        name=f"{name}: a row with its indexes",
        value=told["bytes"],
        unit="bytes",
        target=700,
        rule="at most 700 bytes",
    )


def _measured(database_url: str, folder: str, rows: int) -> dict[str, Any]:
    """Measure one database in a separate process, because a process has one set of settings."""
    command = [sys.executable, "-m", "tests.benchmarks.audit", str(rows)]
    environment = {
        **os.environ,
        "CONSOLE_ENV": "local",
        "ENV_FILE": os.devnull,
        "DATA_DIR": folder,
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def taken(rows: int) -> dict[str, Any]:
    """Fill the database of the environment and measure everything, in seconds."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from wizard.models import AuditOutcome
    from wizard.services.audit.verification import verify
    from wizard.services.audit.writing import record_event

    call_command("migrate", verbosity=0)
    empty = _database_bytes()
    fill(rows)
    filled = _database_bytes()
    pages = {name: _times(page) for name, page in _pages(rows).items()}
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.create_superuser("bench"))

    def whole() -> None:
        assert client.get("/audit/").status_code == 200

    def append() -> None:
        record_event("SignIn", subject="bench", outcome=AuditOutcome.SUCCEEDED)

    append()  # A session that is newer than the trail would be told as a problem.
    begun = time.perf_counter()
    verdict = verify()
    took = time.perf_counter() - begun
    assert verdict.is_whole, verdict.problems
    return {
        "rows": rows,
        "pages": pages,
        "whole": _times(whole),
        "append": _times(append),
        "verify": verdict.rows / took,
        "bytes": (filled - empty) / rows,
    }


def _database_bytes() -> int:
    """Return the size of the database, including pages that are only in the write-ahead log."""
    from django.db import connection

    query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if connection.vendor == "postgresql":
        query = "SELECT pg_database_size(current_database())"
    with connection.cursor() as cursor:
        cursor.execute(query)
        (size,) = cursor.fetchone()
    return int(size)


def _times(call: Callable[[], object]) -> list[float]:
    """Return the seconds of each run, without the two first runs, which fill the caches."""
    times = []
    for _ in range(RUNS + 2):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return times[2:]


def _pages(rows: int) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name: the console's pages, then those of the peer."""
    from django.core.paginator import Paginator

    from wizard.domain import Target
    from wizard.models import AuditEvent
    from wizard.services.audit import reading
    from wizard.services.audit.reading import AuditFilter, LineOutcome, Sort

    middle = rows // 2
    since = BEGIN + timedelta(days=300)
    event_id = AuditEvent.objects.get(pk=middle).event_id

    def ours(before: int | None = None, **wanted: Any) -> Callable[[], object]:
        return lambda: reading.find_lines(wanted=AuditFilter(**wanted), before=before)

    def peers(number: int) -> Callable[[], object]:
        def page() -> object:
            found = Paginator(AuditEvent.objects.order_by("-sequence"), reading.PAGE_SIZE)
            return list(found.page(number).object_list), found.num_pages

        return page

    last = rows // reading.PAGE_SIZE
    return {
        "newest page": ours(),
        "page in the middle": ours(before=middle),
        "oldest page": ours(before=reading.PAGE_SIZE),
        "by person": ours(usernames=[PEOPLE[0]]),
        "by person, rare": ours(usernames=[RARE_PERSON]),
        "by action": ours(actions=[CHANGES[0]]),
        "by account": ours(account_id=ACCOUNT),
        "by Region": ours(region=REGIONS[-1]),
        "by account and Region": ours(account_id=ACCOUNT, region=REGION),
        "by subject, its whole": ours(subject_part=RULES[0]),
        "by subject, rare": ours(subject_part=RARE_RULE),
        "by subject, a part": ours(subject_part="team-0"),
        "failed": ours(outcome=LineOutcome.FAILED),
        "refused": ours(outcome=LineOutcome.REFUSED),
        "no result recorded": ours(outcome=LineOutcome.OPEN),
        "changes": ours(sort=Sort.CHANGE),
        "events": ours(sort=Sort.EVENT),
        "of a week": ours(since=since, until=since + timedelta(days=7)),
        "until long ago": ours(until=BEGIN + timedelta(days=1)),
        "by event ID": ours(event_id=event_id),
        "person, Region and failed": ours(
            usernames=[PEOPLE[0]], region=REGION, outcome=LineOutcome.FAILED
        ),
        "person and action that never meet": ours(usernames=[RARE_PERSON], actions=[CHANGES[0]]),
        "two that never meet, both frequent": ours(usernames=[PEOPLE[0]], subject_part="person-1"),
        "history of one rule": lambda: reading.rule_history(
            target=Target(account_id=ACCOUNT, region=REGION),
            ecr_repository_prefix=RULES[0],
            most=5,
        ),
        f"{PEER}newest page": peers(1),
        f"{PEER}page in the middle": peers(last // 2),
        f"{PEER}oldest page": peers(last),
        f"{PEER}by person, first page": lambda: (
            Paginator(AuditEvent.objects.filter(username=PEOPLE[0]).order_by("-sequence"), 50)
            .page(1)
            .object_list[0]
        ),
    }


# --- A trail as two years make it ---------------------------------------------------------------


def fill(rows: int) -> None:
    """Write that number of sealed rows, the index of open changes, and the head."""
    from django.db import connection, transaction
    from django.db.models import Exists, OuterRef

    from wizard.domain.chain import NEWEST_FORM
    from wizard.models import AuditEvent, AuditHead, OpenChange
    from wizard.services.audit.appending import keyring, sealed

    keys, seal, batch = keyring(), b"", []
    for sequence, columns in enumerate(_columns(rows), start=1):
        event = AuditEvent(
            sequence=sequence, form=NEWEST_FORM, key_id=keys.sealing_id, request_ids=[], **columns
        )
        event.seal = seal = sealed(event, previous=seal)
        batch.append(event)
        if len(batch) == BATCH or sequence == rows:
            with transaction.atomic():
                AuditEvent.objects.bulk_create(batch)
            batch = []
    AuditHead.objects.filter(pk=1).update(sequence=rows, seal=seal)
    # NOT IN over a million rows never ends on a PostgreSQL that has no statistics yet.
    results = AuditEvent.objects.filter(phase="result", event_id=OuterRef("event_id"))
    open_intents = AuditEvent.objects.filter(~Exists(results), phase="intent")
    OpenChange.objects.bulk_create(
        OpenChange(event_id=event.event_id, sequence=event.sequence) for event in open_intents
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE) wizard_auditevent")


def _columns(rows: int) -> Iterator[dict[str, Any]]:
    """Yield the columns of rows as they accumulate over two years: changes and events."""
    chance = random.Random(1)
    step = timedelta(days=730) / rows
    pending: list[dict[str, Any]] = []
    for number in range(rows):
        columns = pending.pop() if pending else _line(chance, pending)
        yield columns | {"happened_at": BEGIN + step * number}


def _line(chance: random.Random, pending: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first row of a line; its result row is appended to `pending`."""
    person = RARE_PERSON if chance.random() < 0.0002 else PEOPLE[int(40 * chance.random() ** 2)]
    shared = {
        "event_id": uuid.UUID(int=chance.getrandbits(128), version=4),
        "user_id": 7,
        "username": person,
        "address": "10.0.0.7",
        "way": "browser",
    }
    if chance.random() < 0.3:
        is_refused = chance.random() < 0.01
        return shared | {
            "phase": "event",
            "action": "RefuseAccess" if is_refused else "SignIn",
            "subject": person,
            "outcome": "refused" if is_refused else "succeeded",
        }
    rule = RARE_RULE if chance.random() < 0.0002 else chance.choice(RULES)
    after = {
        "ecr_repository_prefix": rule,
        "upstream_registry_url": "registry-1.docker.io",
        "credential_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SECRET}",
    }
    shared |= {
        "action": chance.choice(CHANGES) if person != RARE_PERSON else "DeleteSecret",
        "account_id": ACCOUNT if chance.random() < 0.95 else "210987654321",
        "region": REGIONS[int(6 * chance.random() ** 3)],
        "subject": rule,
        "after": after,
    }
    if chance.random() < 0.0001:
        return shared | {"phase": "intent"}
    is_failed = chance.random() < 0.01
    error = {"kind": "Throttled", "message": "Rate exceeded", "code": "ThrottlingException"}
    pending.append(
        shared
        | {
            "phase": "result",
            "after": None,  # the same as in the intent
            "outcome": "failed" if is_failed else "succeeded",
            "error": error if is_failed else None,
        }
    )
    return shared | {"phase": "intent"}


if __name__ == "__main__":
    json.dump(taken(int(sys.argv[1])), sys.stdout)
