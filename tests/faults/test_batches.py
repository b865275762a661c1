"""Many Regions of many requests: a bound of database connections, and one Region fails alone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret, prefixes
from tests.faults.drafts import CREDENTIAL, PREFIX, SECRET_NAME, confirm, docker_hub
from tests.faults.test_worker import wait_for
from tests.person import ACCOUNT, sign_in
from wizard.backend.kept_threads import threads
from wizard.domain import NewRule, Spread, Target
from wizard.domain.errors import AuditUnavailable, DatabaseUnavailable
from wizard.models import Operation
from wizard.services import lease_keeping
from wizard.services.change_threads import AT_ONCE, free_places, run_together
from wizard.services.fanout import fan_out
from wizard.services.operations.running import Creation

HOME, OTHER, THIRD = "us-east-2", "eu-west-1", "us-west-2"
CREATE_RULE = "CreatePullThroughCacheRule"


@pytest.fixture
def actor(transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


@contextmanager
def no_audit_rows(condition: str) -> Iterator[None]:
    """Let the database refuse the rows of the audit trail of that condition."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER refused BEFORE INSERT ON wizard_auditevent"
                f" WHEN NEW.{condition} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
            undo = "DROP TRIGGER refused"
        else:
            table = "ALTER TABLE wizard_auditevent"
            cursor.execute(f"{table} ADD CONSTRAINT refused CHECK (NOT ({condition})) NOT VALID")
            undo = f"{table} DROP CONSTRAINT refused"
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(undo)


def create(actor: User, *regions: str) -> Creation:
    return confirm(
        docker_hub(), actor=actor, credential=CREDENTIAL, regions=regions, spread=Spread.EACH
    )


@pytest.mark.promise("B8")
def test_regions_of_all_requests_wait_for_a_free_connection(aws: FakeAws, actor: User) -> None:
    """With one place left, the Regions of a Create are worked on one after the other."""
    taken = [free_places.acquire(blocking=False) for _ in range(AT_ONCE - 1)]
    assert all(taken)
    aws.hold(operation=CREATE_RULE)

    def press() -> None:
        try:
            create(actor, OTHER, THIRD)
        finally:
            connections.close_all()

    try:
        with ThreadPoolExecutor(1) as pool:
            pressed = pool.submit(press)
            aws.wait_for_call(CREATE_RULE)
            is_one_free = free_places.acquire(blocking=False)
            asked = aws.calls()[CREATE_RULE]
            aws.release()
            pressed.result()
    finally:
        for _ in taken:
            free_places.release()
    assert not is_one_free
    assert asked == 1
    assert {prefix for region in (HOME, OTHER, THIRD) for prefix in prefixes(region)} == {PREFIX}
    # Every place was given back.
    free = [free_places.acquire(blocking=False) for _ in range(AT_ONCE + 1)]
    assert free == [True] * AT_ONCE + [False]
    for _ in range(AT_ONCE):
        free_places.release()


