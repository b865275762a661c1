"""The database restarts, the cache is down or hangs: requests are answered all the same."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from pytest_django.fixtures import Settings

from ptcconsole import cache
from ptcconsole.fakeaws.server import FakeAws
from tests.faults import production
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.servers import free_port, redis_process
from tests.worker import database_url

ROOT = Path(__file__).resolve().parents[2]
RULES = f"/{ACCOUNT}/{REGION}/rules/"


@dataclass
class Redis:
    """A Redis that can be stopped and hung."""

    server: "subprocess.Popen[str]"

    def hang(self) -> None:
        os.kill(self.server.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.server.pid, signal.SIGCONT)

    def stop(self) -> None:
        self.server.kill()
        self.server.wait()


def use(settings: Settings, port: int, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    """Sessions are cached at that port, with production's settings of a cache."""
    loaded = production.load(data_dir, CACHE_URL=f"redis://127.0.0.1:{port}/0")
    settings.CACHES, settings.SESSION_ENGINE = loaded["CACHES"], loaded["SESSION_ENGINE"]
    monkeypatch.setattr(cache.SessionCache, "outage", cache.Outage())


@pytest.fixture
def redis(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    port = free_port()
    with redis_process(tmp_path, port) as server:
        use(settings, port, monkeypatch, tmp_path)
        yield Redis(server)


@pytest.fixture
def person(aws: FakeAws, db: None, redis: Redis) -> Person:
    """Somebody whose session is in the cache."""
    someone = sign_in()
    someone.open_rules()
    return someone


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == cache.log.name]


@pytest.mark.promise("B1")
def test_sessions_are_read_from_the_cache_while_it_answers(person: Person) -> None:
    Session.objects.all().delete()
    person.open_rules()
    assert (person.status, person.url) == (200, RULES)


@pytest.mark.promise("B1")
@pytest.mark.parametrize("trouble", [Redis.stop, Redis.hang])
def test_without_a_cache_people_stay_signed_in_and_one_line_says_why(
    person: Person, redis: Redis, trouble: Any, caplog: pytest.LogCaptureFixture
) -> None:
    trouble(redis)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            person.open_rules()
            assert (person.status, person.url) == (200, RULES)
        person.press("Sign out")
        person.open_rules()
        assert person.heading == "Sign in"
        assert sign_in("bob").client.get(RULES).status_code == 200
    (said,) = messages(caplog)
    assert said.startswith("The cache does not answer")
    assert said.endswith("Sessions are read from the database.")
    assert not any(each.exc_info for each in caplog.records)


