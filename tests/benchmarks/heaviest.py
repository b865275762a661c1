"""The five heaviest pages of an account of 1,700 rules and 301 secrets, as Chromium shows them.

Each page is opened with a warm cache and the processor slowed to a quarter.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median

from playwright.sync_api import Browser

from tests.benchmarks.chromium import Work, chromium, context_of, visit, work_of
from tests.benchmarks.client import list_path, overview_path
from tests.benchmarks.figures import RUNS, Figure
from tests.benchmarks.overview import MANY
from tests.benchmarks.servers import PRODUCTION, REGION, Server, Site, furnished, stub_aws
from tests.benchmarks.stub_aws import ACCOUNT

LATENCY = 0.02
SECRETS = 300
SLOWDOWN = 4
KILOBYTE = 1024
NUMBER = 18

# A bulk validation that has finished, every tenth of its rules with a failure.
STORED_RESULTS = """
from django.contrib.auth.models import User
from django.utils import timezone
from wizard.models import BulkState, BulkValidation, BulkValidationItem, ItemState, ValidationResult

now, regions = timezone.now(), ("us-east-2", "eu-west-1", "us-west-2", "ap-southeast-2")
actor = User.objects.get(username="bench")
bulk = BulkValidation.objects.create(
    account_id="{account}", actor=actor, scope_digest="x", state=BulkState.DONE, finished_at=now)
results = ValidationResult.objects.bulk_create(
    ValidationResult(
        account_id="{account}", region=regions[each % 4], ecr_repository_prefix=f"team-{{each:04}}",
        is_valid=each % 10 != 0, failure="" if each % 10 else "The login was refused: HTTP 401.",
        duration_ms=7, actor=actor)
    for each in range(1700))
BulkValidationItem.objects.bulk_create(
    BulkValidationItem(
        bulk=bulk, region=result.region, ecr_repository_prefix=result.ecr_repository_prefix,
        rule_created_at=now, state=ItemState.DONE, result=result, finished_at=now)
    for result in results)
print(bulk.pk)
"""


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws(with_tls=True))
        aws.set(latency=LATENCY, rules=MANY, secrets=SECRETS)
        site = stack.enter_context(furnished(aws, **PRODUCTION))
        server = stack.enter_context(site.serving())
        browser = stack.enter_context(chromium())
        server.visitor().get(overview_path())
        for name, path in _pages(site).items():
            yield from _page(browser, server, name, path)


def _pages(site: Site) -> Mapping[str, str]:
    script = STORED_RESULTS.format(account=ACCOUNT)
    bulk = site.manage("shell", "--command", script).split()[-1]
    return {
        "All Regions": overview_path(),
        "All Regions, matrix": f"{overview_path()}?group=matrix",
        f"Region list, {MANY} rules": list_path(REGION),
        f"Secrets, {SECRETS + 1}": f"/{ACCOUNT}/{REGION}/secrets/",
        "Bulk validation, 1,700 results": f"/{ACCOUNT}/validations/{bulk}/",
    }


def _page(browser: Browser, server: Server, name: str, path: str) -> Iterator[Figure]:
    done: list[Work] = []
    received = 0.0
    for _ in range(RUNS):
        context = context_of(browser, server)
        page = context.new_page()
        visit(page, path)
        received = visit(page, path).received
        done.append(work_of(page, path, slowdown=SLOWDOWN))
        context.close()
    plain = len(server.visitor().get(path).body)
    yield _figure(f"{name}: received", received / KILOBYTE, "KB")
    yield _figure(f"{name}: its HTML, not compressed", plain / KILOBYTE, "KB")
    yield _figure(f"{name}: elements", done[-1].elements)
    shift = max(each.shift for each in done)
    yield _figure(f"{name}: layout shift", shift, target=0.05, rule="at most 0.05")
    yield _figure(
        f"{name}: total blocking time",
        median([each.blocked for each in done]),
        "ms",
        target=50,
        rule="at most 50 ms",
    )


def _figure(
    name: str, value: float, unit: str = "", *, target: float | None = None, rule: str = ""
) -> Figure:
    return Figure(number=NUMBER, name=name, value=value, unit=unit, target=target, rule=rule)
