"""Rotations under faults: killed between Regions, a lost lease, a database that refuses rows."""

import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret
from tests.faults.test_batches import no_audit_rows, opened
from tests.person import ACCOUNT
from tests.rotations import (
    HOME,
    HOST,
    HUB,
    NEW,
    OTHER,
    REGIONS,
    THIRD,
    begin,
    client,
    hubs,
    operator,
    plan,
    rotate,
    row,
    states,
    value,
)
from tests.worker import end_of_module, work
from wizard.domain.errors import NotPermitted
from wizard.models import BulkValidation, OpenChange, RotatedSecret, Rotation, RotationStep
from wizard.services import cut_off, held, rotations
from wizard.services.change_threads import AT_ONCE, LANES, free_places
from wizard.services.rotations import replicating

__all__ = ["opened"]

OLD = "wrong"
ALL = [f"{region}/docker-hub" for region in REGIONS]


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_four_times_at_once_starts_one_rotation(ada: User) -> None:
    hubs(HOME)
    chosen, rotation_id = plan(ada).possible, uuid.uuid4()

    def start(_number: int) -> bool:
        try:
            begun = rotations.start(
                rotation_id=rotation_id,
                account_id=ACCOUNT,
                upstream=HOST,
                chosen=chosen,
                actor=ada,
            )
            return begun is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
    assert RotatedSecret.objects.count() == 1


def rotate_and_die(fuse: int, *more: str) -> None:
    """Rotate in a process of its own, and be found with the lease run out, as a minute later."""
    assert end_of_module("tests.faults.rotating", str(fuse), *more) == -signal.SIGKILL
    Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def cut_off_rotation() -> Rotation:
    (found,) = rotations.unsettled_rotations()
    assert found.is_interrupted
    return found


def changed() -> set[str]:
    return {region for region in (HOME, OTHER) if value(region) == NEW.access_token}


def is_settled() -> bool:
    """Whether neither the journal nor the trail nor the lists have an open change."""
    regions = list(REGIONS)
    assert cut_off.list_cut_off(account_id=Rotation.objects.get().account_id, regions=regions) == []
    assert not rotations.unsettled_rotations()
    return not (
        OpenChange.objects.exists()
        or RotationStep.objects.filter(state="running").exists()
        or RotatedSecret.objects.filter(state="running").exists()
    )