@pytest.mark.promise("B1")
def test_what_was_done_without_the_cache_holds_when_it_is_back(
    person: Person, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its entries are those of before: somebody signed out since, and answered a step."""
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    step, key = person.url, person.client.cookies["sessionid"].value
    redis.hang()
    person.fill("Amazon ECR repository prefix", "without-the-cache")
    person.press("Next")
    redis.go_on()
    # As another process, which has not noticed the outage.
    monkeypatch.setattr(cache.SessionCache, "outage", cache.Outage())
    person.open(step)
    assert person.value_of("Amazon ECR repository prefix") == "without-the-cache"
    redis.hang()
    person.press("Sign out")
    redis.go_on()
    monkeypatch.setattr(cache.SessionCache, "outage", cache.Outage())
    person.client.cookies["sessionid"] = key
    person.open_rules()
    assert person.heading == "Sign in"


class Silence:
    """A server that accepts connections and never answers; it counts them."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.accepted: list[socket.socket] = []

    def serve(self) -> None:
        while True:
            try:
                self.accepted.append(self.socket.accept()[0])
            except OSError:
                return


@contextmanager
def silence() -> Iterator[Silence]:
    server = Silence()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        for each in server.accepted:
            each.close()
        thread.join(10)


@pytest.mark.promise("B1")
def test_a_cache_that_hangs_is_asked_once_and_not_by_every_request(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: FakeAws, db: None
) -> None:
    with silence() as server:
        use(settings, server.socket.getsockname()[1], monkeypatch, tmp_path)
        someone = sign_in()
        for _ in range(5):
            someone.open_rules()
            assert someone.status == 200
        assert len(server.accepted) == 1


@pytest.mark.promise("B1")
def test_after_a_minute_one_thread_asks_the_cache_again(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = cache.Outage(clock=lambda: now)
    assert not outage.is_on()
    outage.begin(OSError())
    assert outage.is_on()
    now = cache.OUTAGE_SECONDS
    assert not outage.is_on()
    assert outage.is_on()  # the other threads
    outage.begin(OSError())
    now += cache.OUTAGE_SECONDS
    assert not outage.is_on()
    outage.end()
    assert not outage.is_on()
    assert [said[:20] for said in messages(caplog)] == [
        "The cache does not a",
        "The cache answers ag",
    ]


@pytest.mark.promise("B1")
def test_the_cache_has_short_time_limits_and_forgets_in_a_minute(tmp_path: Path) -> None:
    loaded = production.load(tmp_path, CACHE_URL="rediss://cache.example:6379/0")["CACHES"]
    made = cache.SessionCache(loaded["default"]["LOCATION"], loaded["default"])
    options = vars(made)["_options"]
    assert options["socket_timeout"] <= 1
    assert options["socket_connect_timeout"] <= 1
    assert options["retry"].get_retries() == 0
    assert made.get_backend_timeout(None) == made.get_backend_timeout(86_400) == 60
    assert made.get_backend_timeout(10) == 10
    slow = production.load(tmp_path, CACHE_URL="redis://h/0?socket_timeout=9")["CACHES"]["default"]
    assert vars(cache.SessionCache(slow["LOCATION"], slow))["_options"]["socket_timeout"] == 9


@pytest.mark.promise("B1")
def test_connections_are_checked_before_a_request_uses_them(tmp_path: Path) -> None:
    loaded = production.load(tmp_path, DATABASE_URL="postgres://ptc@127.0.0.1:5432/console")
    assert loaded["DATABASES"]["default"]["CONN_HEALTH_CHECKS"] is True


@pytest.mark.promise("B1")
def test_a_database_that_hangs_holds_no_thread_for_minutes(tmp_path: Path) -> None:
    url = "postgres://ptc@127.0.0.1:5432/console?sslmode=require&connect_timeout=9"
    options = production.load(tmp_path, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["sslmode"] == "require"
    assert options["connect_timeout"] == 9
    url = url.partition("?")[0]
    options = production.load(tmp_path, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["connect_timeout"] <= 10
    assert options["tcp_user_timeout"] <= 30_000


@contextmanager
def gunicorn(folder: Path, *, threads: int) -> Iterator[int]:
    """The console as production runs it, on the test's database; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = ["-m", "gunicorn", "--config", "python:ptcconsole.gunicorn_conf"]
        command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
        command += ["--worker-class", "gthread", "--threads", str(threads), "ptcconsole.wsgi"]
        server = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ
            | {
                "CONSOLE_ENV": "local",
                "ENV_FILE": os.devnull,
                "DATA_DIR": str(folder),
                "DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
            },
            pass_fds=[listener.fileno()],
        )
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.mark.promise("B1")
@pytest.mark.django_db(transaction=True)
def test_after_a_restart_of_the_database_no_thread_answers_with_an_error(tmp_path: Path) -> None:
    """The server has closed the connections of all threads, as a restart does."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could close a connection")

    def status(_number: int) -> int:
        with closing(HTTPConnection(f"127.0.0.1:{port}", timeout=60)) as asked:
            # The session is looked for in the database.
            asked.request("GET", "/account/", headers={"Cookie": f"sessionid={'x' * 32}"})
            return asked.getresponse().status

    with gunicorn(tmp_path, threads=8) as port, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(status, range(40))) == {302}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= 1
        assert set(pool.map(status, range(40))) == {302}
