"""What Chromium shows of the all-Regions page while the slowest Region has not answered yet."""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.boto3_peer import clients
from tests.benchmarks.chromium import chromium, context_of
from tests.benchmarks.client import overview_path
from tests.benchmarks.figures import RUNS, Figure
from tests.benchmarks.overview import FEW, section_id, spread
from tests.benchmarks.servers import furnished, stub_aws

# Just under the deadline of the page, after which a Region counts as silent.
SLOWEST_SECONDS = 2.8

# When each section got into the document, in milliseconds of the epoch.
WATCH = """
(sections) => {
  window.shown = {};
  const look = () => {
    for (const section of sections)
      if (!(section in window.shown) && document.getElementById(section))
        window.shown[section] = performance.timeOrigin + performance.now();
  };
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
}
"""


def measure() -> Iterator[Figure]:
    regions = list(clients("http://127.0.0.1"))
    latencies = {**spread(regions), regions[-1]: SLOWEST_SECONDS}
    sections = [section_id(region) for region in regions]
    shells, late = [], []
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws())
        aws.set(rules=FEW)
        site = stack.enter_context(furnished(aws))
        server = stack.enter_context(site.serving())
        server.visitor().get(overview_path())
        browser = stack.enter_context(chromium())
        context = context_of(browser, server)
        page = context.new_page()
        page.add_init_script(f"({WATCH})({sections})")
        for _ in range(RUNS):
            aws.set(latencies=latencies, rules=FEW)
            page.goto(overview_path(), wait_until="load")
            answered, shown = aws.seen()["answered_at"], page.evaluate("window.shown")
            paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            shells.append(page.evaluate(paint))
            delays = [shown[section_id(region)] - answered[region] * 1000 for region in regions]
            late.append(max(delays))
        context.close()
    yield Figure(
        number=3,
        name=f"First paint while the slowest Region takes {SLOWEST_SECONDS} s",
        value=median(shells),
        unit="ms",
        limit={"a page that waits for all": SLOWEST_SECONDS * 1000},
        target=150,
        rule="at most 150 ms",
        runs=shells,
    )
    yield Figure(
        number=3,
        name="A Region on the page after its answer, the worst of all",
        value=median(late),
        unit="ms",
        target=50,
        rule="at most 50 ms",
        runs=late,
    )
