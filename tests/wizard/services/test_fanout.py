"""Parallel calls to several places: order of results, and deadlines on a clock of the test."""

import threading

import pytest

from tests.person import ACCOUNT
from wizard.backend.kept_threads import MOST_KEPT, KeptThreads
from wizard.domain import Target
from wizard.domain.errors import AccessDenied, RegionUnreachable, Throttled, UnexpectedAwsError
from wizard.services.fanout import ask_together, fan_out, slowest_first

TARGETS = [Target(account_id=ACCOUNT, region=f"region-{number}") for number in range(34)]


def test_every_place_has_one_outcome() -> None:
    outcomes = list(fan_out(targets=TARGETS, call=lambda target: target.region))
    assert sorted(outcome.target for outcome in outcomes) == sorted(TARGETS)
    assert all(outcome.value == outcome.target.region for outcome in outcomes)


def test_all_places_are_asked_at_once() -> None:
    meeting = threading.Barrier(len(TARGETS), timeout=30)
    outcomes = list(fan_out(targets=TARGETS, call=lambda _target: meeting.wait()))
    assert len(outcomes) == len(TARGETS)
    assert all(outcome.error is None for outcome in outcomes)


def test_threads_are_kept_for_the_next_page() -> None:
    started = set[int]()
    for _ in range(2):
        meeting = threading.Barrier(len(TARGETS), timeout=30)

        def call(_target: Target, meeting: threading.Barrier = meeting) -> int:
            meeting.wait()
            return threading.get_ident()

        started |= {outcome.value or 0 for outcome in fan_out(targets=TARGETS, call=call)}
    assert len(started) <= MOST_KEPT


def test_calls_that_hang_leave_the_next_page_its_threads() -> None:
    release = threading.Event()
    hanging = [Target(account_id=ACCOUNT, region=f"hangs-{number}") for number in range(MOST_KEPT)]
    held = fan_out(targets=hanging, call=lambda _target: release.wait(30), deadline_seconds=60)
    meeting = threading.Barrier(len(TARGETS), timeout=30)
    outcomes = list(fan_out(targets=TARGETS, call=lambda _target: meeting.wait()))
    assert all(outcome.error is None for outcome in outcomes)
    release.set()
    assert all(outcome.value for outcome in held)


def test_places_of_threads_that_cannot_be_started_are_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = KeptThreads(2)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", _no_more_threads)
        with pytest.raises(RuntimeError):
            threads.start([threading.get_ident] * 2)
    assert threads.wait_until_idle(0)
    kept = threads.start([lambda: threading.current_thread().name] * 2)
    assert all(each.result().startswith("fanout_") for each in kept)
    assert threads.wait_until_idle(30)


def _no_more_threads(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_pause_without_answers_is_used_once() -> None:
    done, release = list[str](), threading.Event()

    def meanwhile() -> None:
        done.append("done")
        release.set()

    outcomes = fan_out(
        targets=TARGETS,
        call=lambda _target: release.wait(30),
        meanwhile=meanwhile,
        deadline_seconds=60,
    )
    assert all(outcome.value for outcome in outcomes)
    assert done == ["done"]


def test_who_took_longest_the_last_time_is_asked_first() -> None:
    now = threading.local()  # a clock for each thread, which may make several calls

    def clock() -> float:
        return getattr(now, "seconds", 0.0)

    def call(target: Target) -> None:
        now.seconds = clock() + TARGETS.index(target) + 1

    list(fan_out(targets=TARGETS, call=call, clock=clock))
    unknown = Target(account_id=ACCOUNT, region="never-asked")
    assert slowest_first([unknown, *TARGETS]) == [*reversed(TARGETS), unknown]


def test_the_others_come_while_one_is_held() -> None:
    held, release = TARGETS[0], threading.Event()

    def call(target: Target) -> str:
        if target == held:
            release.wait(30)
        return target.region

    outcomes = fan_out(targets=TARGETS, call=call, deadline_seconds=60)
    first = [next(outcomes) for _ in TARGETS[1:]]
    assert held not in {outcome.target for outcome in first}
    release.set()
    assert [outcome.target for outcome in outcomes] == [held]


def test_a_silent_place_is_told_at_the_deadline() -> None:
    held, release = TARGETS[0], threading.Event()
    answered = threading.Semaphore(0)
    now = [0.0]

    def call(target: Target) -> str:
        if target == held:
            release.wait(30)
        answered.release()
        return target.region

    outcomes = fan_out(targets=TARGETS, call=call, deadline_seconds=3, clock=lambda: now[0])
    shown = [next(outcomes) for _ in TARGETS[1:]]
    assert all(outcome.error is None for outcome in shown)
    now[0] = 3.0
    (last,) = outcomes
    release.set()
    assert last.target == held
    assert isinstance(last.error, RegionUnreachable)


def test_an_error_is_its_own_place_s_outcome_only() -> None:
    def call(target: Target) -> str:
        if target == TARGETS[1]:
            raise AccessDenied("no")
        if target == TARGETS[2]:
            raise Throttled("slow")
        if target == TARGETS[3]:
            raise FileNotFoundError("a credential program")
        return target.region

    errors = {
        outcome.target: type(outcome.error)
        for outcome in fan_out(targets=TARGETS, call=call)
        if outcome.error
    }
    assert errors == {
        TARGETS[1]: AccessDenied,
        TARGETS[2]: Throttled,
        TARGETS[3]: UnexpectedAwsError,
    }


def test_nowhere_to_ask_is_no_outcome() -> None:
    assert list(fan_out(targets=[], call=lambda target: target)) == []


def test_all_are_asked_before_the_first_answer_is_read() -> None:
    asked = threading.Barrier(len(TARGETS) + 1, timeout=30)
    outcomes = fan_out(targets=TARGETS, call=lambda _target: asked.wait())
    asked.wait()
    assert len(list(outcomes)) == len(TARGETS)


def test_parts_of_one_page_share_a_deadline_and_no_error() -> None:
    release, told = threading.Event(), threading.Event()

    def tell() -> str:
        told.set()
        return "value"

    def refuse() -> str:
        raise AccessDenied("no")

    def hang() -> str:
        release.wait(30)
        return "late"

    answers = ask_together(
        target=TARGETS[0],
        calls={"told": tell, "refused": refuse, "held": hang},
        deadline_seconds=3,
        clock=lambda: 3.0 if told.is_set() else 0.0,
    )
    release.set()
    assert set(answers) == {"told", "refused", "held"}
    assert isinstance(answers["held"].error, RegionUnreachable)
    assert answers["told"].value in ("value", None)
