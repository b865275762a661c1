"""A process that has just started: its startup time, and its first all-Regions page over TLS."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from statistics import median

from tests.benchmarks.boto3_peer import clients
from tests.benchmarks.figures import RUNS, Figure, milliseconds, repeated
from tests.benchmarks.overview import FEW, FLAT_SECONDS, page
from tests.benchmarks.servers import (
    PRODUCTION,
    ROOT,
    Site,
    client_environment,
    furnished,
    stub_aws,
    wait_for_answer,
)

FIRST_PAGE = "/sign-in/"
BARE = "tests.benchmarks.bare_settings"
_LOADED = "import sys, ptcconsole.wsgi; sys.exit('moto' in sys.modules)"


def measure() -> Iterator[Figure]:
    with stub_aws(with_tls=True) as aws:
        aws.set(latency=FLAT_SECONDS, rules=FEW)
        with furnished(aws) as site:
            peer = _boto3_first_rounds(client_environment(aws))
            yield from _first_page(site, peer)
            yield from _start(site, "demo")
        with furnished(aws, **PRODUCTION) as site:
            yield from _start(site, "production")
            yield _moto(site)


def _first_page(site: Site, peer: float) -> Iterator[Figure]:
    regions, cold, warm = list(clients("https://127.0.0.1")), [], []
    for _ in range(RUNS):
        with site.serving() as server:
            wait_for_answer(server.host, FIRST_PAGE)
            visitor = server.visitor()
            cold.append(page(visitor, regions).seconds)
            warm.append(page(visitor, regions).seconds)
    limit = median(warm) * 1000
    yield milliseconds(
        2,
        f"{len(regions)} Regions of {FEW} rules over TLS, the first page of a process",
        cold,
        peer={f"boto3 in {len(regions)} threads, also with new clients": peer},
        limit={"the second page": limit},
        target=2 * limit,
        rule="at most twice the second page",
    )


def _boto3_first_rounds(environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.boto3_peer", "1"]
    rounds = []
    for _ in range(RUNS):
        told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        rounds.append(float(json.loads(told.stdout)[0]["seconds"]) * 1000)
    return median(rounds)


def _start(site: Site, name: str) -> Iterator[Figure]:
    bare = median(repeated(lambda: _check(site, BARE))) * 1000
    yield milliseconds(
        12,
        f"manage.py check, {name}",
        repeated(lambda: _check(site, "ptcconsole.settings")),
        limit={"a bare Django project": bare},
        target=500,
        rule="at most 500 ms",
    )

    def first_answer() -> float:
        begun = time.perf_counter()
        with site.serving() as server:
            wait_for_answer(server.host, FIRST_PAGE)
            return time.perf_counter() - begun

    yield milliseconds(
        12,
        f"Start of a process to its first page, {name}",
        [first_answer() for _ in range(RUNS)],
        target=1000,
        rule="at most 1,000 ms",
    )


def _check(site: Site, settings: str) -> None:
    command = [sys.executable, "manage.py", "check"]
    environment = {**site.environment, "DJANGO_SETTINGS_MODULE": settings}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def _moto(site: Site) -> Figure:
    command = [sys.executable, "-c", _LOADED]
    done = subprocess.run(command, cwd=ROOT, env=site.environment, check=False)
    return Figure(
        number=12,
        name="Production process that has moto loaded",
        value=done.returncode,
        unit="of 1",
        target=0,
        rule="never",
    )
