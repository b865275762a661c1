"""The pages over all accounts with 400,000 rules on PostgreSQL, without a call to AWS.

A separate process, `python -m tests.benchmarks.fleet ACCOUNTS`, fills the database and measures.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, percentile
from tests.servers import postgresql

ROOT = Path(__file__).resolve().parents[2]
NUMBER = 25
ACCOUNTS, REGIONS, RULES = 5_000, 4, 20
RUNS = 20
TARGET_MS = 300
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
    with (
        tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder,
        postgresql(Path(folder)) as server,
    ):
        told = measured(server.url, folder, ACCOUNTS)
    for name, seconds in told["pages"].items():
        yield Figure(
            number=NUMBER,
            name=f"{told['rules']:,} rules: {name}, p95",
            value=percentile(seconds, 95) * 1000,
            unit="ms",
            target=TARGET_MS,
            rule=f"at most {TARGET_MS} ms",
        )
    yield Figure(
        number=NUMBER,
        name=f"{told['rules']:,} rules: counting them for the trend",
        value=told["count"],
        unit="s",
    )
    yield Figure(
        number=NUMBER,
        name=f"{told['rules']:,} rules: a file with 100,000 of them",
        value=told["file"],
        unit="s",
    )
    yield Figure(
        number=NUMBER,
        name=f"{told['rules']:,} rules: more memory after the file",
        value=told["grown"],
        unit="MB",
    )
    yield Figure(
        number=NUMBER,
        name=f"{told['rules']:,} rules: a rule with its indexes",
        value=told["bytes"],
        unit="bytes",
    )


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
    from django.test import Client

    from tests.fleet import furnish_fleet
    from wizard.models import LastKnownRule
    from wizard.services.fleet.counting import count_today

    call_command("migrate", verbosity=0)
    furnish_fleet(accounts=accounts, regions=REGIONS, rules=RULES)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_total_relation_size('wizard_lastknownrule')")
        (size,) = cursor.fetchone()
    begun = time.perf_counter()
    count_today()
    counted = time.perf_counter() - begun
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.create_superuser("bench"))
    pages = {}
    for name, path in PAGES.items():
        times = []
        for _ in range(RUNS + 2):
            begun = time.perf_counter()
            answer = client.get(path)
            times.append(time.perf_counter() - begun)
            assert answer.status_code == 200, path
        pages[name] = times[2:]
        sys.stderr.write(f"{name}: {percentile(pages[name], 95) * 1000:.0f} ms\n")
    before = _memory()
    begun = time.perf_counter()
    file = client.get("/fleet/?format=csv&region=us-east-1")
    for _piece in file.streaming_content:  # type: ignore[attr-defined]
        pass
    took = time.perf_counter() - begun
    return {
        "rules": LastKnownRule.objects.count(),
        "pages": pages,
        "count": counted,
        "file": took,
        "grown": _memory() - before,
        "bytes": size / LastKnownRule.objects.count(),
    }


def _memory() -> float:
    """Return the memory of this process in megabytes."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the memory of the process is not known")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(taken(int(sys.argv[1]))))
