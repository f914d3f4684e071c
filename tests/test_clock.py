from datetime import UTC, datetime, timedelta

import pytest

from remit.clock import Clock, FixedClock, SystemClock


def test_a_fixed_clock_stands_still() -> None:
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    clock: Clock = FixedClock(moment)
    assert clock.now() == clock.now() == moment


def test_a_fixed_clock_refuses_a_moment_without_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 11, 20, 12))  # noqa: DTZ001 - the fault under test


def test_the_system_clock_says_utc_and_never_runs_back_between_two_looks() -> None:
    clock: Clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.utcoffset() == timedelta(0)
    assert isinstance(clock, Clock)
    assert first <= second
