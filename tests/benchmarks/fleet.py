"""The pages over all accounts with up to 400,000 rules on PostgreSQL, without a call to AWS.

A process of its own for each number of accounts, `python -m tests.benchmarks.fleet ACCOUNTS`, fills
a database and asks for the pages: first alone, then while another process stores again and again
what sweeps read. The processor time is that of the console and of its connection's server process,
which makes no use of parallel queries, so that nothing is left out. The limit of each page is a
page of help in the same process: what every page of the console costs.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, percentile, slope
from tests.benchmarks.processes import cpu_seconds
from tests.servers import postgresql

ROOT = Path(__file__).resolve().parents[2]
NUMBER = 25
COUNTS = (100, 1_000, 5_000)
RULES = 20
CODES = ("us-east-1", "us-east-2", "eu-central-1", "eu-west-1")
RUNS = 20
TARGET_MS = 300
# Pages may cost so much more while sweeps are stored.
MOST_SLOWER = 1.25
LIMIT = "/help/fleet/"
PAGES = {
    "rules": "/fleet/",
    "rules, last page": "/fleet/?page=8000",
    "rules that failed": "/fleet/?status=failed",
    "rules of an owner": "/fleet/?owner=Owner+1",
    "rules of an upstream": "/fleet/?registry=quay&status=failed&region=us-east-1",
    "rules by search": "/fleet/?q=team-4711",
    "rules by search of a prefix": "/fleet/?q=docker-hub-1",
    "rules by age": "/fleet/?age=1d",
    "rules, newest validation first": "/fleet/?sort=-validated",
    "accounts": "/fleet/accounts/",
    "accounts without Docker Hub": "/fleet/accounts/?lacks=docker-hub",
    "groups by owner": "/fleet/groups/?by=owner",
    "groups by upstream": "/fleet/groups/?by=url",
    "groups by reason": "/fleet/groups/?by=reason",
    "matrix": "/fleet/matrix/",
    "Regions": "/fleet/regions/?state=failed",
    "trend": "/fleet/trend/",
    "API, 100 rules": "/api/fleet/rules/",
}


def measure() -> Iterator[Figure]:
    """Return the figures of each page."""
    found = [_measured_alone(count) for count in COUNTS]
    yield from _figures(found[-1])
    for name in PAGES:
        cpu = [each["cpu"][name] for each in found]
        yield Figure(
            number=NUMBER,
            name=(
                f"Exponent of growth from {COUNTS[0]:,} to {COUNTS[-1]:,} accounts,"
                f" processor time: {name}"
            ),
            value=_exponent([each["rules"] for each in found], cpu),
            unit="",
            target=1.1,
            rule="at most 1.1",
        )


def _figures(told: Mapping[str, Any]) -> Iterator[Figure]:
    many = f"{told['rules']:,} rules"
    for name, seconds in told["pages"].items():
        yield Figure(
            number=NUMBER,
            name=f"{many}: {name}, p95",
            value=percentile(seconds, 95) * 1000,
            unit="ms",
            target=TARGET_MS,
            rule=f"at most {TARGET_MS} ms",
            limit={"a page of help": percentile(told["limit"], 95) * 1000},
        )
    for name, cpu in told["cpu"].items():
        yield Figure(
            number=NUMBER,
            name=f"{many}: {name}, processor time",
            value=cpu * 1000,
            unit="ms",
            peer={"while sweeps are stored": told["cpu_in_sweeps"][name] * 1000},
            limit={"a page of help": told["limit_cpu"] * 1000},
        )
    yield Figure(
        number=NUMBER,
        name=f"{many}: processor time of all pages while sweeps are stored",
        value=sum(told["cpu_in_sweeps"].values()) / sum(told["cpu"].values()),
        unit="times that without",
        target=MOST_SLOWER,
        rule=f"at most {MOST_SLOWER} times",
    )
    yield Figure(
        number=NUMBER,
        name=f"{many}: Regions that were stored meanwhile",
        value=told["stored"],
        unit="",
    )
    for name, member, unit in (
        ("counting and checking all numbers", "count", "s"),
        ("a file with 100,000 of them", "file", "s"),
        ("more memory after the file", "grown", "MB"),
        ("a rule with its indexes", "bytes", "bytes"),
        ("the numbers of a Region with their indexes", "number_bytes", "bytes"),
    ):
        yield Figure(number=NUMBER, name=f"{many}: {name}", value=told[member], unit=unit)


def _exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    points = zip(sizes, values, strict=True)
    return slope([(math.log(x), math.log(max(y, 1e-4))) for x, y in points])


def _measured_alone(count: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder,
        postgresql(Path(folder)) as server,
    ):
        return measured(server.url, folder, count)


def measured(database_url: str, folder: str, accounts: int) -> dict[str, Any]:
    """Measure in a separate process, because a process has one set of settings."""
    command = [sys.executable, "-m", "tests.benchmarks.fleet", str(accounts)]
    environment = {
        **os.environ,
        "CONSOLE_ENV": "local",
        "ENV_FILE": os.devnull,
        "DATA_DIR": folder,
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGIONS_IN_USE": ",".join(CODES),
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def taken(accounts: int) -> dict[str, Any]:
    """Fill the database of the environment and measure everything, in seconds."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from tests.fleet import furnish_fleet
    from wizard.models import LastKnownRule, RegionReading
    from wizard.services.fleet.counting import count_today

    call_command("migrate", verbosity=0)
    furnish_fleet(accounts=accounts, regions=len(CODES), rules=RULES)
    begun = time.perf_counter()
    count_today()
    counted = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT pg_total_relation_size('wizard_lastknownrule'),"
            " pg_total_relation_size('wizard_regionreading')"
            " + pg_total_relation_size('wizard_fleetcount')"
        )
        size, number_size = cursor.fetchone()
    asking = _Asking(User.objects.create_superuser("bench"))
    limit, limit_cpu = asking.ask(LIMIT)
    alone = {name: asking.ask(path) for name, path in PAGES.items()}
    sweeps = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.fleet", "sweep"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sweeps.stdout is not None
        sweeps.stdout.readline()
        begun_at = _stored()
        in_sweeps = {name: asking.ask(path) for name, path in PAGES.items()}
        stored = _stored() - begun_at
    finally:
        sweeps.kill()
        sweeps.communicate()
    return {
        "rules": LastKnownRule.objects.count(),
        "limit": limit,
        "limit_cpu": limit_cpu,
        "pages": {name: seconds for name, (seconds, _cpu) in alone.items()},
        "cpu": {name: cpu for name, (_seconds, cpu) in alone.items()},
        "cpu_in_sweeps": {name: cpu for name, (_seconds, cpu) in in_sweeps.items()},
        "stored": stored,
        "count": counted,
        **asking.file(),
        "bytes": size / LastKnownRule.objects.count(),
        "number_bytes": number_size / RegionReading.objects.count(),
    }


