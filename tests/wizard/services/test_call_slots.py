"""The calls that background work makes at once in an account and Region, over all machines."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, someone
from tests.sweeps import add_rule
from tests.worker import start_worker
from wizard.models import BulkValidation, CallSlot, ItemState
from wizard.services import call_slots
from wizard.services.bounded import Demand
from wizard.services.bulk_validation import RuleSelection, start_bulk_validation
from wizard.services.call_slots import LIMIT, STRETCH, SharedSlots, shared_slots

ELSEWHERE = "eu-west-1"
OTHER = "210987654321"
VALIDATE = "ValidatePullThroughCacheRule"
MANY = Demand(waiting=100)


@pytest.fixture(autouse=True)
def _looks_every_time(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_slots, "LOOK_SECONDS", 0.0)
    settings.SWEEP_MINUTES = 15


def slots(holder: str, account_id: str = ACCOUNT) -> SharedSlots:
    return SharedSlots(account_id=account_id, holder=holder)


def held() -> Counter[str]:
    return Counter(CallSlot.objects.exclude(number=None).values_list("holder", flat=True))


def test_a_lone_holder_has_all_slots_but_that_of_the_sweep() -> None:
    one = slots("one")
    one.adjust({REGION: MANY, ELSEWHERE: Demand(waiting=1)})
    assert (one.room(REGION), one.room(ELSEWHERE), one.room("us-west-1")) == (LIMIT - 1, 1, 0)


def test_without_sweeps_it_has_all(settings: Settings) -> None:
    settings.SWEEP_MINUTES = 0
    one = slots("one")
    one.adjust({REGION: MANY})
    assert one.room(REGION) == LIMIT


def test_who_comes_later_gets_a_fair_share_and_no_call_too_many_is_made() -> None:
    one, two = slots("one"), slots("two")
    one.adjust({REGION: MANY})
    two.adjust({REGION: MANY})
    assert (one.room(REGION), two.room(REGION)) == (3, 0)
    one.adjust({REGION: Demand(waiting=97, running=3)})
    assert one.room(REGION) == 1
    two.adjust({REGION: MANY})
    assert two.room(REGION) == 0, "three calls are still under way"
    one.adjust({REGION: Demand(waiting=97, running=1)})
    two.adjust({REGION: MANY})
    assert (one.room(REGION), two.room(REGION)) == (1, 1)
    assert held() == {"one": 1, "two": 1}
    assert not CallSlot.objects.filter(number=None).exists()


def test_other_regions_and_accounts_have_slots_of_their_own() -> None:
    one, two, three = slots("one"), slots("two"), slots("three", OTHER)
    one.adjust({REGION: MANY})
    two.adjust({ELSEWHERE: MANY})
    three.adjust({REGION: MANY})
    assert (one.room(REGION), two.room(ELSEWHERE), three.room(REGION)) == (3, 3, 3)


def test_more_holders_than_slots_take_turns() -> None:
    holders = [slots(str(each)) for each in range(5)]
    for each in holders:
        each.adjust({REGION: MANY})
    # Each gives back what is not its share, and those that wait take it.
    for _ in range(2):
        for each in holders:
            each.adjust({REGION: MANY})
    had = set(held())
    assert sum(held().values()) == len(had) == 3
    CallSlot.objects.update(taken_at=timezone.now() - STRETCH - timedelta(seconds=1))
    for _ in range(2):
        for each in holders:
            each.adjust({REGION: MANY})
        assert sum(held().values()) <= 3
    assert set(held()) - had, "somebody else has a turn"


def test_the_slots_of_the_dead_are_free_when_their_lease_has_expired() -> None:
    dead, other = slots("dead"), slots("other")
    dead.adjust({REGION: MANY})
    other.adjust({REGION: MANY})
    assert other.room(REGION) == 0
    CallSlot.objects.filter(holder="dead").update(until=timezone.now() - timedelta(seconds=1))
    other.adjust({REGION: MANY})
    assert other.room(REGION) == 3


def test_what_is_not_needed_is_given_back() -> None:
    with shared_slots(account_id=ACCOUNT, holder="one") as one:
        one.adjust({REGION: MANY})
        one.adjust({REGION: Demand(running=1)})
        assert held() == {"one": 1}
        one.adjust({})
        assert not held()
        one.adjust({REGION: MANY})
    assert not CallSlot.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_no_more_calls_at_once_than_one(
    aws: FakeAws,
) -> None:
    ada = someone("ada")
    bulks = []
    for name in ("one", "two"):
        for each in range(4):
            add_rule(f"{name}{each}")
        selections = [
            RuleSelection(region=REGION, ecr_repository_prefix=f"{name}{each}") for each in range(4)
        ]
        bulk, _ = start_bulk_validation(account_id=ACCOUNT, selections=selections, actor=ada)
        bulks.append(bulk)
    aws.hold(operation=VALIDATE)
    workers = [start_worker() for _ in bulks]
    try:
        _until(lambda: len(set(CallSlot.objects.values_list("holder", flat=True))) == 2)
        _until(lambda: aws.calls().get(VALIDATE, 0) == held().total() > 0)
        running = sum(bulk.items.filter(state=ItemState.RUNNING).count() for bulk in bulks)
        assert aws.calls()[VALIDATE] == running <= LIMIT
        aws.release()
        _until(lambda: BulkValidation.objects.filter(finished_at=None).count() == 0)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert aws.calls()[VALIDATE] == 8


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.05)
