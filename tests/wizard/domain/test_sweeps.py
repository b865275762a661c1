"""When an account is due again: at its phase of the interval, whatever the moment is."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.sweeps import (
    LONGEST,
    MOST_DOUBLINGS,
    first_sweep,
    interval_of,
    next_sweep,
    phase_of,
)

account_ids = st.from_regex(r"[0-9]{12}", fullmatch=True)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
intervals = st.integers(5, 1440).map(lambda minutes: timedelta(minutes=minutes))
failures = st.integers(0, 40_000)

EVERY = timedelta(minutes=15)
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
# A date has microseconds; the phase of an account has more digits.
EXACT = timedelta(microseconds=5)


@given(account_id=account_ids, after=moments, every=intervals, failed=failures)
def test_the_next_sweep_is_half_an_interval_to_one_and_a_half_later(
    account_id: str, after: datetime, every: timedelta, failed: int
) -> None:
    interval = interval_of(every, failures=failed)
    due = next_sweep(account_id, after=after, every=every, failures=failed)
    assert after + interval / 2 - EXACT <= due <= after + interval * 1.5 + EXACT


@given(account_id=account_ids, after=moments, every=intervals)
def test_sweeps_that_are_in_time_have_exactly_the_interval_between_them(
    account_id: str, after: datetime, every: timedelta
) -> None:
    due = first_sweep(account_id, after=after, every=every)
    assert after - EXACT <= due <= after + every + EXACT
    following = next_sweep(account_id, after=due + timedelta(seconds=3), every=every)
    assert abs(following - due - every) < EXACT


@given(every=intervals, failed=st.integers(-3, 40_000))
def test_the_interval_grows_with_each_failure_up_to_a_bound(every: timedelta, failed: int) -> None:
    interval = interval_of(every, failures=failed)
    assert every <= interval <= max(every, LONGEST)
    assert interval <= interval_of(every, failures=failed + 1)
    assert interval_of(every, failures=0) == every
    assert interval_of(timedelta(minutes=5), failures=failed) <= timedelta(
        minutes=5 * 2**MOST_DOUBLINGS
    )


@pytest.mark.parametrize("first", [100_000_000_000, 999_999_990_000])
def test_thousands_of_accounts_are_spread_over_the_interval(first: int) -> None:
    due = [first_sweep(str(first + each), after=NOW, every=EVERY) for each in range(5000)]
    minutes = Counter((each - NOW) // timedelta(minutes=1) for each in due)
    assert set(minutes) <= set(range(16))
    assert max(minutes.values()) < 1.3 * 5000 / 15
    assert all(0 <= phase_of(str(first + each)) < 1 for each in range(5000))