@pytest.mark.promise("B8")
def test_regions_that_wait_longer_than_a_lease_do_not_count_as_interrupted(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two wait while the call of the third hangs; nobody else may take them."""
    monkeypatch.setattr(lease_keeping, "RENEW_SECONDS", 0.01)
    taken = [free_places.acquire(blocking=False) for _ in range(AT_ONCE - 1)]
    assert all(taken)
    aws.hold(operation=CREATE_RULE)

    def press() -> None:
        try:
            create(actor, OTHER, THIRD)
        finally:
            connections.close_all()

    def until() -> dict[str, datetime]:
        held = Operation.objects.filter(lease_until__isnull=False)
        return {each.region: each.lease_until for each in held if each.lease_until}

    try:
        with ThreadPoolExecutor(1) as pool:
            pressed = pool.submit(press)
            try:
                aws.wait_for_call(CREATE_RULE)
                before = until()
                wait_for(
                    lambda: sum(then > before[region] for region, then in until().items()) == 3,
                    "the renewal of all",
                )
            finally:
                aws.release()
            pressed.result()
    finally:
        for _ in taken:
            free_places.release()
    assert set(Operation.objects.values_list("state", flat=True)) == {"succeeded"}


@pytest.mark.promise("B8")
def test_a_region_whose_rows_the_database_refuses_leaves_the_others_true(
    aws: FakeAws, actor: User
) -> None:
    """Rows of several Regions may be written in one transaction, and then be refused together."""
    with no_audit_rows(f"region = '{OTHER}'"):
        create(actor, OTHER, THIRD)
    states = dict(Operation.objects.values_list("region", "state"))
    assert states[OTHER] == "failed"
    made = {region for region in (HOME, OTHER, THIRD) if prefixes(region) == [PREFIX]}
    assert made == {region for region, state in states.items() if state == "succeeded"}


@pytest.mark.promise("B8", "D1")
@pytest.mark.parametrize(
    ("action", "error"),
    [("CreateSecret", AuditUnavailable), (CREATE_RULE, DatabaseUnavailable)],
)
def test_that_nothing_was_changed_is_said_only_if_it_is_so(
    aws: FakeAws, actor: User, action: str, error: type[Exception]
) -> None:
    with no_audit_rows(f"action = '{action}'"), pytest.raises(error):
        create(actor)
    is_changed = "CreateSecret" in aws.calls()
    assert is_changed is (error is DatabaseUnavailable)
    assert CREATE_RULE not in aws.calls()


@pytest.mark.promise("B8", "D1")
def test_a_replacement_that_deleted_the_old_rule_does_not_say_that_nothing_was_changed(
    aws: FakeAws, actor: User
) -> None:
    make_rule(PREFIX, "quay.io")
    old = NewRule(ecr_repository_prefix=PREFIX, upstream_registry_url="quay.io")
    draft = replace(docker_hub().with_secret(make_secret(SECRET_NAME)), replaces=old)
    with no_audit_rows(f"action = '{CREATE_RULE}'"), pytest.raises(DatabaseUnavailable):
        confirm(draft, actor=actor)
    assert "DeletePullThroughCacheRule" in aws.calls()


@pytest.mark.promise("D5")
@pytest.mark.parametrize(
    ("action", "heading", "left"),
    [
        ("DeletePullThroughCacheRule", "The console can't write to the audit trail", [PREFIX]),
        ("DeleteSecret", "The console's database doesn't respond", []),
    ],
)
def test_a_page_says_that_nothing_was_changed_only_before_the_first_change(
    aws: FakeAws, actor: User, action: str, heading: str, left: list[str]
) -> None:
    """Cleaning up deletes the rule, and then the secret."""
    create(actor)
    ago = timezone.now() - timedelta(seconds=1)
    Operation.objects.update(state="running", lease_until=ago, finished_at=None)
    person = sign_in("grace")
    person.open(f"/{ACCOUNT}/operations/{Operation.objects.get().batch_id}/")
    with no_audit_rows(f"action = '{action}'"):
        person.press("Clean up")
    assert (person.status, person.heading) == (503, heading)
    assert ("Nothing was changed" in person.text) is bool(left)
    assert prefixes(HOME) == left


@pytest.fixture
def opened() -> Iterator[list[BaseDatabaseWrapper]]:
    """The connections that are opened, by whatever thread."""
    found: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **_more: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            found.append(connection)

    connection_created.connect(note)
    yield found
    connection_created.disconnect(note)


@pytest.mark.promise("B8")
def test_the_threads_of_regions_leave_no_connection_open(
    aws: FakeAws, actor: User, opened: list[BaseDatabaseWrapper]
) -> None:
    create(actor, OTHER, THIRD)
    assert opened
    assert [each.connection for each in opened] == [None] * len(opened)


@pytest.mark.promise("B8")
def test_threads_that_are_kept_for_the_next_page_keep_no_connection(
    actor: User, opened: list[BaseDatabaseWrapper]
) -> None:
    targets = [Target(account_id=ACCOUNT, region=region) for region in (HOME, OTHER, THIRD)]
    answers = list(fan_out(targets=targets, call=lambda _target: User.objects.count()))
    assert [answer.value for answer in answers] == [1, 1, 1]
    assert threads.wait_until_idle(30)
    assert len(opened) == 3
    assert [each.connection for each in opened] == [None] * 3


@pytest.mark.promise("B8")
def test_lanes_share_the_bound_and_one_that_fails_stops_no_other(
    actor: User, opened: list[BaseDatabaseWrapper], caplog: pytest.LogCaptureFixture
) -> None:
    """One place is left, so that they run one after the other."""
    taken = [free_places.acquire(blocking=False) for _ in range(AT_ONCE - 1)]
    seen: list[tuple[str, int, bool]] = []

    def lane(name: str) -> None:
        seen.append((name, User.objects.count(), free_places.acquire(blocking=False)))
        if name == HOME:
            raise LookupError("of nobody's making")

    try:
        run_together([partial(lane, name) for name in (HOME, OTHER, THIRD)])
    finally:
        for _ in taken:
            free_places.release()
    assert sorted(seen) == [(name, 1, False) for name in sorted((HOME, OTHER, THIRD))]
    assert "The work in a Region failed" in caplog.text
    assert len(opened) == 3
    assert [each.connection for each in opened] == [None] * 3
    free = [free_places.acquire(blocking=False) for _ in range(AT_ONCE + 1)]
    assert free == [True] * AT_ONCE + [False]
    for _ in range(AT_ONCE):
        free_places.release()
