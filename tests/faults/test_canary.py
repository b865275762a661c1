"""Types a token into every form that accepts one, and then searches for it everywhere.

The console runs in separate processes with the most verbose settings, with DEBUG on and off, on
files, with a cache, mails and a webhook. No part of it is replaced. The search only leaves out the
simulated Secrets Manager, which is where the token belongs.
"""

import base64
import json
import pickle
import pkgutil
import shutil
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import boto3
import pytest
from django.core import signing
from django.forms import BaseForm, PasswordInput
from django.test import Client
from playwright.sync_api import Page, sync_playwright
from redis import Redis

from ptcconsole.fakeaws.server import FakeAws
from tests.conftest import VALUE_READING
from tests.faults.addresses import clone, make_rule, make_secret
from tests.faults.canaries import (
    Canary,
    cache_content,
    files_under,
    found,
    mails_in,
    new_canary,
    rows_of,
    written_out,
)
from tests.faults.loud_names import BREAK_HEADER
from tests.faults.wire import Answer, Console, WireClient, running_console
from tests.person import ACCOUNT, REGION, Person
from tests.servers import redis
from wizard import forms
from wizard.backend.clients import APP_ID
from wizard.drafting import sealed

NEW_SECRET = f"/{ACCOUNT}/{REGION}/new-secret/"
HUB = "ecr-pullthroughcache/hub"
OTHER = "eu-west-1"
SETTINGS = "tests.faults.loud"
SECRET_KEY = "of-this-test-alone-" * 4
ADMINISTRATOR = "grace"


@dataclass
class Search:
    """A running console, the canaries typed into it, and everything that it stores or logs."""

    console: Console
    aws: FakeAws
    cache_url: str
    password: Canary
    canaries: list[Canary] = field(default_factory=list)
    wires: list[WireClient] = field(default_factory=list)
    told: list[bytes] = field(default_factory=list)

    def canary(self, where: str) -> str:
        """A new token, for one place to type it into."""
        canary = new_canary(where)
        self.canaries.append(canary)
        return canary.token

    def person(self) -> Person:
        """Somebody with a browser of their own, not signed in yet."""
        wire = WireClient(self.console.url)
        self.wires.append(wire)
        return Person(cast("Client", wire))

    def signed_in(self) -> Person:
        person = self.person()
        sign_in(person, self.password.token)
        assert person.heading == "Pull through cache configuration", person.text
        return person

    def places(self) -> dict[str, bytes]:
        """Everything, named."""
        folder = self.console.folder
        answers = {
            f"answer {number}.{count}": seen
            for number, wire in enumerate(self.wires)
            for count, seen in enumerate(wire.seen)
        }
        webhook = {f"webhook {number}": body for number, body in enumerate(self.told)}
        cache = cache_content(self.cache_url)
        mails = mails_in(folder / "mail")
        return (
            files_under(folder) | rows_of(self.console.database) | answers | webhook | cache | mails
        )


def wire_of(person: Person) -> WireClient:
    return cast("WireClient", person.client)


# --- What is done with a token ------------------------------------------------------------------


def sign_in(person: Person, password: str, username: str = ADMINISTRATOR) -> None:
    person.open("/sign-in/")
    person.fill("Username", username)
    person.fill("Password", password)
    person.press("Sign in")


def sign_in_with_wrong_passwords(search: Search) -> None:
    for where, username in (("wrong password", ADMINISTRATOR), ("unknown person", "nobody")):
        person = search.person()
        sign_in(person, search.canary(where), username)
        assert person.heading == "Sign in"
    # People type their password where their name belongs.
    person = search.person()
    sign_in(person, "something", search.canary("password as name"))
    assert person.heading == "Sign in"


def set_and_change_passwords(search: Search) -> None:
    """Somebody new sets a first password, changes it, mistypes it, and is asked for it again."""
    root = search.signed_in()
    root.open("/people/add/")
    root.fill("Username", "newcomer")
    root.press("Add person")
    link = root.find("pre").get_text(strip=True)
    person = search.person()
    person.open(link)
    person.press("Sign in")
    first, second = search.canary("first password"), search.canary("second password")
    mistyped = (search.canary("mistyped"), search.canary("new, beside the mistyped one"))
    for old, new in (("", first), (first, second), mistyped):
        person.open("/account/password/")
        if old:
            person.fill("Current password", old)
        person.fill("New password", new)
        person.fill("Confirm new password", new)
        person.press("Save password")
    assert person.error_at("Current password") == "The password is incorrect."
    data = {"password": search.canary("once more"), "csrfmiddlewaretoken": person.csrf_token}
    person.client.post("/confirm-identity/", data)