class _Asking:
    """A person who asks for pages in this process."""

    def __init__(self, user: Any) -> None:
        from django.db import connection
        from django.test import Client

        self._client = Client(SERVER_NAME="127.0.0.1")
        self._client.force_login(user)
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SELECT pg_backend_pid()")
            (self._server,) = cursor.fetchone()

    def ask(self, path: str) -> tuple[list[float], float]:
        """Return the seconds of each answer, and the processor time of one."""
        for _ in range(2):
            assert self._client.get(path).status_code == 200, path
        seconds, before = [], self._cpu()
        for _ in range(RUNS):
            begun = time.perf_counter()
            self._client.get(path)
            seconds.append(time.perf_counter() - begun)
        cpu = (self._cpu() - before) / RUNS
        sys.stderr.write(
            f"{path}: {percentile(seconds, 95) * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms\n"
        )
        return seconds, cpu

    def file(self) -> dict[str, float]:
        """Take a file of a quarter of all rules."""
        before = _memory()
        begun = time.perf_counter()
        file = self._client.get("/fleet/?format=csv&region=us-east-1")
        for _piece in file.streaming_content:  # type: ignore[attr-defined]
            pass
        return {"file": time.perf_counter() - begun, "grown": _memory() - before}

    def _cpu(self) -> float:
        return time.process_time() + cpu_seconds(self._server)


def _stored() -> float:
    """How many Regions were stored by now, told by the statistics of the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'wizard_regionreading'"
        )
        return float(cursor.fetchone()[0])


def sweep() -> None:
    """Store the known rules of each account once more, as sweeps do, until the process ends."""
    import django

    django.setup()
    from django.utils import timezone

    from wizard.domain import Rule, Target
    from wizard.models import LastKnownRule
    from wizard.services.last_known import store_everywhere

    ids = LastKnownRule.objects.order_by().values_list("account_id", flat=True).distinct()
    accounts = sorted(ids)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    while True:
        for account_id in accounts:
            read: dict[Target, list[Rule]] = {}
            for row in LastKnownRule.objects.filter(account_id=account_id, gone_since=None):
                read.setdefault(row.target, []).append(row.rule)
            store_everywhere(read, asked_at=timezone.now())


def _memory() -> float:
    """Return the memory of this process in megabytes."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the memory of the process is not known")


if __name__ == "__main__":
    if sys.argv[1] == "sweep":
        sweep()
    else:
        sys.stdout.write(json.dumps(taken(int(sys.argv[1]))))
