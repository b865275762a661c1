"""Faults of the console itself: typed text in its log, and a database that does not answer."""

import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, connections
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.logs import OneLineFormatter
from tests.faults import production
from tests.faults.addresses import (
    addresses,
    begin,
    changes,
    clone,
    furnish,
    make_rule,
    make_secret,
)
from tests.person import ACCOUNT, REGION, Person, sign_in

ROOT = Path(__file__).resolve().parents[2]
RULES = f"/{ACCOUNT}/{REGION}/rules/"
TOKEN = "csrfmiddlewaretoken"

# --- D3: the log --------------------------------------------------------------------------------

FORGED = "2026-11-25 00:00:00,000 CRITICAL wizard.audit: forged"
HOSTILE = (
    f"a\n{FORGED}",
    f"a\r\n{FORGED}",
    f"a\r{FORGED}",
    f"a\x0b{FORGED}\x0c{FORGED}",
    f"a\x85{FORGED}\u2028{FORGED}\u2029{FORGED}",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J",
    "\x08\x08\x08\x7f\x00nul",
    "\u202eright to left\u2066\u200bnothing\ufeff",
    "\ud800lone",
)
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [A-Za-z_.]+: .*|  \| .*")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\ufeff]")

TALK = """
import json, logging, os
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
client = Client(headers={"host": "ptc.example.com"}, raise_request_exception=False)
for text in json.loads(os.environ["HOSTILE"]):
    client.get("/" + text, secure=True)
    client.get("/", headers={"host": text.replace("\\n", "").replace("\\r", "")}, secure=True)
    client.get("/sign-in/", {"next": text}, headers={"user-agent": text}, secure=True)
    client.post("/sign-in/", {"username": text, "password": text}, secure=True)
    client.post("/sign-in/" + text, {text: text}, headers={"referer": text}, secure=True)
    logging.getLogger("wizard.security").warning("refused: %s", text)
    logging.getLogger("wizard").info(text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("wizard").exception("failed with %s", text, stack_info=True)
"""


