from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binomtest

from remit.evals.statistics.pairs import Pairs, compare, difference, mcnemar, swap_test

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]  # Fisher 1935, section 21


@pytest.mark.parametrize(("first", "second"), [(0, 5), (1, 8), (10, 10), (86, 150), (0, 0), (3, 4)])
def test_the_exact_p_is_that_of_a_fair_coin(first: int, second: int) -> None:
    wanted = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(wanted)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_nine_pairs_of_which_one_goes_the_other_way() -> None:
    assert mcnemar(1, 8) == 20 / 512


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        mcnemar(-1, 3)


def test_darwins_plants_give_fishers_count_of_sign_changes() -> None:
    assert swap_test(DARWIN) == 1726 / 2**15


@pytest.mark.parametrize("sums", [[], [0, 0], [3], [1, -1, 2], [5, 5, -4, 1, 0, 2]])
def test_the_convolution_counts_what_going_through_all_signs_counts(sums: list[int]) -> None:
    signs = list(itertools.product((1, -1), repeat=len(sums)))
    far = sum(abs(sum(s * v for s, v in zip(sign, sums, strict=True))) >= abs(sum(sums)) for sign in signs)
    assert swap_test(sums) == far / len(signs)


def test_swapping_templates_of_one_pair_each_is_mcnemars_test() -> None:
    assert swap_test([1] * 8 + [-1] + [0] * 30) == mcnemar(1, 8)


def test_the_difference_has_one_pair_added_to_each_kind_that_differs() -> None:
    found = difference(Pairs(both=1, first=7, second=1, neither=12))
    first, second = 8 / 23, 2 / 23
    half = 1.959964 * math.sqrt((first + second - (second - first) ** 2) / 23)
    assert (found.low, found.high) == pytest.approx((second - first - half, second - first + half), abs=1e-6)


def test_pairs_that_never_differ_still_have_an_interval() -> None:
    found = difference(Pairs(both=0, first=0, second=0, neither=50))
    assert found.low < 0.0 < found.high
    assert found.width < 0.12
    assert difference(Pairs(both=0, first=0, second=0, neither=0)).width == 2.0


def test_pairs_of_one_template_count_for_less_when_they_agree() -> None:
    spread = compare([(str(place), False, place < 12) for place in range(60)])
    lumped = compare([(str(place // 6), False, place < 12) for place in range(60)])
    assert spread.difference == lumped.difference == 0.2
    assert (spread.clusters, lumped.clusters) == (60, 10)
    assert lumped.low < spread.low < spread.high < lumped.high
    assert lumped.mcnemar == spread.mcnemar < 0.001
    assert lumped.p == lumped.swapped == 0.5
    assert spread.p == spread.swapped == spread.mcnemar


def test_a_comparison_counts_its_pairs() -> None:
    found = compare(
        [("a", True, True), ("a", True, False), ("b", False, True), ("b", False, True), ("c", False, False)]
    )
    assert found.pairs == Pairs(both=1, first=1, second=2, neither=1)
    assert found.difference == pytest.approx(0.2)


def test_nothing_to_compare_says_nothing() -> None:
    found = compare([])
    assert (found.low, found.high, found.p) == (-1.0, 1.0, 1.0)
    assert compare([("a", True, False)] * 9).high == 1.0


@pytest.mark.requirement("STATISTICS-03")
def test_clustered_differences_are_covered_and_the_test_keeps_its_level() -> None:
    draw = np.random.default_rng(11)
    covered = rejected = naive = 0
    for _ in range(600):
        base = draw.beta(1.0, 1.5, size=24)
        lean = draw.normal(0.0, 0.35, size=24)  # a template leans either way; over templates there is no difference
        rows = [
            (
                str(place),
                bool(draw.random() < base[place]),
                bool(draw.random() < np.clip(base[place] + lean[place], 0, 1)),
            )
            for place in range(24)
            for _ in range(12)
        ]
        flip = draw.random(24) < 0.5
        swapped = [(n, b, a) if flip[int(n)] else (n, a, b) for n, a, b in rows]
        found = compare(swapped)
        covered += found.low <= 0.0 <= found.high
        rejected += found.p <= 0.05
        naive += found.mcnemar <= 0.05
    assert covered >= 0.92 * 600
    assert rejected <= 0.07 * 600
    assert naive > 2 * rejected
