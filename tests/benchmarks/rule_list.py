"""The list of a Region with 50 rules, alone and under load, compared with Django's own pages.

The peers show the same rows of the same database: Django's admin, in the same process and behind
the same middleware, and a minimal page in a separate Django process. Only the console calls AWS.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.client import Visitor, list_path
from tests.benchmarks.figures import RUNS, Figure, milliseconds, percentile
from tests.benchmarks.load import under_load
from tests.benchmarks.servers import REGION, furnished, stub_aws

ROWS = 50
REQUESTS = 20
CLIENTS = 4
LIST = list_path(REGION)
ADMIN = f"/admin/wizard/lastknownrule/?region={REGION}"
BARE = f"/{REGION}/"
BARE_SITE = "django.core.wsgi:get_wsgi_application()"
OURS, ADMINS, FLAT = "the console's list", "Django's admin list", "a bare Django page"


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws())
        aws.set(rules=ROWS)
        site = stack.enter_context(furnished(aws))
        ours = stack.enter_context(site.serving())
        settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.bare_settings"}
        bare = stack.enter_context(site.serving(BARE_SITE, **settings))
        pages = {
            OURS: (ours.visitor, LIST),
            ADMINS: (ours.visitor, ADMIN),
            FLAT: (bare.visitor, BARE),
        }
        for visitor, path in pages.values():
            _check(visitor(), path)
        yield _one_client(pages)
        yield from _four_clients(pages)


Pages = dict[str, tuple[Callable[[], Visitor], str]]


def _check(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    rows = answer.body.count(b"<tr")
    assert rows >= ROWS, f"{path}: {rows} rows"


def _one_client(pages: Pages) -> Figure:
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(RUNS):
        for name, (visitor, path) in pages.items():
            browser = visitor()
            browser.get(path)
            times[name].append(median([browser.get(path).seconds for _ in range(REQUESTS)]))
    admin = median(times[ADMINS]) * 1000
    return milliseconds(
        9,
        f"List of {ROWS} rules, one client, AWS answering at once",
        times[OURS],
        peer={ADMINS: admin},
        limit={FLAT: median(times[FLAT]) * 1000},
        target=0.4 * admin,
        rule="at most 0.4 times Django's admin list",
    )


def _four_clients(pages: Pages) -> Iterator[Figure]:
    speeds: dict[str, list[float]] = {name: [] for name in pages}
    slow: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(RUNS):
        for name, (visitor, path) in pages.items():
            load = under_load(visitor, path, clients=CLIENTS)
            speeds[name].append(load.per_second)
            slow[name].append(percentile(load.times, 99))
    yield Figure(
        number=9,
        name=f"List of {ROWS} rules, {CLIENTS} clients, one worker",
        value=median(speeds[OURS]),
        unit="requests/s",
        peer={ADMINS: median(speeds[ADMINS])},
        limit={FLAT: median(speeds[FLAT])},
        target=median(speeds[ADMINS]) / 0.4,
        rule="at least 2.5 times Django's admin list",
        at_least=True,
        runs=speeds[OURS],
    )
    yield milliseconds(
        9,
        f"List of {ROWS} rules, {CLIENTS} clients: p99",
        slow[OURS],
        peer={ADMINS: median(slow[ADMINS]) * 1000},
        limit={FLAT: median(slow[FLAT]) * 1000},
        target=0.4 * median(slow[ADMINS]) * 1000,
        rule="at most 0.4 times Django's admin list",
    )
