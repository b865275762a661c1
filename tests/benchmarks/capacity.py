"""Sweeps of 100, 1,000 and 5,000 accounts: processor time, pages meanwhile, database, memory.

PostgreSQL, two workers as `manage.py worker` starts them, one server of pages, and the fast AWS of
`fleet_aws`. All accounts become due at once, twice: the first sweep assumes each role and stores
all rules, the second finds them unchanged, as those of every day do. The limit is the processor
time of bare boto3 for the same calls, measured in the same run.

`python -m tests.benchmarks.capacity fill COUNT` adds accounts to a migrated database.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import django
import psycopg
from django.utils import timezone

from tests.benchmarks.client import Visitor
from tests.benchmarks.figures import Figure, percentile, slope
from tests.benchmarks.fleet_accounts import account_ids, role_arn
from tests.benchmarks.processes import cpu_seconds, memory_bytes
from tests.benchmarks.servers import ROOT, Server, Site, StubAws, fleet_aws, furnished
from tests.servers import PostgreSQL, postgresql

NUMBER = 23
COUNTS = (100, 1_000, 5_000)
WORKERS = 2
REGIONS = ("us-east-2", "us-east-1", "eu-west-1", "eu-central-1")
RULES = 5
MEGABYTE = 1024 * 1024
INTERVAL_SECONDS = 15 * 60
# A worker is one core at most, and is not planned to be busier than this.
BUSY = 0.7
# The pages that are asked for before and during a sweep.
PAGE = "/fleet/"
QUIET_PAGES = 60
LONGEST_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep of all accounts took, in seconds; `cpu` is that of each part."""

    accounts: int
    calls: int
    wall: float
    cpu: Mapping[str, float]
    pages: Sequence[float]
    crowded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one number of accounts."""

    accounts: int
    first: Swept
    again: Swept
    quiet_pages: Sequence[float]
    page_cpu: float
    database: float
    memory: float
    bare_call: float


def measure() -> Iterator[Figure]:
    found = []
    for count in COUNTS:
        found.append(_measured(count))
        yield from _figures(found[-1])
    yield from _growth(found)
    yield from _needed(found[-1])


def _figures(found: Measured) -> Iterator[Figure]:
    many = f"{found.accounts:,} accounts"
    for name, swept in (("first sweep", found.first), ("sweep", found.again)):
        yield Figure(
            number=NUMBER,
            name=f"{many}, {name}: processor time of the workers for each account",
            value=swept.cpu["workers"] / swept.accounts * 1000,
            unit="ms",
            limit={"bare boto3": found.bare_call * swept.calls / swept.accounts * 1000},
        )
        yield Figure(
            number=NUMBER,
            name=f"{many}, {name}: processor time of PostgreSQL for each account",
            value=swept.cpu["database"] / swept.accounts * 1000,
            unit="ms",
        )
        yield Figure(
            number=NUMBER,
            name=f"{many}, {name}: time with {WORKERS} workers, {swept.calls:,} calls",
            value=swept.wall,
            unit="s",
            limit={
                "bare boto3 on as many cores": found.bare_call * swept.calls / _cores(),
            },
        )
        yield Figure(
            number=NUMBER,
            name=f"{many}, {name}: accounts and Regions with more than one call at once",
            value=swept.crowded,
            unit="",
            target=1,
            rule="at most 1, where the console's own account assumes the roles",
        )
    yield Figure(
        number=NUMBER,
        name=f"{many}: 95th percentile of the fleet's page during sweeps",
        value=percentile([*found.first.pages, *found.again.pages], 95) * 1000,
        unit="ms",
        peer={"without sweeps": percentile(found.quiet_pages, 95) * 1000},
    )
    yield Figure(
        number=NUMBER,
        name=f"{many}: processor time of the server for the fleet's page",
        value=found.page_cpu * 1000,
        unit="ms",
    )
    yield Figure(
        number=NUMBER, name=f"{many}: the database", value=found.database / MEGABYTE, unit="MB"
    )
    yield Figure(
        number=NUMBER,
        name=f"{many}: memory of a worker (PSS) after both sweeps",
        value=found.memory / MEGABYTE,
        unit="MB",
    )


def _growth(found: Sequence[Measured]) -> Iterator[Figure]:
    """The exponents of growth: 1 is in proportion to the accounts, 0 is not at all."""

    def exponent(values: Sequence[float]) -> float:
        points = zip((each.accounts for each in found), values, strict=True)
        return slope([(math.log(x), math.log(y)) for x, y in points])

    of = {
        "processor time of a sweep": [each.again.cpu["workers"] for each in found],
        "processor time of PostgreSQL": [each.again.cpu["database"] for each in found],
        "processor time of the fleet's page": [each.page_cpu for each in found],
        "memory of a worker": [each.memory for each in found],
        "the database": [each.database for each in found],
    }
    for name, values in of.items():
        yield Figure(
            number=NUMBER,
            name=f"Exponent of growth from {COUNTS[0]:,} to {COUNTS[-1]:,} accounts: {name}",
            value=exponent(values),
            unit="",
            target=1.1,
            rule="at most 1.1",
        )


def _needed(found: Measured) -> Iterator[Figure]:
    """How many workers it takes, from the processor time of a sweep; AssumeRole is hourly."""
    sweep, first = found.again, found.first
    hourly = (first.cpu["workers"] - sweep.cpu["workers"]) / 4
    for_each = (sweep.cpu["workers"] + max(hourly, 0)) / sweep.accounts
    for regions in (len(REGIONS), 34):
        # What a sweep costs beyond its calls is counted with each Region, which is too much.
        cpu = for_each * regions / len(REGIONS) * found.accounts
        yield Figure(
            number=NUMBER,
            name=(
                f"Workers for {found.accounts:,} accounts of {regions} Regions every 15 minutes,"
                f" each {BUSY:.0%} of a core"
            ),
            value=math.ceil(cpu / (INTERVAL_SECONDS * BUSY)),
            unit="",
        )


def _measured(count: int) -> Measured:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ptcconsole-bench-"))
        database = stack.enter_context(postgresql(Path(folder)))
        aws = stack.enter_context(fleet_aws())
        aws.set(accounts=count, rules=RULES, latency=0.05, jitter=0.5)
        bare_call = _bare_call(aws)
        site = stack.enter_context(
            furnished(aws, DATABASE_URL=database.url, REGIONS_IN_USE=",".join(REGIONS))
        )
        command = [sys.executable, "-m", "tests.benchmarks.capacity", "fill", str(count)]
        subprocess.run(command, cwd=ROOT, env=dict(site.environment), check=True)
        server = stack.enter_context(site.serving())
        rows = stack.enter_context(psycopg.connect(database.url, autocommit=True))
        bench = _Bench(count=count, aws=aws, database=database, server=server, rows=rows)
        with _workers(site) as workers:
            first = bench.sweep(workers)
            again = bench.sweep(workers)
            memory = median(memory_bytes(each.pid) for each in workers)
        before = cpu_seconds(server.worker_id)
        quiet = [_page(server.visitor()) for _ in range(QUIET_PAGES)]
        page_cpu = (cpu_seconds(server.worker_id) - before) / QUIET_PAGES
        size = rows.execute("SELECT pg_database_size(current_database())").fetchone()
        assert size is not None
        return Measured(
            accounts=count,
            first=first,
            again=again,
            quiet_pages=quiet,
            page_cpu=page_cpu,
            database=float(size[0]),
            memory=memory,
            bare_call=bare_call,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    count: int
    aws: StubAws
    database: PostgreSQL
    server: Server
    rows: "psycopg.Connection[Any]"

    def sweep(self, workers: Sequence["subprocess.Popen[str]"]) -> Swept:
        """Let all accounts become due, and ask for pages until all have been read."""
        self.aws.set(accounts=self.count, rules=RULES, latency=0.05, jitter=0.5)
        before = self._cpu(workers)
        self.rows.execute(
            "UPDATE wizard_sweep SET due_at = now(), ordered_at = now(), queued_until = NULL"
        )
        pages, begun = [], time.monotonic()
        visitor = self.server.visitor()
        while left := self._left():
            if time.monotonic() - begun > LONGEST_SECONDS:
                raise TimeoutError(f"{left} accounts were not read")
            pages.append(_page(visitor))
            time.sleep(0.25)
        wall = time.monotonic() - begun
        after, seen = self._cpu(workers), self.aws.seen()
        return Swept(
            accounts=self.count,
            calls=sum(seen["calls"].values()),
            wall=wall,
            cpu={name: after[name] - before[name] for name in after},
            pages=pages,
            crowded=sum(n for most, n in seen["pairs_at_once"].items() if int(most) > 1),
        )

    def _left(self) -> int:
        row = self.rows.execute(
            "SELECT count(*) FROM wizard_sweep WHERE ordered_at IS NOT NULL"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _cpu(self, workers: Sequence["subprocess.Popen[str]"]) -> dict[str, float]:
        return {
            "workers": sum(cpu_seconds(each.pid) for each in workers),
            "database": cpu_seconds(_postmaster(self.database), with_children=True),
        }


@contextmanager
def _workers(site: Site) -> Iterator[Sequence["subprocess.Popen[str]"]]:
    command = [sys.executable, "manage.py", "worker"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=dict(site.environment), text=True)
        for _ in range(WORKERS)
    ]
    try:
        yield running
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait()


def _postmaster(database: PostgreSQL) -> int:
    """The first process of the server, by the file that it writes."""
    lines = (database.log.parent / "postmaster.pid").read_text(encoding="ascii").splitlines()
    return int(lines[0])


def _page(visitor: Visitor) -> float:
    answer = visitor.get(PAGE)
    assert answer.status == 200, answer.status
    return answer.seconds


def _bare_call(aws: StubAws, calls: int = 300) -> float:
    """The processor time of boto3 alone for a call, after some that prepare it."""
    client = boto3.client(
        "ecr",
        REGIONS[0],
        endpoint_url=aws.url,
        aws_access_key_id="ASIA1000000000000000",
        aws_secret_access_key="not-checked",
    )
    for _ in range(20):
        client.describe_pull_through_cache_rules()
    begun = time.process_time()
    for _ in range(calls):
        client.describe_pull_through_cache_rules()
    return (time.process_time() - begun) / calls


def _cores() -> int:
    return min(os.cpu_count() or 1, WORKERS)


def _fill(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptcconsole.settings")
    django.setup()
    from wizard.models import Account, ExternalId, Sweep  # after the set-up

    ids = account_ids(count)
    ExternalId.objects.bulk_create(
        [ExternalId(account_id=each, value=f"ptc-{each}") for each in ids], batch_size=1000
    )
    Account.objects.bulk_create(
        [
            Account(
                account_id=each,
                role_arn=role_arn(each),
                alias=f"team-{each[-4:]}",
                owner=f"owner-{int(each) % 50}",
            )
            for each in ids
        ],
        batch_size=1000,
    )
    far = timezone.now() + timedelta(days=1)
    Sweep.objects.bulk_create([Sweep(account_id=each, due_at=far) for each in ids], batch_size=1000)


if __name__ == "__main__" and sys.argv[1:2] == ["fill"]:
    _fill(int(sys.argv[2]))
