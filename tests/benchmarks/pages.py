"""How many bytes of a page a real browser receives, and how long the page keeps the browser busy.

The console runs with production settings: static files have hashed names, are compressed, and may
be cached forever. In production, TLS ends at a proxy in front of the console.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from playwright.sync_api import Browser

from tests.benchmarks.chromium import Traffic, Work, chromium, context_of, visit, work_of
from tests.benchmarks.client import list_path, overview_path
from tests.benchmarks.figures import RUNS, Figure
from tests.benchmarks.overview import FEW, MANY
from tests.benchmarks.servers import PRODUCTION, REGION, Server, furnished, stub_aws
from tests.benchmarks.stub_aws import ACCOUNT

LATENCY = 0.02
SLOWDOWN = 4
KILOBYTE = 1024


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws(with_tls=True))
        aws.set(latency=LATENCY, rules=FEW)
        site = stack.enter_context(furnished(aws, **PRODUCTION))
        server = stack.enter_context(site.serving())
        browser = stack.enter_context(chromium())
        server.visitor().get(overview_path())
        yield from _overview(browser, server)
        yield from _work(browser, server, f"{FEW} rules in each Region")
        aws.set(latency=LATENCY, rules=MANY)
        server.visitor().get(overview_path())
        yield from _list(browser, server)
        yield from _wizard_step(browser, server)
        yield from _work(browser, server, f"{MANY} rules in each Region")


def _overview(browser: Browser, server: Server) -> Iterator[Figure]:
    cold, repeat = _cold_and_repeated(browser, server, overview_path())
    name = f"All Regions, {FEW} rules each"
    yield _kilobytes(f"{name}: cold", cold.received, 60)
    yield _count(f"{name}: requests, cold", cold.requests, 5)
    yield _kilobytes(f"{name}: scripts", cold.scripts, 25)
    yield _kilobytes(f"{name}: repeated", repeat.received, 10)
    yield _count(f"{name}: requests, repeated", repeat.requests)


def _list(browser: Browser, server: Server) -> Iterator[Figure]:
    cold, repeat = _cold_and_repeated(browser, server, list_path(REGION))
    yield _kilobytes(f"Region list, {MANY} rules: cold", cold.received)
    yield _kilobytes(f"Region list, {MANY} rules: repeated", repeat.received)


def _wizard_step(browser: Browser, server: Server) -> Iterator[Figure]:
    draft = server.visitor().post(f"/{ACCOUNT}/{REGION}/drafts/", {})
    _cold, repeat = _cold_and_repeated(browser, server, draft.headers["Location"])
    yield _kilobytes("Wizard step: repeated", repeat.received, 8)


def _cold_and_repeated(browser: Browser, server: Server, path: str) -> tuple[Traffic, Traffic]:
    """The same page in a new profile and once more; bytes are the same each time, so once."""
    context = context_of(browser, server)
    page = context.new_page()
    visits = visit(page, path), visit(page, path)
    context.close()
    return visits


def _work(browser: Browser, server: Server, name: str) -> Iterator[Figure]:
    done: list[Work] = []
    for _ in range(RUNS):
        context = context_of(browser, server)
        page = context.new_page()
        visit(page, overview_path())
        done.append(work_of(page, overview_path(), slowdown=SLOWDOWN))
        context.close()
    title = f"All Regions, {name}, a quarter of the processor"
    yield _milliseconds(f"{title}: first paint", [each.first_paint for each in done])
    yield _milliseconds(f"{title}: longest task", [each.longest_task for each in done], 50)
    yield _milliseconds(f"{title}: total blocking time", [each.blocked for each in done], 50)
    yield Figure(
        number=11,
        name=f"All Regions, {name}: heap",
        value=median([each.heap_bytes for each in done]) / KILOBYTE / KILOBYTE,
        unit="MB",
        target=6,
        rule="at most 6 MB",
    )
    yield _count(f"All Regions, {name}: elements", done[-1].elements, number=11)
    yield Figure(
        number=11,
        name=f"All Regions, {name}: layout shift",
        value=max(each.shift for each in done),
        unit="",
        target=0.05,
        rule="at most 0.05",
    )


def _milliseconds(name: str, runs: list[float], target: float | None = None) -> Figure:
    rule = f"at most {target:g} ms" if target is not None else ""
    return Figure(
        number=11, name=name, value=median(runs), unit="ms", target=target, rule=rule, runs=runs
    )


def _kilobytes(name: str, received: float, target: float | None = None) -> Figure:
    rule = f"at most {target:g} KB" if target is not None else ""
    return Figure(
        number=10, name=name, value=received / KILOBYTE, unit="KB", target=target, rule=rule
    )


def _count(name: str, value: float, target: float | None = None, *, number: int = 10) -> Figure:
    rule = f"at most {target:g}" if target is not None else ""
    return Figure(number=number, name=name, value=value, unit="", target=target, rule=rule)
