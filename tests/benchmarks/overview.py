"""The all-Regions page with few and with many rules, compared with the slowest response of AWS."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.boto3_peer import clients
from tests.benchmarks.client import Answer, Visitor, overview_path
from tests.benchmarks.figures import RUNS, Figure, milliseconds, seconds_of
from tests.benchmarks.servers import StubAws, client_environment, console

FLAT_SECONDS = 0.1
FASTEST, SLOWEST = 0.02, 0.3
FEWER, FEW, MANY = 2, 3, 50
_SECTION = re.compile(r'<section class="region ([\w-]+)"\s+id="region-([\w-]+)"')


def measure() -> Iterator[Figure]:
    with console(latency=FLAT_SECONDS, rules=FEW) as (aws, _server, visitor):
        yield from _flat(aws, visitor)
        yield from _spread(aws, visitor)
        yield from _many(aws, visitor)


def page(visitor: Visitor, regions: Iterable[str]) -> Answer:
    """The page, with every one of these Regions on it."""
    answer = visitor.get(overview_path())
    assert answer.status == 200, answer.status
    missing = set(regions) - answered(answer)
    assert not missing, f"without {missing}"
    return answer


def answered(answer: Answer) -> set[str]:
    """The Regions that the page shows as they are now."""
    sections = _SECTION.findall(answer.body.decode())
    return {region for kind, region in sections if kind != "region-silent"}


def arrival(answer: Answer, region: str) -> float:
    """When the Region's section began to arrive."""
    return answer.arrival_of(f'id="{section_id(region)}"')


def section_id(region: str) -> str:
    return f"region-{region}"


def spread(regions: list[str]) -> dict[str, float]:
    """A latency for each Region, evenly from the fastest to the slowest."""
    step = (SLOWEST - FASTEST) / (len(regions) - 1)
    return {region: FASTEST + step * number for number, region in enumerate(regions)}


def _flat(aws: StubAws, visitor: Visitor) -> Iterator[Figure]:
    regions = clients(aws.url)
    for client in regions.values():  # connections and models are warm for every way alike
        client.describe_pull_through_cache_rules()
    page(visitor, regions)
    passes = [
        [seconds_of(client.describe_pull_through_cache_rules) for client in regions.values()]
        for _ in range(RUNS)
    ]
    one_by_one = median(map(sum, passes)) * 1000
    slowest = median(map(max, passes)) * 1000
    answers = [page(visitor, regions) for _ in range(RUNS)]
    cli = _cli_seconds(aws, list(regions)) * 1000
    flat = milliseconds(
        1,
        f"{len(regions)} Regions of {FEW} rules, 100 ms each",
        [answer.seconds for answer in answers],
        peer={"boto3, one Region after the other": one_by_one, "AWS CLI in a loop (once)": cli},
        limit={"slowest single call": slowest},
        target=1.3 * slowest,
        rule="at most 1.3 times the slowest single call",
    )
    yield flat
    aws.set(latency=FLAT_SECONDS, rules=FEWER)
    page(visitor, regions)
    yield milliseconds(
        1,
        f"{len(regions)} Regions of {FEWER} rules, 100 ms each: every rule has its row",
        [page(visitor, regions).seconds for _ in range(RUNS)],
        limit={"slowest single call": slowest},
        target=1.3 * slowest,
        rule="at most 1.3 times the slowest single call",
    )
    yield Figure(
        number=1,
        name="Times faster than a loop of the AWS CLI",
        value=cli / flat.value,
        unit="x",
        target=80,
        rule="at least 80",
        at_least=True,
    )
    yield Figure(
        number=10,
        name=f"All Regions, {FEW} rules each: the page on the wire",
        value=answers[-1].wire_bytes / 1024,
        unit="KB",
        target=40,
        rule="at most 40 KB",
    )


def _cli_seconds(aws: StubAws, regions: list[str]) -> float:
    """A loop of the AWS CLI; slower than ten seconds, so once is enough."""
    program = str(Path(sys.executable).with_name("aws"))
    environment = client_environment(aws)

    def loop() -> None:
        for region in regions:
            command = [program, "ecr", "describe-pull-through-cache-rules", "--region", region]
            subprocess.run(command, env=environment, check=True, capture_output=True)

    return seconds_of(loop)


def _spread(aws: StubAws, visitor: Visitor) -> Iterator[Figure]:
    regions = clients(aws.url)
    latencies = spread(list(regions))
    aws.set(latencies=latencies, rules=FEW)
    slowest = max(latencies, key=lambda region: latencies[region])
    call = regions[slowest].describe_pull_through_cache_rules
    call()
    limit = median([seconds_of(call) for _ in range(RUNS)]) * 1000
    yield milliseconds(
        1,
        f"{len(regions)} Regions of {FEW} rules, 20 to 300 ms",
        [page(visitor, regions).seconds for _ in range(RUNS)],
        limit={"slowest single call": limit},
        target=1.15 * limit,
        rule="at most 1.15 times the slowest single call",
    )


def _many(aws: StubAws, visitor: Visitor) -> Iterator[Figure]:
    regions = clients(aws.url)
    aws.set(latency=FLAT_SECONDS, rules=MANY)
    single = next(iter(regions.values())).describe_pull_through_cache_rules
    single()
    limit = median([seconds_of(single) for _ in range(RUNS)])
    page(visitor, regions)
    answers, first = [], []
    for _ in range(RUNS):
        aws.set(latency=FLAT_SECONDS, rules=MANY)
        answer = page(visitor, regions)
        answers.append(answer)
        answered_at = aws.seen()["answered_at"]
        first.append(min(arrival(answer, region) for region in regions) - min(answered_at.values()))
    yield milliseconds(
        1,
        f"{len(regions)} Regions of {MANY} rules: own time, without the slowest call",
        [answer.seconds - limit for answer in answers],
        limit={"slowest single call": limit * 1000},
        target=250,
        rule="at most 250 ms",
    )
    yield milliseconds(
        1,
        f"{len(regions)} Regions of {MANY} rules: first Region after its answer",
        first,
        target=50,
        rule="at most 50 ms",
    )
    yield Figure(
        number=10,
        name=f"All Regions, {MANY} rules each: the page on the wire",
        value=answers[-1].wire_bytes / 1024,
        unit="KB",
        target=150,
        rule="at most 150 KB",
    )
