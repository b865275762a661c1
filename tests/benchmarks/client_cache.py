"""The cache of AWS clients: the cost of a client with the cache and without it.

`python -m tests.benchmarks.client_cache` measures in its own process and prints JSON.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from tests.benchmarks.figures import Figure, seconds_of
from tests.benchmarks.servers import ROOT, StubAws, client_environment

SESSIONS = 5
SERVICES = 2
ACCOUNT = "111122223333"


def measure() -> Iterator[Figure]:
    environment = client_environment(StubAws(url="http://127.0.0.1:9"))
    command = [sys.executable, "-m", "tests.benchmarks.client_cache"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    told: dict[str, float] = json.loads(done.stdout)
    count = int(told["clients"])
    yield Figure(
        number=14,
        name=f"A client, made once ({count} of them)",
        value=told["made"] * 1000,
        unit="ms",
        peer={"a session for each call": told["session"] * 1000},
        target=3,
        rule="at most 3 ms",
    )
    yield Figure(
        number=14,
        name="A client out of the cache",
        value=told["cached"] * 1000,
        unit="ms",
        target=3,
        rule="at most 3 ms",
    )
    yield Figure(
        number=14,
        name="Memory of a client",
        value=told["bytes"] / 1024 / 1024,
        unit="MB",
        peer={"with a session of its own": told["session_bytes"] / 1024 / 1024},
    )


def main() -> None:
    from wizard.backend import clients
    from wizard.backend.account_roles import assumed_roles
    from wizard.domain import Target
    from wizard.domain.accounts import AccountRole

    regions = boto3.Session().get_available_regions("ecr")

    def make() -> None:
        for region in regions:
            target = Target(account_id=ACCOUNT, region=region)
            clients.ecr(target)
            clients.secretsmanager(target)

    assumed_roles.use(AccountRole(account_id=ACCOUNT, role_arn="", external_id=""))
    clients.ecr(Target(account_id=ACCOUNT, region=regions[0]))
    count = len(regions) * SERVICES
    bytes_made, seconds_made = grown(make)
    seconds_cached = median([seconds_of(make) for _ in range(SESSIONS)])
    kept: list[Any] = []

    def make_sessions() -> None:
        for region in regions[:SESSIONS]:
            kept.append(boto3.Session().client("ecr", region_name=region))

    bytes_sessions, seconds_sessions = grown(make_sessions)
    figures = {
        "clients": count,
        "made": seconds_made / count,
        "cached": seconds_cached / count,
        "bytes": bytes_made / count,
        "session": seconds_sessions / SESSIONS,
        "session_bytes": bytes_sessions / SESSIONS,
    }
    json.dump(figures, sys.stdout)


def grown(call: Callable[[], None]) -> tuple[float, float]:
    """By how many bytes a call makes this process grow, and how long it takes."""
    before = _resident()
    seconds = seconds_of(call)
    return _resident() - before, seconds


def _resident() -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(), flags=re.M)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
