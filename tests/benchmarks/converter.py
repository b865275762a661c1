"""Converted files: 5,000 references, and files of a megabyte, in processor time.

A file is read, each reference mapped through 50 rules, the new ones are written, and the diff is
made. The limit is what libyaml's own parser takes for the same file in the same run.
"""

from collections.abc import Iterator
from functools import partial
from statistics import median
from time import process_time

import yaml

from tests.benchmarks.figures import Figure
from wizard.domain import Rule, Target
from wizard.domain.converter import Direction, Kind, RuleMap, convert, hunks_of, read
from wizard.domain.converter.limits import MOST_BYTES

RUNS = 3
HERE = Target(account_id="123456789012", region="us-east-2")
REFERENCES = 5000
_UPSTREAMS = ("quay.io", "ghcr.io", "registry-1.docker.io", "public.ecr.aws", "registry.k8s.io")


def measure() -> Iterator[Figure]:
    dockerfile = "".join(f"FROM quay.io/org{n % 50}/app{n}:1 AS s{n}\n" for n in range(REFERENCES))
    yield _figure("5,000 references of a Dockerfile", dockerfile, Kind.DOCKERFILE, seconds=1.0)
    images = "".join(f"ghcr.io/org{n % 50}/app{n}:1\n" for n in range(REFERENCES))
    yield _figure("5,000 references of a list", images, Kind.IMAGE_LIST, seconds=1.0)
    manifests = "---\n".join(_manifest(number) for number in range(10_000))[:MOST_BYTES]
    manifests = manifests[: manifests.rindex("---\n")]
    yield _figure("Kubernetes manifests of 1 MB", manifests, Kind.KUBERNETES, seconds=2.0)
    comments = "# nothing but a comment, again and again\n" * 24_000
    text = (dockerfile + comments)[:MOST_BYTES]
    yield _figure("A Dockerfile of 1 MB", text, Kind.DOCKERFILE, seconds=2.0)


def _figure(name: str, text: str, kind: Kind, *, seconds: float) -> Figure:
    runs = [_seconds(partial(_convert, text, kind)) for _ in range(RUNS)]
    is_yaml = kind is Kind.KUBERNETES
    limit = {"libyaml": _seconds(partial(_parse, text))} if is_yaml else {}
    return Figure(
        number=19,
        name=name,
        value=median(runs),
        unit="s",
        limit=limit,
        target=seconds,
        rule=f"at most {seconds:.0f} s",
        runs=runs,
    )


def _convert(text: str, kind: Kind) -> None:
    rules = RuleMap(list(_rules()), HERE)
    done = convert(text, read(text, kind), rules, Direction.TO_CACHE)
    assert any(line.new for line in done.lines)
    hunks_of(text, done.text)


def _parse(text: str) -> None:
    for _event in yaml.parse(text, Loader=yaml.CSafeLoader):
        pass


def _seconds(call: "partial[None]") -> float:
    begun = process_time()
    call()
    return process_time() - begun


def _rules() -> Iterator[Rule]:
    for number in range(50):
        yield Rule(
            ecr_repository_prefix=f"cache{number}",
            upstream_registry_url=_UPSTREAMS[number % len(_UPSTREAMS)],
            registry_id=HERE.account_id,
            upstream_repository_prefix=f"org{number}" if number >= len(_UPSTREAMS) else None,
        )


def _manifest(number: int) -> str:
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: app{number}
  labels: {{app: app{number}, team: "shop"}}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/org{number % 50}/app{number}:1.27
          ports: [{{containerPort: 8080}}]
"""
