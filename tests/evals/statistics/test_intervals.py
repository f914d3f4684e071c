from __future__ import annotations

import pytest

from remit.evals.statistics.intervals import (
    Interval,
    exact,
    exact_lower,
    exact_upper,
    normal_quantile,
    student_quantile,
    wilson,
)
from remit.interval import clopper_pearson, lower_bound

NEWCOMBE = [  # Newcombe 1998, table I: events, total, score interval (method 3), exact interval (method 5)
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("events", "total", "score", "_exact"), NEWCOMBE)
def test_the_score_interval_is_the_published_one(
    events: int, total: int, score: tuple[float, float], _exact: tuple[float, float]
) -> None:
    found = wilson(events, total)
    assert (round(found.low, 4), round(found.high, 4)) == score


@pytest.mark.parametrize(("events", "total", "_score", "published"), NEWCOMBE)
def test_the_exact_interval_is_the_published_one(
    events: int, total: int, _score: tuple[float, float], published: tuple[float, float]
) -> None:
    found = exact(events, total)
    assert (round(found.low, 4), round(found.high, 4)) == published


@pytest.mark.parametrize(("events", "total"), [(0, 1), (1, 1), (3, 10), (59, 59), (500, 1000)])
def test_for_whole_counts_it_is_the_one_of_the_ground_floor(events: int, total: int) -> None:
    plain = clopper_pearson(events, total)
    assert exact(events, total).low == pytest.approx(plain.low, abs=1e-9)
    assert exact(events, total).high == pytest.approx(plain.high, abs=1e-9)
    assert 1.0 - exact_upper(total - events, total) == pytest.approx(lower_bound(events, total), abs=1e-9)
    assert exact_lower(events, total) == pytest.approx(lower_bound(events, total), abs=1e-9)


def test_the_interval_of_a_fraction_lies_between_those_of_its_neighbours() -> None:
    assert exact(3, 10).low < exact(3.5, 10).low < exact(4, 10).low
    assert exact(3, 10).high < exact(3.5, 10).high < exact(4, 10).high


def test_nothing_seen_says_nothing() -> None:
    assert exact(0, 0) == wilson(0, 0) == Interval(low=0.0, high=1.0)


def test_the_ends_belong_to_an_interval() -> None:
    found = Interval(low=0.25, high=0.75)
    assert 0.25 in found
    assert 0.75 in found
    assert 0.76 not in found
    assert found.width == 0.5


def test_quantiles_are_those_of_the_tables() -> None:
    assert normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert student_quantile(9, 0.975) == pytest.approx(2.262157, abs=1e-6)


@pytest.mark.parametrize(("events", "total", "confidence"), [(-1, 2, 0.95), (3, 2, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_counts_that_are_none_are_refused(events: int, total: int, confidence: float) -> None:
    for function in (exact, wilson):
        with pytest.raises(ValueError, match=r"needs|lies"):
            function(events, total, confidence)
