"""Create in every Region, a secret and a rule in each, compared with the time of AWS's calls."""

from collections import Counter
from collections.abc import Iterator

from tests.benchmarks.boto3_peer import clients
from tests.benchmarks.client import Visitor
from tests.benchmarks.figures import RUNS, Figure, milliseconds, seconds_of
from tests.benchmarks.servers import REGION, StubAws, console
from tests.benchmarks.wizard_steps import WITH_SECRET, begin

LATENCY = 0.1


def measure() -> Iterator[Figure]:
    with console() as (aws, _server, visitor):
        regions = list(clients(aws.url))
        runs = [_create(aws, visitor, regions) for _ in range(RUNS)]
    times, chains = [run[0] for run in runs], [run[1] for run in runs]
    chain = max(chains)
    count = len(regions)
    yield milliseconds(
        15,
        f"A secret and a rule in {count} Regions, 100 ms a call",
        times,
        peer={f"2 x {count} calls one after the other": 2 * count * LATENCY * 1000},
        limit={f"the longest chain of calls, {chain}": chain * LATENCY * 1000},
        target=1.5 * chain * LATENCY * 1000,
        rule="at most 1.5 times the longest chain of calls",
    )


def _create(aws: StubAws, visitor: Visitor, regions: list[str]) -> tuple[float, int]:
    """Return the seconds of the confirming request, and the most calls in one Region."""
    aws.set(rules=3)
    further = [region for region in regions if region != REGION]
    chosen = {"regions": further, "spread": "each"}
    draft, review = begin(visitor, WITH_SECRET)
    answer = visitor.post(f"{draft}/regions/", chosen)
    assert answer.status == 303, answer.status
    assert visitor.get(review).status == 200
    aws.set(rules=3, latency=LATENCY)
    seconds = seconds_of(lambda: visitor.post(f"{draft}/create/", chosen))
    seen = aws.seen()
    missing = [region for region in regions if seen["made"].get(region) != 1]
    assert not missing, f"no rule in {missing}"
    return seconds, max(Counter(name.split()[0] for name in _each(seen["calls"])).values())


def _each(calls: dict[str, int]) -> Iterator[str]:
    for name, count in calls.items():
        yield from [name] * count