def begin(person: Person, registry: str = "Docker Hub") -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose(registry)
    person.press("Next")


def answer(
    person: Person,
    token: str,
    name: str = "hub",
    username: str = "me@example.com",
    button: str = "Next",
) -> None:
    person.choose("Create an AWS secret")
    person.fill("Secret name", name)
    person.fill("Docker Hub email", username)
    person.fill("Docker Hub access token", token)
    person.press(button)


def create(search: Search) -> None:
    """The wizard as it is meant: refused once for a missing name, then through to the rule."""
    person = search.signed_in()
    begin(person)
    answer(person, search.canary("step with an error"), username="")
    assert person.is_refused
    answer(person, search.canary("created"))
    person.press("Next")
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"
    person.open(f"/{ACCOUNT}/{REGION}/rules/docker-hub/details/")
    person.open(f"/{ACCOUNT}/{REGION}/rules/docker-hub/edit/")


def try_at_the_upstream(search: Search) -> None:
    """A token that the upstream refuses, in the header of a request, and one that is not sent."""
    person = search.signed_in()
    begin(person)
    answer(person, search.canary("tested"), button="Test credentials")
    assert "refused the username or the token" in person.text
    answer(person, search.canary("tested with an error"), username="", button="Test credentials")
    assert person.is_refused


def fail_to_create(search: Search) -> None:
    """Every way in which AWS can fail the secret, and one in which it fails the rule."""
    aws, call = search.aws, "CreateSecret"
    lost: dict[str, Callable[[], None]] = {
        "refused": lambda: aws.refuse(operation=call),
        "throttled": lambda: aws.throttle(operation=call),
        "expired": lambda: aws.expire_credentials(operation=call),
        "failed": lambda: aws.fail(operation=call),
        "unreachable": lambda: aws.unreachable(operation=call),
        "timed out": lambda: aws.hold(operation=call),
        "answer malformed": lambda: aws.malform_answer(operation=call),
        "answer cut": lambda: aws.cut_answer(operation=call),
        "answer lost": lambda: aws.lose_answer(operation=call),
        "rule refused": lambda: aws.refuse(operation="CreatePullThroughCacheRule"),
        "rule timed out": lambda: aws.lose_answer(operation="CreatePullThroughCacheRule"),
    }
    person = search.signed_in()
    for number, (where, order) in enumerate(lost.items()):
        begin(person)
        answer(person, search.canary(f"create, {where}"), name=f"failing-{number}")
        person.fill("Amazon ECR repository prefix", f"failing-{number}")
        person.press("Next")
        order()
        person.press("Create")
        aws.clear_faults()
        assert person.status < 500
    for where in ("exists", "leaving"):
        name = f"ecr-pullthroughcache/{where}"
        arn = make_secret(name)
        if where == "leaving":
            secrets = boto3.client("secretsmanager", region_name=REGION)
            secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        begin(person)
        answer(person, search.canary(f"create, name {where}"), name=where)
        person.fill("Amazon ECR repository prefix", f"name-{where}")
        person.press("Next")
        person.press("Create")
        assert person.heading == "Configure authentication"


