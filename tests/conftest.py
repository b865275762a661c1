"""Fixtures of all tests: the simulated AWS, and no network connections to other machines."""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from django.db import connection
from django.test import TransactionTestCase, client
from pytest_django import DjangoDbBlocker
from pytest_socket import socket_allow_hosts

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.emptying import empty
from wizard.backend.account_roles import assumed_roles
from wizard.backend.account_roles import session as role_session
from wizard.backend.clients import APP_ID
from wizard.backend.refusals import refusals
from wizard.domain import waiting
from wizard.domain.permissions import PERMISSIONS, PolicyPlace, console_policy
from wizard.services import permissions

# The calls that answer with a secret's value. Tests make them; the simulated ECR reads in-process.
VALUE_READING = {"GetSecretValue", "BatchGetSecretValue"}

_AWS_VARIABLES = {
    "AWS_ACCESS_KEY_ID": EXAMPLE_KEY,
    "AWS_SECRET_ACCESS_KEY": EXAMPLE_SECRET,
    "AWS_DEFAULT_REGION": "us-east-2",
    # Whatever the machine's owner configured must not reach a test.
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


# Also for files outside of `tests/faults` whose tests keep a promise.
pytest_plugins = ("tests.faults.promise_option",)

# The files that take longest begin first, so that no worker is left alone with one at the end.
SLOW = (
    *(
        "production/test_journeys.py",
        "faults/test_engines.py",
        "faults/test_canary.py",
        "ptcconsole/test_run.py",
        "browser/test_accessibility.py",
    ),
    *("browser/test_administration.py", "browser/test_people.py", "browser/test_rule_detail.py"),
    *("browser/test_overview.py", "faults/test_web.py", "faults/test_operations.py"),
    *("browser/test_documented_flows.py", "browser/test_flows.py", "faults/test_input.py"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--unkind",
        action="store_true",
        help="the simulated AWS is unkind to the console: late, in short pages, with all checks",
    )
    parser.addoption(
        "--unkind-in",
        action="append",
        default=[],
        metavar="PATH",
        help="the same for the tests below a path; may be given several times",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        found = (number for number, name in enumerate(SLOW) if path.endswith(name))
        return next(found, len(SLOW))

    items.sort(key=place)


def pytest_sessionstart() -> None:
    """Tests make parsed pages by the hundred; looking for garbage among them less often will do."""
    gc.set_threshold(50_000, 20, 100)


def pytest_runtest_setup() -> None:
    """Keep every connection on this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def _only_whole_pages_are_kept() -> Iterator[None]:
    """Of the templates of a page, the test client keeps the first: the page itself.

    A page is made of a hundred; keeping a copy of the context of each takes a twelfth of the time.
    """
    keep = client.store_rendered_templates  # type: ignore[attr-defined]

    def keep_first(store: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        if "templates" not in store:
            keep(store, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(client, "store_rendered_templates", keep_first)
        yield


@pytest.fixture(autouse=True, scope="session")
def _pages_are_patient() -> Iterator[None]:
    """However slow the machine is, a page waits for what AWS answers."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(waiting, "PAGE_SECONDS", 600.0)
        patches.setattr(role_session, "PAGE_SECONDS", 600.0)
        yield


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector leave alone what was imported, and look at the rest less often.

    Pages that Beautiful Soup parses are many small objects: this saves a tenth of the CPU time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def aws() -> Iterator[FakeAws]:
    """The simulated AWS, empty at the start of each test, with boto3 pointed at it."""
    with FakeAws() as fake, pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_PROFILE", raising=False)
        environment.delenv("AWS_SESSION_TOKEN", raising=False)
        environment.setenv("AWS_ENDPOINT_URL", fake.url)
        for name, value in _AWS_VARIABLES.items():
            environment.setenv(name, value)
        yield fake


@pytest.fixture(autouse=True, scope="session")
def _tests_share_their_clients() -> Iterator[None]:
    """A client of boto3 that a test makes is kept for the next one, as they are alike.

    Making one takes longer than ten calls. The console makes its clients itself.
    """
    make: Callable[..., Any] = boto3.client
    kept: dict[tuple[object, ...], Any] = {}

    def client(service: str, *args: Any, **options: Any) -> Any:
        if args or options.keys() - {"region_name"}:
            return make(service, *args, **options)
        settings = ((name, os.environ[name]) for name in sorted(os.environ) if "AWS" in name)
        key = (service, options.get("region_name"), boto3.DEFAULT_SESSION, *settings)
        if key not in kept:
            kept[key] = make(service, **options)
            # The first one makes the default session.
            kept[(*key[:2], boto3.DEFAULT_SESSION, *key[3:])] = kept[key]
        return kept[key]

    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(boto3, "client", client)
        yield


@pytest.fixture(autouse=True)
def _empty_aws(request: pytest.FixtureRequest) -> Iterator[None]:
    """As new before each test; after it, the console must have read no secret's value.

    Where unkindness is ordered, the AWS's own tests and those marked `kind_aws` are without it.
    """
    if "aws" not in request.fixturenames:
        yield
        return
    aws: FakeAws = request.getfixturevalue("aws")
    aws.reset()
    permissions.forget()
    refusals.forget()
    assumed_roles.forget()
    is_about_aws = "fakeaws" in request.path.parts or request.node.get_closest_marker("kind_aws")
    if _is_unkind_to(request) and not is_about_aws:
        aws.be_unkind(app_id=APP_ID)
        # The console has the permissions that its documentation asks for, and no others.
        aws.limit_anybody(console_policy(PERMISSIONS, PolicyPlace()))
    yield
    read = VALUE_READING & set(aws.calls_of_app(APP_ID))
    assert read == set(), "the console read a secret's value"


def _is_unkind_to(request: pytest.FixtureRequest) -> bool:
    """Whether the AWS is to be unkind in this test."""
    config = request.config
    below = (config.rootpath / each for each in config.getoption("unkind_in"))
    return config.getoption("unkind") or any(map(request.path.is_relative_to, below))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django's own, and at the end no session is left that keeps the database from going.

    A worker process that a test killed is not always noticed by PostgreSQL before the tests end.
    """
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True, scope="session")
def _committed_rows_go_with_the_test() -> Iterator[None]:
    """Rows of the audit trail as well, which is append-only otherwise."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield
