"""Metrics, health checks and the log of a console that `ptcconsole serve` runs, and of its worker.

gunicorn is the real one, because these tests are about what it tells its application of a request.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.aws_over_tls import over_tls
from tests.faults.marks import ROOT
from tests.served import (
    PATIENCE_SECONDS,
    Answer,
    Served,
    ask,
    environment,
    migrate,
    parsed,
    started,
)
from tests.servers import free_port

METRIC = re.compile(r"^(ptcconsole_\w+(?:\{[^}]*\})?) (\S+)$", re.M)
UP = "ptcconsole_database_up"
STS = 'ptcconsole_aws_calls_total{outcome="ok",region="us-east-2",service="sts"}'


def metrics_at(port: int) -> dict[str, float]:
    answer = ask(port, "/metrics")
    assert answer.status == 200, answer.text
    return {name: float(value) for name, value in METRIC.findall(answer.text)}


def metrics_with(port: int, name: str, value: float) -> dict[str, float]:
    """The metrics as soon as one of them has its value: processes prepare in the background."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = metrics_at(port)
        if found.get(name) == value or time.monotonic() > deadline:
            return found


def aws_variables(aws_url: str, folder: Path) -> dict[str, str]:
    """boto3's variables for the simulated AWS. Production reads the address from a file only."""
    config = folder / "aws"
    config.write_text(f"[default]\nregion = us-east-2\nendpoint_url = {aws_url}\n")
    return {
        "AWS_ACCESS_KEY_ID": EXAMPLE_KEY,
        "AWS_SECRET_ACCESS_KEY": EXAMPLE_SECRET,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CA_BUNDLE": str(folder / "certificate.pem"),
    }


@pytest.fixture
def pages() -> int:
    return free_port()


@pytest.fixture
def metrics() -> int:
    return free_port()