def lose_the_way(search: Search) -> None:
    """Submit forms without session, sealing key, CSRF token, or draft."""
    person = search.signed_in()
    begin(person)
    wire_of(person).forget("sessionid")
    answer(person, search.canary("signed out meanwhile"))
    assert person.heading == "Sign in"

    person = search.signed_in()
    begin(person)
    answer(person, search.canary("key lost"))
    wire_of(person).forget(sealed.cookie_name())
    person.press("Next")
    assert person.heading == "Configure authentication"

    answer(person, search.canary("left lying"))
    person = search.signed_in()
    begin(person)
    answer(person, search.canary("cancelled"))
    person.open(person.url.replace("destination", "cancel"))
    person.press("Leave")

    step = f"/{ACCOUNT}/{REGION}/drafts/no-such-draft-at-all/authentication/"
    fields = {"csrfmiddlewaretoken": "", "credential_source": "create"}
    odd: dict[str, Callable[[dict[str, Any]], Answer]] = {
        "no CSRF token": lambda form: wire_of(person).post(NEW_SECRET, form),
        "no such draft": lambda form: wire_of(person).post(step, form),
        "no such page": lambda form: wire_of(person).post("/nowhere/", form),
        "as JSON": lambda form: wire_of(person).post(
            NEW_SECRET, json.dumps(form).encode(), headers={"Content-Type": "application/json"}
        ),
        "another site": lambda form: wire_of(person).post(
            NEW_SECRET, form, headers={"Origin": "https://evil.example"}
        ),
        "an error nobody foresaw": lambda form: wire_of(person).post(
            NEW_SECRET, form, headers={BREAK_HEADER: "1"}
        ),
        "twice": lambda form: wire_of(person).post(
            NEW_SECRET, form | {"access_token": [form["access_token"]] * 2}
        ),
        "unknown field": lambda form: wire_of(person).post(
            NEW_SECRET, form | {"token": form["access_token"]}
        ),
        "too long": lambda form: wire_of(person).post(
            NEW_SECRET, form | {"access_token": form["access_token"] * 1200}
        ),
        "a NUL in it": lambda form: wire_of(person).post(
            NEW_SECRET, form | {"access_token": "\0" + form["access_token"]}
        ),
    }
    for where, send in odd.items():
        person.open(NEW_SECRET)
        form = fields | {
            "csrfmiddlewaretoken": "" if where == "no CSRF token" else person.csrf_token,
            "secret_name": "odd",
            "username": "me",
            "access_token": search.canary(where),
        }
        assert send(form).status_code >= 400, where


def look_after_secrets(search: Search) -> None:
    """The secrets page: a new secret and a new value, with an error, refused, and done."""
    person = search.signed_in()
    for label, path, done in (
        ("Create secret", NEW_SECRET, "Created secret"),
        ("Replace value", f"/{ACCOUNT}/{REGION}/secrets/hub/value/", "Updated the value of secret"),
    ):
        for where in ("with an error", "refused", "done"):
            person.open(path)
            if label == "Create secret":
                person.fill("Secret name", "another")
            person.fill("Username", "" if where == "with an error" else "me")
            person.fill("Access token", search.canary(f"{label}, {where}"))
            if where == "done" and label == "Replace value":
                person.press("Test credentials")
                assert "refused the username or the token" in person.text
            if where == "refused":
                search.aws.refuse(operation="CreateSecret")
                search.aws.refuse(operation="PutSecretValue")
            person.press(label)
            search.aws.clear_faults()
            assert (done in person.page.get_text()) is (where == "done")


def rotate_in_regions(search: Search) -> None:
    """A rotation: with an error, refused by AWS, then completed and put back."""
    person = search.signed_in()
    for where, username in (("rotated with an error", ""), ("rotated, refused", "me")):
        person.open(f"/{ACCOUNT}/rotations/new/?secret={REGION}/hub")
        person.fill("Username", username)
        person.fill("New access token", search.canary(where))
        if username:
            person.press("Test credentials")
            assert "refused the username or the token" in person.text
        search.aws.refuse(operation="PutSecretValue")
        person.press("Rotate token")
        search.aws.clear_faults()
    assert "The new token is stored in 0 of" in person.text, person.text
    person.fill("Username", "me")
    person.fill("Access token", search.canary("rotated, completed"))
    person.press("Complete")
    person.press("Put the old version back")
    assert "put back" in person.text


def rotate_over_accounts(search: Search) -> None:
    """A rotation over accounts: with an error, tested, and started. Its workers still have to."""
    person = search.signed_in()
    person.open("/fleet/rotate/?registry=docker-hub")
    for where, username in (("over accounts, with an error", ""), ("over accounts", "me")):
        person.fill("Username", username)
        person.fill("New access token", search.canary(where))
        if username:
            person.press("Test credentials")
            assert "refused the username or the token" in person.text
        person.press("Rotate credential")
    assert person.heading == "Rotation of credentials in several accounts", person.text


def create_over_accounts(search: Search) -> None:
    """New secrets over accounts: with an error, going back, tested, and started."""
    person = search.signed_in()
    person.open(f"/fleet/create/?account={ACCOUNT}")
    person.choose("Docker Hub")
    person.choose("Create a secret in each account and Region")
    person.fill("Cache repository prefix", "over-accounts")
    person.fill("Secret name", "over-accounts")
    person.press("Show plan")
    for where, button in (
        ("secrets over accounts, with an error", "Create rules"),
        ("secrets over accounts, and going back", "Change"),
    ):
        person.fill("Access token", search.canary(where))
        person.press(button)
    person.press("Show plan")
    person.fill("Username", "me")
    person.fill("Access token", search.canary("secrets over accounts"))
    person.press("Test credentials")
    assert "refused the username or the token" in person.text
    person.press("Create rules")
    assert person.heading == "New rules in several accounts", person.text


