"""The memory of a worker: when idle, and its growth over thousands of requests."""

import time
from collections.abc import Iterator

from tests.benchmarks.client import list_path, overview_path
from tests.benchmarks.figures import Figure, slope
from tests.benchmarks.servers import REGION, Server, console
from tests.benchmarks.stub_aws import ACCOUNT
from tests.benchmarks.wizard_steps import WITH_SECRET

MEGABYTE = 1024 * 1024
REQUESTS = 10_000
WARM_UP = 1_000
LIMIT_SECONDS = 100
SAMPLE = 250


def measure() -> Iterator[Figure]:
    with console(rules=3) as (_aws, server, visitor):
        visitor.get("/sign-in/")
        idle = server.proportional_bytes() / MEGABYTE
        yield Figure(
            number=13,
            name="Memory of a worker (PSS) after its first page",
            value=idle,
            unit="MB",
            target=75,
            rule="at most 75 MB",
        )
        yield from _growth(server)
        for _ in range(10):
            visitor.get(overview_path())
        yield Figure(
            number=13,
            name="Memory of a worker after all that and ten pages of all Regions",
            value=server.proportional_bytes() / MEGABYTE,
            unit="MB",
        )


def _growth(server: Server) -> Iterator[Figure]:
    """Request pages until a time limit; return the slope of the memory over the requests."""
    visitor = server.visitor()
    step = visitor.post(f"/{ACCOUNT}/{REGION}/drafts/", {}).headers["Location"]
    answer = WITH_SECRET.steps["source"]
    pages = [step, "/account/", "/sign-in/", list_path(REGION)]
    points: list[tuple[float, float]] = []
    begun = time.monotonic()
    asked = 0
    while asked < REQUESTS + WARM_UP and time.monotonic() - begun < LIMIT_SECONDS:
        if asked % 2:
            visitor.post(step, answer)
        else:
            visitor.get(pages[asked // 2 % len(pages)])
        asked += 1
        if asked >= WARM_UP and asked % SAMPLE == 0:
            points.append((asked, server.proportional_bytes() / MEGABYTE))
    yield Figure(
        number=13,
        name=f"Growth over 10,000 requests, from {asked - WARM_UP:,} after the first {WARM_UP:,}",
        value=slope(points) * REQUESTS,
        unit="MB",
        target=5,
        rule="at most 5 MB",
        runs=[memory for _, memory in points],
    )
