"""Measures in a real Chromium, through its DevTools protocol, what a page costs the browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.benchmarks.servers import Server

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

# A task of the main thread that takes longer than 50 ms blocks whoever clicks meanwhile.
# A shift is what moves on the page without anybody having touched it; these are summed up.
WATCH = """
window.longTasks = [];
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Traffic:
    """What went over the network for one page; answers out of the browser's cache do not count."""

    requests: int = 0
    received: float = 0.0
    scripts: float = 0.0
    _types: dict[str, str] = field(default_factory=dict)
    _cached: set[str] = field(default_factory=set)

    def listen(self, session: Any) -> None:
        session.on("Network.responseReceived", self._answered)
        session.on("Network.requestServedFromCache", lambda e: self._cached.add(e["requestId"]))
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _answered(self, event: dict[str, Any]) -> None:
        self._types[event["requestId"]] = event["type"]
        if event["response"].get("fromDiskCache"):
            self._cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        if request in self._cached or request not in self._types:
            return
        self.requests += 1
        self.received += event["encodedDataLength"]
        if self._types[request] == "Script":
            self.scripts += event["encodedDataLength"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a page kept the browser busy with."""

    first_paint: float
    blocked: float
    longest_task: float
    heap_bytes: float
    elements: int
    shift: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without its windows where there is such a build."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found, "Chromium is missing: apt-get install chromium chromium-headless-shell"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


def context_of(browser: Browser, server: Server) -> BrowserContext:
    """A browser profile that is new, but signed in; TLS ends in front of a production console."""
    is_production = server.site.is_production
    headers = {"X-Forwarded-Proto": "https"} if is_production else {}
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 1440, "height": 1000},
        extra_http_headers=headers,
    )
    scheme = "https" if is_production else "http"
    for name, value in server.site.cookies.items():
        url = f"{scheme}://{server.host}/"
        context.add_cookies([{"name": name, "value": value, "url": url, "secure": is_production}])
    return context


def visit(page: Page, path: str) -> Traffic:
    """Go there and wait until nothing more is loaded; what that took of the network."""
    traffic = Traffic()
    session = page.context.new_cdp_session(page)
    traffic.listen(session)
    answer = page.goto(path, wait_until="networkidle")
    assert answer is not None, path
    assert answer.status == 200, f"{path}: {answer.status}"
    session.detach()
    return traffic


def work_of(page: Page, path: str, *, slowdown: int) -> Work:
    """Go there with a processor so many times slower; what kept it busy."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.add_init_script(WATCH)
    page.goto(path, wait_until="networkidle")
    page.wait_for_timeout(200)
    tasks: list[float] = page.evaluate("window.longTasks")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    session.send("Performance.enable")
    told = session.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: each["value"] for each in told}
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()
    return Work(
        first_paint=paint or 0.0,
        blocked=sum(max(task - 50, 0) for task in tasks),
        longest_task=max(tasks, default=0.0),
        heap_bytes=metrics["JSHeapUsedSize"],
        elements=page.locator("*").count(),
        shift=page.evaluate("window.shift"),
    )