def create_in_regions(search: Search) -> None:
    """A rule cloned to where its secret does not exist: with an error, planned anew, then done."""
    person = search.signed_in()
    for where, username in (("cloned with an error", ""), ("cloned", "me")):
        clone(person, "docker-hub", OTHER)
        person.fill("Access token", search.canary(f"{where}, planned anew"))
        person.press("Show plan")
        person.fill("Username", username)
        person.fill("Access token", search.canary(where))
        person.press("Create in 1 Region")
    assert person.heading == "Rule created in 1 Region: docker-hub"


def retry_in_a_region(search: Search) -> None:
    """A clone whose secret was refused, tried again: with an error, refused, then done."""
    person = search.signed_in()
    region = "eu-north-1"
    search.aws.refuse(operation="CreateSecret", region=region, times=2)
    clone(person, "docker-hub", region)
    person.fill("Username", "me")
    person.fill("Access token", search.canary("cloned, refused"))
    person.press("Create in 1 Region")
    person.open(f"/{ACCOUNT}/operations/?state=failed")
    person.follow("docker-hub")
    for where, username in (("retried with an error", ""), ("refused", "me"), ("retried", "me")):
        person.fill("Username", username)
        person.fill("Access token", search.canary(where))
        person.press("Retry failed")
    assert person.heading == "Rule created in 1 Region: docker-hub"


def administer(search: Search) -> None:
    """Passwords of people, sent to Django's admin, which takes none."""
    person = search.signed_in()
    for where, again in (("admin, two passwords differ", "other"), ("admin, new person", "")):
        person.open("/admin/")
        password = search.canary(where)
        data = {
            "csrfmiddlewaretoken": person.csrf_token,
            "username": "linus",
            "usable_password": "true",
            "password1": password,
            "password2": again or password,
        }
        wire_of(person).post("/admin/auth/user/add/", data)


def take_away(search: Search) -> None:
    """Validate everything in the background, with alerts; then download every export."""
    person = search.signed_in()
    person.open(f"/{ACCOUNT}/validations/")
    person.press("Validate all Regions")
    work = ("worker", "--batch")
    search.console.manage(*work)
    make_valid_again()
    person.open(f"/{ACCOUNT}/validations/")
    person.press("Validate all Regions")
    search.console.manage(*work)
    for path in (
        f"/{ACCOUNT}/rules/",
        f"/{ACCOUNT}/{REGION}/rules/",
        f"/{ACCOUNT}/{REGION}/secrets/",
        f"/{ACCOUNT}/{REGION}/health/",
        f"/{ACCOUNT}/validations/",
        "/audit/",
        "/audit/export/",
        *(f"/audit/export/?format={name}" for name in ("csv", "json", "jsonl")),
        *(f"/{ACCOUNT}/rules/?format={name}" for name in ("csv", "json")),
        *(f"/{ACCOUNT}/{REGION}/rules/?format={name}" for name in ("csv", "json")),
    ):
        wire_of(person).get(path, follow=True)


def make_valid_again() -> None:
    """The upstream's own credential, so that the rule turns and an alert goes out."""
    value = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
    boto3.client("secretsmanager", region_name=REGION).put_secret_value(
        SecretId=HUB, SecretString=value
    )


FLOWS = (
    sign_in_with_wrong_passwords,
    set_and_change_passwords,
    create,
    try_at_the_upstream,
    fail_to_create,
    lose_the_way,
    look_after_secrets,
    rotate_in_regions,
    create_in_regions,
    retry_in_a_region,
    administer,
    rotate_over_accounts,
    create_over_accounts,
    take_away,
    # Once more, so that the credential of one is kept while the search goes on.
    rotate_over_accounts,
)


