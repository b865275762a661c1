"""Each step of the wizard: its time without that of AWS, and its SQL statements.

Every step is shown and answered 60 times. `timed_wsgi` reports how long each request waited for
AWS.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.benchmarks.client import Answer, Fields, Visitor
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.servers import REGION, furnished, stub_aws
from tests.benchmarks.stub_aws import ACCOUNT, ROLE_ARN

REQUESTS = 60
WARM_UP = 3
DRAFTS = f"/{ACCOUNT}/{REGION}/drafts/"
OTHER_ACCOUNT = "111122223333"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """A documented flow: the answers of its steps, in order; the review takes none."""

    name: str
    steps: dict[str, Fields]


WITH_SECRET = Wizard(
    name="Docker Hub",
    steps={
        "source": {"registry": "docker-hub"},
        "authentication": {
            "credential_source": "create",
            "secret_name": "bench",
            "username": "bench",
            "access_token": "no-token-at-all",
        },
        "destination": {"ecr_repository_prefix": "docker-hub"},
    },
)
CROSS_ACCOUNT = Wizard(
    name="cross account",
    steps={
        "source": {
            "registry": "ecr",
            "ecr_access": "ecr-cross-account",
            "region": "eu-west-1",
            "account_id": OTHER_ACCOUNT,
        },
        "permissions": {"role_source": "list", "custom_role_arn": ROLE_ARN},
        "namespaces": {
            "cache_namespace": "specific",
            "ecr_repository_prefix": "ecr",
            "upstream_namespace": "none",
        },
    },
)


@dataclass
class Step:
    """What was measured of one step and method."""

    name: str
    own: list[float] = field(default_factory=list)
    statements: int = 0
    calls: int = 0

    def add(self, answer: Answer) -> None:
        told = answer.headers["Server-Timing"]
        aws = float(_told(r"aws;dur=([\d.]+)", told)) / 1000
        self.own.append(answer.seconds - aws)
        self.statements = max(self.statements, int(_told(r"sql;desc=(\d+)", told)))
        self.calls = max(self.calls, int(_told(r"calls;desc=(\d+)", told)))


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws())
        site = stack.enter_context(furnished(aws))
        server = stack.enter_context(site.serving("tests.benchmarks.timed_wsgi"))
        visitor = server.visitor()
        steps = [*_measured(visitor, WITH_SECRET), *_measured(visitor, CROSS_ACCOUNT)]
    for step in steps:
        name = f"{step.name} ({step.calls} calls to AWS)"
        yield _time(f"{name}: p50", step.own, 50, 6)
        yield _time(f"{name}: p95", step.own, 95, 12)
    most = max(steps, key=lambda step: step.statements)
    yield Figure(
        number=8,
        name=f"SQL statements of the step that asks most ({most.name})",
        value=most.statements,
        unit="",
        target=8,
        rule="at most 8",
        runs=[step.statements for step in steps],
    )


def begin(visitor: Visitor, wizard: Wizard) -> tuple[str, str]:
    """Answer all steps of a new draft; its address, and that of the review."""
    location = _next(visitor.post(DRAFTS, {}))
    draft = location.rsplit("/", 2)[0]
    for name, fields in wizard.steps.items():
        assert name in location or name == "source", f"{location} instead of {name}"
        location = _next(visitor.post(location, fields))
    assert location.endswith("/review/"), location
    return draft, location


def _measured(visitor: Visitor, wizard: Wizard) -> Iterator[Step]:
    draft, review = begin(visitor, wizard)
    for name, fields in wizard.steps.items():
        path = f"{draft}/{_title_of(visitor, draft, name)}/"
        yield _repeated(visitor, Step(name=f"{wizard.name}, {name}, shown"), path)
        yield _repeated(visitor, Step(name=f"{wizard.name}, {name}, answered"), path, fields)
    yield _repeated(visitor, Step(name=f"{wizard.name}, review, shown"), review)


def _title_of(visitor: Visitor, draft: str, name: str) -> str:
    """The first step has one of two names, by what was chosen in it."""
    if name != "source":
        return name
    is_source = visitor.get(f"{draft}/source/").status == 200
    return "source" if is_source else "upstream"


def _repeated(visitor: Visitor, step: Step, path: str, fields: Fields | None = None) -> Step:
    for number in range(REQUESTS + WARM_UP):
        answer = visitor.get(path) if fields is None else visitor.post(path, fields)
        assert answer.status == (200 if fields is None else 303), f"{path}: {answer.status}"
        if number >= WARM_UP:
            step.add(answer)
    return step


def _next(answer: Answer) -> str:
    assert answer.status == 303, answer.status
    return answer.headers["Location"]


def _time(name: str, own: list[float], percent: int, target: float) -> Figure:
    return Figure(
        number=8,
        name=name,
        value=percentile(own, percent) * 1000,
        unit="ms",
        target=target,
        rule=f"at most {target:g} ms",
    )


def _told(pattern: str, header: str) -> str:
    found = re.search(pattern, header)
    assert found is not None, header
    return found[1]
