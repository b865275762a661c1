"""AWS with faults: a Region that never answers, and 30 % of all calls throttled."""

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from bs4 import BeautifulSoup

from tests.benchmarks.boto3_peer import clients
from tests.benchmarks.client import Answer, Visitor, overview_path
from tests.benchmarks.figures import RUNS, Figure, milliseconds
from tests.benchmarks.overview import FEW, FLAT_SECONDS, answered, arrival, page
from tests.benchmarks.servers import ROOT, StubAws, client_environment, console

DEAD = "ap-southeast-3"
DEADLINE_SECONDS = 3.0
THROTTLED = 0.3
PAGES = 10


def measure() -> Iterator[Figure]:
    with console(latency=FLAT_SECONDS, rules=FEW) as (aws, _server, visitor):
        yield from _dead(aws, visitor)
        yield from _throttled(aws, visitor)


def _dead(aws: StubAws, visitor: Visitor) -> Iterator[Figure]:
    regions = list(clients(aws.url))
    others = [region for region in regions if region != DEAD]
    page(visitor, regions)
    healthy = median([_last_of(page(visitor, regions), others) for _ in range(RUNS)]) * 1000
    aws.set(latency=FLAT_SECONDS, rules=FEW, dead=[DEAD])
    answers = [page(visitor, others) for _ in range(RUNS)]
    yield milliseconds(
        4,
        f"One dead Region: the other {len(others)} are on the page",
        [_last_of(answer, others) for answer in answers],
        limit={"with every Region healthy": healthy},
        target=1.2 * healthy,
        rule="at most 1.2 times the healthy time",
    )
    yield milliseconds(
        4,
        "One dead Region: the whole page",
        [answer.seconds for answer in answers],
        limit={"the page's deadline": DEADLINE_SECONDS * 1000},
        target=DEADLINE_SECONDS * 1000 + 100,
        rule="at most the deadline and 100 ms",
    )


def _last_of(answer: Answer, regions: list[str]) -> float:
    return max(arrival(answer, region) for region in regions) - answer.begun


def _throttled(aws: StubAws, visitor: Visitor) -> Iterator[Figure]:
    regions = list(clients(aws.url))
    aws.set(latency=FLAT_SECONDS, rules=FEW, throttled=THROTTLED)
    peer = _boto3(aws)
    aws.set(latency=FLAT_SECONDS, rules=FEW, throttled=THROTTLED)
    answers = [visitor.get(overview_path()) for _ in range(PAGES)]
    reads = PAGES * len(regions)
    told = [_retryable(answer) for answer in answers]
    lost = sum(
        len(set(regions) - answered(answer) - retryable)
        for answer, retryable in zip(answers, told, strict=True)
    )
    share = f"{reads} reads of Regions"
    yield Figure(
        number=5,
        name=f"30 % throttled, {share}: lost without a word",
        value=lost,
        unit="Regions",
        peer={"boto3's defaults, lost": sum(each["lost"] for each in peer)},
        target=0,
        rule="none",
    )
    yield Figure(
        number=5,
        name=f"30 % throttled, {share}: shown with a Retry button",
        value=sum(map(len, told)),
        unit="Regions",
        target=reads / 100,
        rule="at most 1 %",
    )
    yield Figure(
        number=5,
        name=f"30 % throttled: the slowest of {PAGES} pages",
        value=max(answer.seconds for answer in answers),
        unit="s",
        peer={"boto3's defaults, slowest of as many": max(each["seconds"] for each in peer)},
        target=6,
        rule="at most 6 s",
        runs=[answer.seconds for answer in answers],
    )


def _retryable(answer: Answer) -> set[str]:
    """The Regions that the page offers to ask again."""
    found = BeautifulSoup(answer.body, "lxml").select("[hx-get*='/overview-section/']")
    retries = [element for element in found if "Retry" in element.get_text()]
    return {str(element["hx-get"]).split("/")[2] for element in retries}


def _boto3(aws: StubAws) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "tests.benchmarks.boto3_peer", str(PAGES)]
    environment = client_environment(aws)
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    rounds: list[dict[str, float]] = json.loads(told.stdout)
    return rounds