# --- The search ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def webhook() -> Iterator[tuple[str, list[bytes]]]:
    """Something that alerts can be sent to: its address and what it was told."""
    told: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(
                str(self.headers).encode() + self.rfile.read(int(self.headers["Content-Length"]))
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", told
        server.shutdown()
        thread.join()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(False, id="production"),
        pytest.param(True, id="debug", marks=pytest.mark.thorough),
    ],
)
def search(
    request: pytest.FixtureRequest,
    aws: FakeAws,
    webhook: tuple[str, list[bytes]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Search]:
    """Every flow done once with DEBUG off, or on; the console has stopped, its traces are there."""
    aws.reset()
    webhook_url, told = webhook
    told.clear()
    folder = tmp_path_factory.mktemp("console")
    password = new_canary("sign-in")
    with ExitStack() as stack:
        cache_url = stack.enter_context(redis(tmp_path_factory.mktemp("redis")))
        upstreams = aws.upstreams()
        with running_console(
            folder / "data",
            SETTINGS,
            DEBUG=str(request.param),
            LOG_LEVEL="DEBUG",
            SECRET_KEY=SECRET_KEY,
            CACHE_URL=cache_url,
            ALERT_EMAIL="operations@example.com",
            ALERT_WEBHOOK_URL=webhook_url,
            CONSOLE_URL="https://ptc.example.com",
            UPSTREAMS_OF_THE_TEST=",".join(f"{host}={url}" for host, url in upstreams.items()),
        ) as console:
            console.manage(
                *("createsuperuser", "--noinput", "--username", ADMINISTRATOR),
                *("--email", "grace@example.com"),
                DJANGO_SUPERUSER_PASSWORD=password.token,
            )
            search = Search(console, aws, cache_url, password, [password], told=told)
            for flow in FLOWS:
                flow(search)
            assert VALUE_READING.isdisjoint(aws.calls_of_app(APP_ID))
            # As it runs: the write-ahead log is not written back yet.
            running = search.places()
        stopped = search.places()
        search.places = lambda: running | stopped  # type: ignore[method-assign]
        yield search


@pytest.mark.promise("S1", "S3")
def test_no_canary_is_found_anywhere(search: Search) -> None:
    assert len(search.canaries) > 40
    assert found(search.places(), search.canaries) == set()


@pytest.mark.promise("S1")
def test_every_kind_of_place_was_there_to_be_searched(search: Search) -> None:
    names = " ".join(search.places())
    for kind in (
        *("file console.sqlite3", "file console.sqlite3-wal", "file output.log", "file mail/"),
        *("table auth_user", "table django_session", "table wizard_auditevent", "sessions"),
        *("table wizard_operationstep", "table wizard_alert", "table django_tasks_database"),
        "table wizard_sealedvalue",
        *("answer 0.0", "webhook 0", "cache :1:", "mail "),
    ):
        assert kind in names, kind
    assert search.places()["table wizard_sealedvalue"], "a credential is kept"
    log = search.places()["file output.log"]
    assert b" DEBUG " in log
    assert b"Broken" in log
    exports = [name for name, seen in search.places().items() if b"attachment; filename" in seen]
    assert len(exports) >= 5
    mails = b"".join(text for name, text in search.places().items() if name.startswith("mail "))
    assert b"Broken" in mails or search.console.environment["DEBUG"] == "True"


# --- The search finds what is there -------------------------------------------------------------


def _plant_row(search: Search, token: str) -> None:
    with closing(sqlite3.connect(search.console.database)) as connection:
        connection.execute("UPDATE wizard_operation SET ecr_repository_prefix = ?", [token])
        connection.commit()


def _plant_session(search: Search, token: str) -> None:
    # Long enough to be compressed: nothing of it is to be seen from outside.
    content = {"answers": {"token": token, "more": "x" * 500}}
    data = signing.dumps(content, key=SECRET_KEY, compress=True)
    with closing(sqlite3.connect(search.console.database)) as connection:
        connection.execute(
            "INSERT INTO django_session VALUES (?, ?, ?)", ["planted", data, "2030-01-01"]
        )
        connection.commit()


def _plant_file(name: str, pack: Callable[[str], bytes]) -> Callable[[Search, str], None]:
    def plant(search: Search, token: str) -> None:
        path = search.console.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pack(token))

    return plant


def _plant_answer(search: Search, token: str) -> None:
    wire = WireClient("")
    wire.seen.append(f"GET /sign-in/?next={token}".encode())
    search.wires.append(wire)


def _plant_cache(search: Search, token: str) -> None:
    with closing(Redis.from_url(search.cache_url.replace("rediscache", "redis"))) as cache:
        cache.set("planted", zlib.compress(pickle.dumps({"token": token * 3})))


