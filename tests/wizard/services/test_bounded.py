"""The limit on concurrent calls per place, tested with counters and barriers instead of time."""

import threading
from collections import Counter
from collections.abc import Callable

from wizard.services.bounded import BoundedPool, Ended

Job = tuple[str, int]
PLACES = ("a", "b", "c")
JOBS: list[Job] = [(place, number) for place in PLACES for number in range(8)]


def pool_of(
    call: Callable[[Job], int], may_start: Callable[[Job], bool] = lambda _job: True
) -> BoundedPool[Job, int]:
    return BoundedPool(place_of=lambda job: job[0], call=call, may_start=may_start, at_once=4)


def run(pool: BoundedPool[Job, int]) -> list[Ended[Job, int]]:
    return [ended for batch in pool.outcomes() for ended in batch]


def test_every_job_has_one_outcome() -> None:
    pool = pool_of(lambda job: job[1])
    pool.add(JOBS)
    ended = run(pool)
    assert sorted(each.job for each in ended) == JOBS
    assert all(each.value == each.job[1] for each in ended)


def test_four_run_at_once_in_each_place_and_the_places_side_by_side() -> None:
    # Twelve calls meet, or nobody gets past the barrier.
    meeting = threading.Barrier(4 * len(PLACES), timeout=30)
    pool = pool_of(lambda _job: meeting.wait())
    pool.add(JOBS)
    ended = run(pool)
    assert len(ended) == len(JOBS)
    assert all(each.error is None for each in ended)


def test_never_more_than_four_run_in_a_place() -> None:
    lock, running, most = threading.Lock(), Counter[str](), Counter[str]()

    def call(job: Job) -> int:
        with lock:
            running[job[0]] += 1
            most[job[0]] = max(most[job[0]], running[job[0]])
        with lock:
            running[job[0]] -= 1
        return 0

    pool = pool_of(call)
    pool.add((place, number) for place in PLACES for number in range(100))
    assert len(run(pool)) == 300
    assert max(most.values()) <= 4


def test_a_held_place_does_not_hold_the_others() -> None:
    release = threading.Event()
    pool = pool_of(lambda job: int(job[0] == "a" and not release.wait(30)))
    pool.add(JOBS)
    ended: list[Ended[Job, int]] = []
    for batch in pool.outcomes():
        ended += batch
        if len(ended) == 16:
            assert {each.job[0] for each in ended} == {"b", "c"}
            release.set()
    assert len(ended) == len(JOBS)


def test_what_may_not_start_is_dropped() -> None:
    pool = pool_of(lambda job: job[1], may_start=lambda job: job[0] != "b")
    pool.add(JOBS)
    assert {each.job[0] for each in run(pool)} == {"a", "c"}


def test_an_exception_is_its_own_job_s_outcome_only() -> None:
    def call(job: Job) -> int:
        if job == ("a", 0):
            raise ZeroDivisionError
        return 1

    pool = pool_of(call)
    pool.add(JOBS)
    errors = {each.job: type(each.error) for each in run(pool) if each.error is not None}
    assert errors == {("a", 0): ZeroDivisionError}


def test_jobs_can_bring_jobs() -> None:
    pool = pool_of(lambda job: job[1])
    pool.add([("a", 0)])
    seen = []
    for batch in pool.outcomes():
        for each in batch:
            seen.append(each.job)
            if each.job == ("a", 0):
                pool.add([("a", 1), ("d", 2)])
    assert sorted(seen) == [("a", 0), ("a", 1), ("d", 2)]


def test_a_tick_comes_while_nothing_ends() -> None:
    release = threading.Event()
    pool = pool_of(lambda _job: int(release.wait(30)))
    pool.add([("a", 0)])
    outcomes = pool.outcomes(tick_seconds=0)
    assert next(outcomes) == []
    release.set()
    assert [each.job for batch in outcomes for each in batch] == [("a", 0)]


def test_nothing_to_do_is_no_outcome() -> None:
    assert run(pool_of(lambda job: job[1])) == []