# Killed before which audit row, and in how many Regions AWS has the new version then.
KILLED = [(1, 0), (2, 1), (3, 1), (4, 2)]


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "made"), KILLED)
def test_a_rotation_killed_anywhere_is_found_and_completed_without_a_second_version(
    aws: FakeAws, ada: User, fuse: int, made: int
) -> None:
    hubs(HOME, OTHER)
    rotate_and_die(fuse)
    assert len(changed()) == made
    rotation = cut_off_rotation()
    held = rotations.look(list(rotation.secrets.all()))
    assert sum(each.has_new for each in held.values()) == made
    aws.clear_calls()
    assert rotations.complete(rotation=rotation, credential=NEW, actor=ada)
    assert changed() == {HOME, OTHER}
    assert aws.calls().get("PutSecretValue", 0) == 2 - made
    assert set(states(rotation).values()) == {"succeeded"}
    assert is_settled()


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "made"), KILLED)
def test_a_rotation_killed_anywhere_can_be_put_back(
    aws: FakeAws, ada: User, fuse: int, made: int
) -> None:
    hubs(HOME, OTHER)
    rotate_and_die(fuse)
    rotation = cut_off_rotation()
    assert rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert changed() == set()
    assert list(states(rotation).values()).count("put-back") == made
    assert is_settled()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses for replicas, which are skipped."""
    waited: list[float] = []
    monkeypatch.setattr(replicating, "pause", waited.append)
    return waited


@pytest.mark.promise("F23")
def test_the_rules_are_validated_when_the_replicas_have_the_new_version(
    aws: FakeAws, ada: User, pauses: list[float]
) -> None:
    hubs(HOME)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    aws.lag("replicas", reads=3)
    aws.clear_calls()
    rotate(ada)
    assert pauses == list(replicating.WAITS)[: len(pauses)]
    assert len(pauses) == 3
    status = client(HOME).describe_secret(SecretId=HUB)["ReplicationStatus"]
    assert [each["Status"] for each in status] == ["InSync"]
    assert BulkValidation.objects.exists()


@pytest.mark.promise("F23")
def test_replicas_are_waited_for_no_longer_than_a_limit(
    aws: FakeAws, ada: User, pauses: list[float]
) -> None:
    hubs(HOME)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    aws.lag("replicas", reads=99)
    rotation = rotate(ada)
    assert pauses == list(replicating.WAITS)
    assert states(rotation) == {HOME: "succeeded"}
    assert BulkValidation.objects.exists()


@pytest.mark.promise("F23")
def test_the_worker_validates_the_rules_of_a_rotation_that_was_killed_before_it_could(
    aws: FakeAws, ada: User
) -> None:
    """Killed when the last secret had its new version; nobody has to press anything."""
    hubs(HOME, OTHER)
    rotate_and_die(4)
    assert not BulkValidation.objects.exists()
    work()
    rotation = Rotation.objects.get()
    assert set(states(rotation).values()) == {"succeeded"}
    assert rotation.bulk is not None
    assert rotation.bulk.is_finished
    assert {(each.region, each.state) for each in rotation.bulk.items.all()} == {
        (HOME, "done"),
        (OTHER, "done"),
    }
    assert is_settled()


@pytest.mark.promise("F7")
def test_a_rotation_that_was_killed_before_a_secret_had_its_turn_waits_for_a_person(
    aws: FakeAws, ada: User
) -> None:
    """Only a person has the token."""
    hubs(HOME, OTHER)
    rotate_and_die(2)
    work()
    assert cut_off_rotation().is_interrupted


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "made"), KILLED)
def test_a_rotation_killed_while_it_was_put_back_is_settled_by_what_aws_holds(
    aws: FakeAws, ada: User, fuse: int, made: int
) -> None:
    hubs(HOME, OTHER)
    rotation = rotate(ada)
    rotate_and_die(fuse, "back")
    assert len(changed()) == 2 - made
    assert rotations.complete(rotation=cut_off_rotation(), credential=None, actor=ada)
    assert list(states(rotation).values()).count("put-back") == made
    assert is_settled()
    assert rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert changed() == set()


@pytest.mark.promise("F7")
def test_what_aws_does_not_tell_stays_open(aws: FakeAws, ada: User) -> None:
    hubs(HOME, OTHER)
    rotate_and_die(4)
    aws.refuse(operation="DescribeSecret")
    assert rotations.complete(rotation=cut_off_rotation(), credential=NEW, actor=ada)
    aws.clear_faults()
    (found,) = rotations.unsettled_rotations()
    assert list(states(found).values()).count("running") == 1
    assert rotations.complete(rotation=found, credential=None, actor=ada)
    assert is_settled()


@pytest.mark.promise("F7")
def test_a_process_that_lost_the_lease_changes_nothing_more(aws: FakeAws, ada: User) -> None:
    hubs(HOME)
    slow = begin(ada)
    secrets = list(slow.secrets.all())
    Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert held.take(Rotation.objects.get(), actor=ada)
    aws.clear_calls()
    rotations.put_all(slow, secrets, NEW)
    assert "PutSecretValue" not in aws.calls()
    assert Rotation.objects.get().is_running
    assert not OpenChange.objects.exists()


@pytest.mark.promise("F7")
def test_a_late_result_of_a_process_that_lost_the_lease_is_not_written(
    aws: FakeAws, ada: User
) -> None:
    hubs(HOME)
    slow = begin(ada)
    (secret,) = slow.secrets.all()
    aws.hold(operation="PutSecretValue")

    def press() -> None:
        try:
            rotations.put_all(slow, [secret], NEW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press)
        aws.wait_for_call("PutSecretValue")
        Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert held.take(Rotation.objects.get(), actor=ada)
        aws.release()
        pressed.result()
    assert states(slow) == {HOME: "running"}


@pytest.mark.promise("B8")
def test_a_region_whose_rows_the_database_refuses_stops_no_other(aws: FakeAws, ada: User) -> None:
    hubs(HOME, OTHER, THIRD)
    rotation = begin(ada)
    with no_audit_rows(f"region = '{OTHER}'"):
        rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    assert value(OTHER) == OLD
    assert row(rotation, OTHER).state == "waiting"
    told = {region for region, state in states(rotation).items() if state == "succeeded"}
    assert told == {region for region in REGIONS if value(region) == NEW.access_token}


def hubs_of(region: str, number: int) -> None:
    """So many secrets in one Region, each with a rule of Docker Hub."""
    for each in range(number):
        arn = make_secret(f"{HUB}-{each}", region)
        make_rule(f"hub-{each}", HOST, region=region, credentialArn=arn)


@pytest.mark.promise("B12")
@pytest.mark.parametrize("when", ["read", "changed"])
def test_a_region_that_does_not_respond_is_not_asked_about_each_secret(
    aws: FakeAws, ada: User, when: str
) -> None:
    hubs_of(HOME, 9)
    hubs_of(OTHER, 2)
    rotation = begin(ada)
    aws.clear_calls()
    if when == "read":
        aws.unreachable(region=HOME)
    else:
        aws.unreachable(region=HOME, operation="PutSecretValue")
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    here = list(rotation.secrets.filter(region=HOME))
    untried = [each for each in here if type(each.error).__name__ == "NotTried"]
    assert [each.state for each in here] == ["failed"] * 9
    assert len(untried) >= 9 - LANES
    assert not any(each.is_unknown or each.steps.exists() for each in untried)
    assert {each.state for each in rotation.secrets.filter(region=OTHER)} == {"succeeded"}
    aws.clear_faults()
    assert rotations.complete(rotation=rotation, credential=NEW, actor=ada)
    assert {each.state for each in rotation.secrets.all()} == {"succeeded"}
    assert {value(HOME, f"{HUB}-{each}") for each in range(9)} == {NEW.access_token}


@pytest.mark.promise("B12")
def test_the_old_versions_of_a_region_that_does_not_respond_can_be_put_back_later(
    aws: FakeAws, ada: User
) -> None:
    hubs_of(HOME, 6)
    rotation = rotate(ada)
    keys = [rotations.key_of(each) for each in rotation.secrets.all()]
    aws.unreachable(region=HOME)
    assert rotations.put_back(rotation=rotation, keys=keys, actor=ada)
    left = list(rotation.secrets.all())
    assert all(rotations.can_put_back(each) for each in left)
    assert sum(type(each.error).__name__ == "NotTried" for each in left) >= 6 - LANES
    aws.clear_faults()
    assert rotations.put_back(rotation=rotation, keys=keys, actor=ada)
    assert {each.state for each in rotation.secrets.all()} == {"put-back"}


@pytest.mark.promise("B8")
def test_the_threads_of_a_rotation_leave_no_connection_open_and_give_their_places_back(
    aws: FakeAws, ada: User, opened: list[BaseDatabaseWrapper]
) -> None:
    hubs(HOME, OTHER, THIRD)
    rotate(ada)
    assert opened
    assert [each.connection for each in opened] == [None] * len(opened)
    free = [free_places.acquire(blocking=False) for _ in range(AT_ONCE + 1)]
    assert free == [True] * AT_ONCE + [False]
    for _ in range(AT_ONCE):
        free_places.release()


@pytest.mark.promise("Z2")
def test_a_replica_in_a_region_without_the_role_is_noticed_before_the_change(
    aws: FakeAws, ada: User
) -> None:
    """It was made after the plan was read."""
    hubs(HOME)
    bob = operator(HOME)
    rotation = begin(bob)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    assert value(HOME) == OLD
    assert type(row(rotation, HOME).error).__name__ == "RoleWithdrawn"


@pytest.mark.promise("Z2")
def test_a_rotation_with_a_region_of_somebody_else_begins_nowhere(aws: FakeAws, ada: User) -> None:
    """The plan was made by a person who may; the form is sent by one who may not."""
    hubs(HOME, OTHER)
    with pytest.raises(NotPermitted):
        rotations.start(
            rotation_id=uuid.uuid4(),
            account_id=ACCOUNT,
            upstream=HOST,
            chosen=plan(ada).possible,
            actor=operator(HOME),
        )
    assert not Rotation.objects.exists()


@pytest.mark.promise("Z2")
@pytest.mark.parametrize("how", ["complete", "put back"])
def test_who_goes_on_with_a_rotation_changes_only_their_own_regions(
    aws: FakeAws, ada: User, how: str
) -> None:
    hubs(HOME, OTHER)
    bob = operator(HOME)
    if how == "complete":
        rotation = begin(ada)
        Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        rotation.refresh_from_db()
        assert rotations.complete(rotation=rotation, credential=NEW, actor=bob)
        expected = (NEW.access_token, OLD)
    else:
        rotation = rotate(ada)
        assert rotations.put_back(rotation=rotation, keys=ALL, actor=bob)
        expected = (OLD, NEW.access_token)
    assert (value(HOME), value(OTHER)) == expected
    assert row(rotation, OTHER).error is None


@pytest.mark.promise("F21")
def test_an_old_version_is_not_put_back_over_a_newer_one(aws: FakeAws, ada: User) -> None:
    hubs(HOME)
    rotation = rotate(ada)
    client(HOME).put_secret_value(SecretId=HUB, SecretString='{"username":"a","accessToken":"b"}')
    aws.clear_calls()
    assert rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert value(HOME) == "b"
    assert "UpdateSecretVersionStage" not in aws.calls()
    error = row(rotation, HOME).error
    assert type(error).__name__ == "NewerVersion"
    assert states(rotation) == {HOME: "succeeded"}