def _quoted_mail(token: str) -> bytes:
    message = EmailMessage()
    message.set_content(f"{'é' * 60}{token}", cte="base64")
    return message.as_bytes()


PLANTS: dict[str, tuple[str, Callable[[Search, str], None]]] = {
    "row": ("table wizard_operation", _plant_row),
    "session": ("sessions", _plant_session),
    "log": ("file output.log", _plant_file("output.log", lambda token: token.encode())),
    "journal": ("file console.sqlite3-journal", _plant_file("console.sqlite3-journal", str.encode)),
    "JSON": ("file tmp/json", _plant_file("tmp/json", lambda token: json.dumps(token).encode())),
    "mail": ("mail planted.log", _plant_file("mail/planted.log", _quoted_mail)),
    "answer": ("answer", _plant_answer),
    "webhook": ("webhook", lambda search, token: search.told.append(token.encode())),
    "cache": ("cache planted", _plant_cache),
}


@pytest.mark.promise("S1")
@pytest.mark.parametrize("kind", PLANTS)
def test_what_is_planted_is_found(kind: str, search: Search, tmp_path: Path) -> None:
    place, plant = PLANTS[kind]
    shutil.copytree(search.console.folder, tmp_path / "data")
    console = Console(
        url=search.console.url, folder=tmp_path / "data", environment=search.console.environment
    )
    planted = new_canary("planted")
    copy = Search(console, search.aws, search.cache_url, search.password, [planted])
    plant(copy, planted.token)
    hits = found(copy.places(), [planted])
    assert {hit for hit in hits if hit.startswith(place)}


@pytest.mark.promise("S1")
def test_a_canary_is_found_in_whatever_it_is_packed() -> None:
    canary = new_canary("anywhere")
    packed = {
        "plain": canary.token.encode(),
        "quoted": quote(canary.token).encode(),
        "JSON": json.dumps({"SecretString": json.dumps({"accessToken": canary.token})}).encode(),
        "half": canary.token[: len(canary.token) // 2].encode(),
        "UTF-16": canary.token.encode("utf-16"),
        "hexadecimal": canary.token.encode().hex().encode(),
        **{
            f"base64 {shift}": base64.b64encode(b"x" * shift + canary.token.encode())
            for shift in range(4)
        },
        "basic": b"Authorization: Basic " + base64.b64encode(f"me:{canary.token}".encode()),
    }
    missed = [name for name, content in packed.items() if not found({name: content}, [canary])]
    assert missed == []


# --- The browser --------------------------------------------------------------------------------

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@dataclass
class Browsing:
    """What a browser held on the way, and its profile once it is closed."""

    places: dict[str, bytes]
    canary: Canary


def browse(url: str, profile: Path, password: str, canary: Canary) -> dict[str, bytes]:
    """Type a token into the wizard and the secrets page, with errors and Back, shown and hidden."""
    places: dict[str, bytes] = {}
    addresses: list[str] = []
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: apt-get install chromium"

    def look(page: Page, name: str) -> None:
        places[f"page {name}"] = page.content().encode()
        places[f"storage {name}"] = written_out(
            page.evaluate("[Object.entries(sessionStorage), Object.entries(localStorage)]")
        )
        places[f"history state {name}"] = written_out(
            page.evaluate("[history.state, location.href, document.referrer, document.cookie]")
        )

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=ARGUMENTS, base_url=url
        )
        context.set_default_timeout(30_000)
        page = context.pages[0]
        page.on("framenavigated", lambda frame: addresses.append(frame.url))
        page.on("request", lambda request: addresses.append(request.url))
        page.on("console", lambda message: addresses.append(message.text))
        page.goto(f"/{ACCOUNT}/{REGION}/rules/")
        page.get_by_label("Username").fill(ADMINISTRATOR)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Add rule").first.click()
        page.get_by_label("Docker Hub", exact=True).check()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Create an AWS secret").check()
        token = page.get_by_label("Docker Hub access token")
        # Once without a name, so that the page comes back; once shown in clear.
        page.locator("#id_secret_name").fill("browser")
        token.fill(canary.token)
        page.get_by_role("button", name="Next").click()
        page.get_by_role("alert").filter(has_text="There is a problem").wait_for()
        look(page, "after an error")
        assert token.input_value() == ""
        page.get_by_label("Docker Hub email").fill("me@example.com")
        token.fill(canary.token)
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Amazon ECR repository prefix").fill("browser")
        look(page, "the next step")
        destination = page.url
        page.get_by_role("button", name="Previous").click()
        page.get_by_label("Create an AWS secret").wait_for()
        look(page, "previous")
        assert token.input_value() == ""
        page.goto(destination)
        page.go_back()
        page.get_by_label("Create an AWS secret").wait_for()
        look(page, "back")
        assert token.input_value() == ""
        page.go_forward()
        page.get_by_label("Amazon ECR repository prefix").fill("browser")
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Create", exact=True).click()
        page.get_by_role("heading", level=1, name="Rule created").wait_for()
        look(page, "created")
        page.goto(NEW_SECRET)
        page.get_by_label("Username").fill("me")
        page.get_by_label("Access token").fill(canary.token)
        page.get_by_role("button", name="Create secret").click()
        page.get_by_role("alert").filter(has_text="There is a problem").wait_for()
        look(page, "the secrets page")
        places["cookies"] = written_out([dict(cookie) for cookie in context.cookies()])
        context.close()
    places["addresses"] = "\n".join(addresses).encode()
    return places