@pytest.mark.promise("D3")
def test_nobody_forges_a_line_of_the_log(tmp_path: Path) -> None:
    variables = {
        **production.VARIABLES,
        "CONSOLE_ENV": "local",
        "PATH": os.defpath,
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "HOSTILE": json.dumps(HOSTILE[:-1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", TALK], cwd=ROOT, env=variables, capture_output=True, check=False
    )
    log = done.stderr.decode()
    assert done.returncode == 0, log
    lines = log.split("\n")[:-1]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert CONTROLS.search(log.replace("\n", "")) is None
    assert not any(line.startswith(FORGED) for line in lines)
    # What was said is still there to be read.
    assert log.count("CRITICAL wizard.audit: forged") > 20
    assert "\\x1b[31mred" in log
    assert "ValueError: a\\n" in log or "  | 2026-11-25 00:00:00,000 CRITICAL" in log


@pytest.mark.promise("D3")
@pytest.mark.parametrize("text", HOSTILE)
def test_every_part_of_a_record_is_written_on_one_line(text: str) -> None:
    formatter = OneLineFormatter("{asctime} {levelname} {name}: {message}", style="{")
    record = logging.LogRecord(f"wizard.{text}", 30, text, 1, "said %s", (text,), None, text)
    written = formatter.format(record)
    assert "\n" not in written
    assert CONTROLS.search(written) is None
    try:
        raise ValueError(text)
    except ValueError:
        record.exc_info = sys.exc_info()
    first, *others = formatter.format(record).split("\n")
    assert first == written
    assert all(line.startswith("  | ") for line in others)
    assert CONTROLS.search("".join(others)) is None


@pytest.mark.promise("D3")
def test_ordinary_words_stay_as_they_are() -> None:
    formatter = OneLineFormatter("{message}", style="{")
    for text in ("Größe 10 µs, 東京, emoji-free", "a/b?c=%0d%0a", 'quotes "and" \\ slashes'):
        record = logging.LogRecord("wizard", 20, "", 1, text, (), None)
        assert formatter.format(record) == text


# --- D5: the database ---------------------------------------------------------------------------


@pytest.fixture
def person(aws: FakeAws, transactional_db: None) -> Person:
    """Somebody whose browser shows what the server answers, whatever went wrong in it."""
    someone = sign_in()
    someone.client.raise_request_exception = False
    return someone


@contextmanager
def locked() -> Iterator[None]:
    """Another connection holds a write lock; the console waits for a short time only."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20")
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    other_connection = connections.create_connection("default")
    tables = ", ".join(f'"{model._meta.db_table}"' for model in apps.get_models())
    with connection.cursor() as cursor, other_connection.cursor() as other_cursor:
        cursor.execute("SET lock_timeout = '20ms'")
        other_cursor.execute("BEGIN")
        other_cursor.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            other_cursor.execute("ROLLBACK")
            cursor.execute("SET lock_timeout = 0")
    other_connection.close()


@contextmanager
def gone() -> Iterator[None]:
    """The database file does not exist."""
    connection.close()
    place = dict(connection.settings_dict)
    connection.settings_dict |= {"NAME": "/nowhere/at-all", "HOST": "127.0.0.1", "PORT": "1"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= place


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of the database, but for sessions, which looking may write."""
    models = [model for model in apps.get_models() if model is not Session]
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models
    }


Act = Callable[[], Any]


def acts(person: Person) -> Mapping[str, Act]:
    """Everything that changes AWS, ready to be done, by name."""
    hub = make_secret("ecr-pullthroughcache/hub")
    going = make_secret("ecr-pullthroughcache/going")
    furnish(person)
    plain = begin(person, "Amazon ECR Public")
    person.press("Next")
    secret = begin(person, "Docker Hub")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "made")
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", "canary-of-the-trouble")
    person.press("Next")
    person.press("Next")
    further = clone(person, "quay", "eu-west-1")
    person.open(f"{RULES}github/edit/")
    seen = str(person.find('input[name="seen"]')["value"])
    token = person.csrf_token
    at = f"/{ACCOUNT}/{REGION}"
    confirm = {"confirmation": "confirm"}
    typed = {"username": "me", "access_token": "canary-of-the-trouble"}
    posts: dict[str, tuple[str, dict[str, str]]] = {
        "create a rule": (f"{plain}create/", {}),
        "create a secret and a rule": (f"{secret}create/", {}),
        "delete a rule": (f"{RULES}quay/delete/", confirm),
        "delete rules": (f"/{ACCOUNT}/rules/delete/", {"rule": f"{REGION}/quay", **confirm}),
        "edit a rule": (f"{RULES}github/edit/", {"arn": hub, "seen": seen}),
        "create a secret": (f"{at}/new-secret/", {"secret_name": "more", **typed}),
        "replace a value": (f"{at}/secrets/hub/value/", typed),
        "delete a secret": (f"{at}/secrets/going/delete/", confirm),
        "restore a secret": (f"{secret}restore-secret/", {"arn": going}),
        "create a rule in another Region": (f"{further}create/", {"regions": "eu-west-1"}),
    }
    return {
        name: partial(person.client.post, url, {**data, TOKEN: token})
        for name, (url, data) in posts.items()
    }


def heading_of(answer: Any) -> str:
    page = BeautifulSoup(answer.getvalue(), "html.parser")
    return page.select("main h1")[0].get_text(strip=True)


HEADINGS = {
    "The console's database doesn't respond",
    "The console can't write to the audit trail",
}


@pytest.mark.promise("D5")
def test_while_the_database_is_locked_nothing_is_changed_and_that_is_said(
    aws: FakeAws, person: Person
) -> None:
    ready = acts(person)
    aws.clear_calls()
    before = rows()
    with locked():
        for name, act in ready.items():
            answer = act()
            assert answer.status_code == 503, name
            assert answer["Retry-After"] == "30", name
            assert heading_of(answer) in HEADINGS, name
            assert changes(aws.calls()) == set(), name
    assert rows() == before
    assert ready["delete a rule"]().status_code == 303
    assert "DeletePullThroughCacheRule" in aws.calls()


@pytest.mark.promise("D5")
def test_a_view_that_cannot_write_says_so_with_debug_on_too(
    aws: FakeAws, person: Person, settings: Any
) -> None:
    """Then Django shows a traceback for whatever reaches its handler."""
    act = acts(person)["create a rule"]
    settings.DEBUG = True
    with locked():
        answer = act()
    assert answer.status_code == 503
    assert heading_of(answer) == "The console's database doesn't respond"