@pytest.fixture
def migrated(aws: FakeAws, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a console on the simulated AWS, with tables."""
    with over_tls(aws, tmp_path) as aws_url:
        variables = environment(tmp_path, **aws_variables(aws_url, tmp_path))
        migrate(variables)
        yield variables


@pytest.fixture
def without_tables(tmp_path: Path, pages: int, metrics: int) -> Iterator[Served]:
    """A console of production whose database is down, with metrics."""
    variables = environment(
        tmp_path,
        METRICS_BIND=f"127.0.0.1:{metrics}",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/console",
    )
    # Counts of an earlier start, which could not even be read.
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_text("damaged")
    with started("serve", "--bind", f"127.0.0.1:{pages}", **variables) as served:
        yield served


# --- The address --------------------------------------------------------------------------------


@pytest.mark.promise("H9")
def test_metrics_are_at_their_address_alone_and_nothing_else_is(
    without_tables: Served, pages: int, metrics: int
) -> None:
    assert metrics_at(metrics)[UP] == 0
    hosts = ("ptc.example.com", f"127.0.0.1:{pages}", f"ptc.example.com:{pages}")
    for path in ("/", "/sign-in/", "/readyz", "/healthz", "/static/x", "//metrics", "/metrics/"):
        for host in hosts:
            answer = ask(metrics, path, Host=host)
            assert (answer.status, answer.text) == (404, "The metrics are at /metrics.\n"), path
    assert ask(metrics, "/metrics", method="POST").status == 405
    for host in ("ptc.example.com", f"127.0.0.1:{metrics}", f"ptc.example.com:{metrics}"):
        answer = ask(pages, "/metrics", Host=host)
        assert (answer.status >= 300, UP in answer.text) == (True, False), host


@pytest.mark.promise("H9")
def test_no_header_leads_from_a_unix_socket_of_the_pages_to_the_metrics(
    tmp_path: Path, metrics: int
) -> None:
    """gunicorn takes SERVER_PORT from the Host header there."""
    address = tmp_path / "socket"
    variables = environment(tmp_path, METRICS_BIND=f"127.0.0.1:{metrics}")
    with started("serve", "--bind", f"unix:{address}", "--workers", "1", **variables):
        for host in ("ptc.example.com", f"ptc.example.com:{metrics}", f"127.0.0.1:{metrics}"):
            answer = ask(address, "/metrics", Host=host)
            assert (answer.status >= 300, UP in answer.text) == (True, False), host
        assert ask(address, "/healthz").status == 200
        assert UP in metrics_at(metrics)


def refused(folder: Path, bind: str, metrics_bind: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ptcconsole", "serve", "--bind", bind],
        cwd=ROOT,
        env=environment(folder, METRICS_BIND=metrics_bind),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    return done.stderr


@pytest.mark.promise("H9")
def test_metrics_at_the_address_of_the_pages_or_a_public_one_do_not_start(tmp_path: Path) -> None:
    assert "another port than --bind" in refused(tmp_path, "0.0.0.0:9090", "127.0.0.1:9090")
    assert "not fd://" in refused(tmp_path, "fd://3", "127.0.0.1:9090")
    assert "is a public address" in refused(tmp_path, "127.0.0.1:8000", "8.8.8.8:9090")


# --- What is counted ----------------------------------------------------------------------------


def test_the_counts_of_all_processes_are_added_up(
    migrated: dict[str, str], pages: int, metrics: int
) -> None:
    """Each worker asks STS for the account when it starts."""
    bind = {"METRICS_BIND": f"127.0.0.1:{metrics}"}
    with started("serve", "--bind", f"127.0.0.1:{pages}", "--workers", "2", **migrated, **bind):
        found = metrics_with(metrics, STS, 2)
    assert found[STS] == 2
    assert found['ptcconsole_aws_call_seconds_count{service="sts"}'] == 2
    assert found[UP] == 1
    assert found['ptcconsole_queue_tasks{queue="alerts"}'] == 0
    assert found["ptcconsole_worker_last_seen_seconds"] == float("inf")


def test_without_its_setting_nothing_listens_and_the_library_is_not_loaded(tmp_path: Path) -> None:
    words = "import sys, ptcconsole.wsgi; print('prometheus_client' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_the_worker_has_metrics_of_its_own(migrated: dict[str, str], metrics: int) -> None:
    with started("worker", **migrated, WORKER_METRICS_BIND=f"127.0.0.1:{metrics}"):
        found = metrics_with(metrics, STS, 1)
        assert found[STS] == 1
        assert UP not in found


def test_a_worker_whose_metrics_address_is_taken_works_without(
    migrated: dict[str, str], metrics: int
) -> None:
    bind = {"WORKER_METRICS_BIND": f"127.0.0.1:{metrics}"}
    with started("worker", **migrated, **bind), started("worker", **migrated, **bind) as second:
        log = "\n".join(second.stop())
    assert f"The metrics cannot be served at 127.0.0.1:{metrics}: Address already in use" in log
    assert "The background worker stops" in log


# --- Health checks ------------------------------------------------------------------------------


def test_a_process_that_is_alive_says_so_without_host_scheme_and_database(
    without_tables: Served, pages: int
) -> None:
    probe = {"Host": "10.1.2.3:8000", "X_Forwarded_Proto": "http", "Cookie": "__Host-sessionid=x"}
    answer = ask(pages, "/healthz", **probe)
    assert (answer.status, answer.text) == (200, "alive\n")
    assert answer.headers["Cache-Control"] == "no-store"
    head = ask(pages, "/healthz", method="HEAD", **probe)
    assert (head.status, head.text) == (200, "")
    assert ask(pages, "/healthz", method="POST", **probe).status == 400
    # The other one is an address like all others.
    assert ask(pages, "/readyz", **probe).status == 400
    assert ask(pages, "/readyz").status == 503


# --- The log ------------------------------------------------------------------------------------

LINK = "/sign-in/" + "a" * 43


@pytest.fixture(params=["json", "line"])
def log_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def access_lines(folder: Path, pages: int, log_format: str) -> tuple[Answer, list[str]]:
    """The answer to a request with an ID and a one-time link, and the log that it leaves."""
    words = ("serve", "--bind", f"127.0.0.1:{pages}", "--workers", "1", "--access-log")
    with started(*words, **environment(folder, LOG_FORMAT=log_format)) as served:
        answer = ask(pages, f"{LINK}/nowhere/", X_Request_ID="0123456789abcdef")
        return answer, served.stop()


@pytest.mark.promise("S3")
def test_gunicorns_own_log_has_no_link_that_is_still_good(
    tmp_path: Path, pages: int, log_format: str
) -> None:
    _, lines = access_lines(tmp_path, pages, log_format)
    log = "\n".join(lines)
    assert LINK not in log
    assert log.count("/sign-in/[redacted]") == 2  # gunicorn's line, and Django's "Not Found"


@pytest.mark.promise("D3")
def test_each_line_of_all_logs_is_an_object_and_names_the_request(
    tmp_path: Path, pages: int
) -> None:
    answer, lines = access_lines(tmp_path, pages, "json")
    assert answer.headers["X-Request-ID"] == "0123456789abcdef"
    records = parsed(lines)
    assert all({"time", "level", "logger", "message"} <= set(each) for each in records)
    assert {"gunicorn.error", "gunicorn.access", "django.request"} <= {
        each["logger"] for each in records
    }
    of_request = [each for each in records if "request_id" in each]
    assert {each["request_id"] for each in of_request} == {"0123456789abcdef"}
    assert {each["logger"] for each in of_request} >= {"gunicorn.access", "django.request"}