@pytest.fixture(scope="module")
def browsing(aws: FakeAws, tmp_path_factory: pytest.TempPathFactory) -> Browsing:
    aws.reset()
    canary, password = new_canary("browser"), new_canary("browser password")
    folder = tmp_path_factory.mktemp("browsing")
    make_rule("quay")
    with running_console(folder / "data", SETTINGS, SECRET_KEY=SECRET_KEY) as console:
        console.manage(
            *("createsuperuser", "--noinput", "--username", ADMINISTRATOR),
            *("--email", "grace@example.com"),
            DJANGO_SUPERUSER_PASSWORD=password.token,
        )
        # Playwright keeps an event loop in its thread; the tests' own may have one already.
        with ThreadPoolExecutor(max_workers=1) as thread:
            profile = folder / "profile"
            places = thread.submit(browse, console.url, profile, password.token, canary).result()
    return Browsing(places | files_under(folder / "profile") | files_under(folder / "data"), canary)


@pytest.mark.promise("S1", "S4")
def test_the_browser_keeps_no_canary(browsing: Browsing) -> None:
    assert found(browsing.places, [browsing.canary]) == set()


@pytest.mark.promise("S1")
def test_the_browser_s_places_were_there_to_be_searched(browsing: Browsing) -> None:
    places = browsing.places
    assert "browser" in places["page created"].decode()
    assert b"/rules/" in places["addresses"]
    assert any("History" in name and b"/rules/" in content for name, content in places.items())
    assert b"sessionid" in places["cookies"]
    assert any("Sessions" in name for name in places)


# --- No form is forgotten -----------------------------------------------------------------------

# Each form with a field that hides what is typed, and the flow above that types into it.
TYPED_INTO = {
    "wizard.drafting.steps.authentication.AuthenticationForm": create,
    "wizard.forms.secret.ValueForm": look_after_secrets,
    "wizard.forms.secret.SecretForm": look_after_secrets,
    "wizard.forms.rotation.RotationForm": rotate_in_regions,
    "wizard.forms.fleet_rotation.FleetRotationForm": rotate_over_accounts,
    "wizard.forms.fleet_creation.FleetCreationForm": create_over_accounts,
    "wizard.forms.operation.CredentialForm": retry_in_a_region,
    "wizard.forms.people.SignInForm": sign_in_with_wrong_passwords,
    "wizard.forms.people.ConfirmIdentityForm": set_and_change_passwords,
    "wizard.forms.people.NewPasswordForm": set_and_change_passwords,
    "wizard.forms.people.ChangePasswordForm": set_and_change_passwords,
}


def _hiding_forms(kind: type[BaseForm] = BaseForm) -> Iterator[str]:
    for each in kind.__subclasses__():
        fields = getattr(each, "base_fields", {}).values()
        if each.__module__.startswith("wizard.") and any(
            isinstance(field.widget, PasswordInput) for field in fields
        ):
            yield f"{each.__module__}.{each.__qualname__}"
        yield from _hiding_forms(each)


@pytest.mark.promise("S1")
def test_every_form_that_takes_a_secret_is_typed_into() -> None:
    for module in pkgutil.iter_modules(forms.__path__, "wizard.forms."):
        import_module(module.name)
    assert set(_hiding_forms()) == set(TYPED_INTO)
    assert set(TYPED_INTO.values()) <= set(FLOWS)