@contextmanager
def full_disk() -> Iterator[None]:
    """SQLite's file cannot grow, and its free pages are used up."""

    def pragma(text: str) -> int:
        with connection.cursor() as cursor:
            return int(cursor.execute(f"PRAGMA {text}").fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filling (bytes BLOB)")
        size = pragma("freelist_count") * pragma("page_size")
        cursor.execute("INSERT INTO filling VALUES (zeroblob(%s))", [size])
    assert pragma("freelist_count") == 0
    pragma(f"max_page_count = {pragma('page_count')}")
    try:
        yield
    finally:
        pragma("max_page_count = 1073741823")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE filling")


@pytest.mark.promise("D5")
def test_a_disk_that_fills_up_leaves_nothing_half_done(aws: FakeAws, person: Person) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("how a full disk of the database's server looks is tried with SQLite")
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    token = person.csrf_token
    aws.clear_calls()
    done = refused = 0
    with full_disk():
        for number in range(60):
            before, made = rows(), aws.calls().get("CreateSecret", 0)
            data = {"secret_name": f"number{number}", "username": "me", "access_token": "x" * 9}
            answer = person.client.post(f"/{ACCOUNT}/{REGION}/new-secret/", {**data, TOKEN: token})
            if aws.calls().get("CreateSecret", 0) == made:
                assert (answer.status_code, answer["Retry-After"]) == (503, "30")
                assert heading_of(answer) in HEADINGS
                assert rows() == before
                refused += 1
            else:
                done += 1
            if refused == 3:
                break
    assert refused == 3, done
    assert aws.calls().get("CreateSecret", 0) == done


@pytest.mark.promise("D5")
def test_without_a_database_every_address_says_so_and_asks_nothing_of_aws(
    aws: FakeAws, person: Person
) -> None:
    # Whether the process is alive is answered without a database.
    every = [each for each in addresses(furnish(person)) if each.name != "liveness"]
    headers = {"X-CSRFToken": person.csrf_token}
    stranger = Client(raise_request_exception=False)
    aws.clear_calls()
    with gone():
        for address in every:
            answer = person.client.get(address.url)
            assert answer.status_code == 503, address.name
            assert answer["Retry-After"] == "30"
            assert heading_of(answer) == "The console's database doesn't respond"
            answer = person.client.post(address.url, headers=headers)
            assert answer.status_code == 503, address.name
            # Without a token, an address for programs is answered with 401.
            told = (200, 302, 401, 404, 405, 503)
            assert stranger.get(address.url).status_code in told, address.name
    assert changes(aws.calls()) == set()
    person.open_rules()
    assert person.status == 200


@pytest.mark.promise("D5")
def test_the_page_about_it_needs_nothing_of_the_database(aws: FakeAws, person: Person) -> None:
    with gone():
        answer = person.client.get(RULES)
    page = BeautifulSoup(answer.getvalue(), "html.parser")
    assert "Try again in a minute" in page.get_text()
    assert page.select('link[href*="console.css"]')
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.promise("D5")
def test_all_regions_are_shown_even_if_they_cannot_be_remembered(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    with locked():
        answer = person.client.get(f"/{ACCOUNT}/rules/")
        page = BeautifulSoup(answer.getvalue(), "html.parser")
    assert answer.status_code == 200
    assert "quay" in page.select("main")[0].get_text()
    assert page.select("footer")


@pytest.mark.promise("D5")
def test_any_other_error_is_still_a_server_error(
    aws: FakeAws, person: Person, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.faults.crashing"
    assert person.client.get("/crash/").status_code == 500
    assert User.objects.exists()
    assert not issubclass(DatabaseError, ValueError)


@pytest.mark.promise("D5")
def test_a_script_is_told_too_that_a_change_may_be_partly_complete(
    aws: FakeAws, person: Person
) -> None:
    """A whole page would be shown as one of a server that does not respond."""
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    data = {"secret_name": "x", "username": "me", "access_token": "x" * 9, TOKEN: person.csrf_token}
    with locked():
        answer = person.client.post(
            f"/{ACCOUNT}/{REGION}/new-secret/", data, headers={"HX-Request": "true"}
        )
    assert answer.status_code == 503
    assert b"<html" not in answer.content
    assert any(words in answer.content.decode() for words in ("partly complete", "Nothing was"))
