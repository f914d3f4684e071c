import math

import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory.estimate import Estimate, bounded, exact, mean_interval, wilson


def test_an_estimate_refuses_an_interval_that_misses_its_value() -> None:
    with pytest.raises(ModelError, match="low <= value <= high"):
        Estimate(value=0.5, low=0.6, high=0.7, method="bound")
    with pytest.raises(ModelError):
        Estimate(value=math.nan, low=0.0, high=1.0, method="bound")


def test_rounding_may_push_a_value_past_its_end() -> None:
    assert Estimate(value=1.0 + 1e-13, low=0.0, high=1.0, method="bound").high == 1.0


def test_an_estimate_says_the_same_in_json_and_html() -> None:
    estimate = wilson(3, 4, seed=7)
    data = estimate.as_json()
    assert data["samples"] == 4
    assert data["seed"] == 7
    assert "0.75" in estimate._repr_html_()
    assert "4 samples" in estimate._repr_html_()
    assert str(exact(0.25)) == "0.25"
    assert bounded(1.0, 0.5).low == 0.5


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_wilson_gives_the_published_limits(successes: int, trials: int, low: float, high: float) -> None:
    estimate = wilson(successes, trials)
    assert estimate.low == pytest.approx(low, abs=1e-4)
    assert estimate.high == pytest.approx(high, abs=1e-4)


def test_no_trials_say_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ModelError):
        wilson(5, 4)
    with pytest.raises(ModelError):
        wilson(1, 4, confidence=1.0)
    with pytest.raises(ModelError):
        mean_interval(np.array([1.0]))
    with pytest.raises(ModelError):
        mean_interval(np.array([1.0, math.inf]))


def test_a_mean_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    covered = sum(
        interval.low <= 0.5 <= interval.high for interval in (mean_interval(random.random(50)) for _ in range(1000))
    )
    assert 920 <= covered <= 975
