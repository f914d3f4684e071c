from __future__ import annotations

import math

import pytest
from scipy.stats import rankdata, spearmanr

from remit.evals.statistics.agreement import ranks, spearman


@pytest.mark.parametrize("values", [[], [3.0], [2.0, 1.0, 2.0, 5.0], [1.0] * 4, [0.5, -1.0, 9.0, 0.5, 0.5]])
def test_equal_values_share_the_mean_of_their_ranks(values: list[float]) -> None:
    assert ranks(values) == rankdata(values).tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]), ([1.0, 1.0, 2.0, 3.0, 8.0], [5.0, 4.0, 4.0, 2.0, 1.0])],
)
def test_the_correlation_is_that_of_the_ranks(first: list[float], second: list[float]) -> None:
    found = spearman(first, second)
    assert found.value == pytest.approx(float(spearmanr(first, second).statistic))
    assert found.value is not None
    assert found.low < found.value < found.high


def test_the_same_order_agrees_wholly_and_the_opposite_not_at_all() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]).value == 1.0
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]).value == -1.0


def test_the_interval_is_fishers_on_a_wider_variance() -> None:
    first, second = list(range(20)), [*range(5, 20), *range(5)]
    found = spearman(first, second)
    assert found.value is not None
    half = 1.959964 * math.sqrt((1 + found.value**2 / 2) / 17)
    assert found.low == pytest.approx(math.tanh(math.atanh(found.value) - half), abs=1e-6)


def test_one_side_all_equal_or_too_few_items_say_nothing() -> None:
    flat = spearman([1, 1, 1, 1], [1, 2, 3, 4])
    assert (flat.value, flat.low, flat.high) == (None, -1.0, 1.0)
    few = spearman([1, 2, 3], [1, 2, 3])
    assert (few.value, few.low, few.high) == (1.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="same items"):
        spearman([1], [1, 2])
