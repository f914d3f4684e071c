from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway, t

from remit.evals.statistics.clusters import (
    ASSUMED_CORRELATION,
    Cluster,
    clusters_of,
    correlation,
    design_effect,
    estimate_correlation,
    rate,
)
from remit.evals.statistics.intervals import exact, exact_upper, wilson


def clusters(events: list[int], each: int) -> list[Cluster]:
    return [Cluster(name=str(place), events=count, total=each) for place, count in enumerate(events)]


def drawn(draw: np.random.Generator, share: float, alike: float, count: int, each: int) -> list[Cluster]:
    strength = 1.0 / alike - 1.0
    shares = draw.beta(share * strength, (1.0 - share) * strength, size=count)
    return clusters([int(value) for value in draw.binomial(each, shares)], each)


def test_episodes_are_counted_by_template() -> None:
    found = clusters_of([("b", True), ("a", False), ("b", False)])
    assert found == (Cluster(name="b", events=1, total=2), Cluster(name="a", events=0, total=1))


def test_the_correlation_is_that_of_the_analysis_of_variance() -> None:
    events, each = [1, 5, 9, 0, 3, 7], 10
    groups = [[1.0] * count + [0.0] * (each - count) for count in events]
    ratio = float(f_oneway(*groups).statistic)
    assert estimate_correlation(clusters(events, each)) == pytest.approx((ratio - 1.0) / (ratio + each - 1.0))


def test_clusters_of_different_sizes_count_by_their_mean_size_less_its_spread() -> None:
    sizes, events = [2, 4, 6], [0, 2, 6]
    groups = [[1.0] * count + [0.0] * (size - count) for count, size in zip(events, sizes, strict=True)]
    ratio = float(f_oneway(*groups).statistic)
    mean = (12 - (4 + 16 + 36) / 12) / 2
    rows = [Cluster(name=str(size), events=count, total=size) for count, size in zip(events, sizes, strict=True)]
    assert estimate_correlation(rows) == pytest.approx((ratio - 1.0) / (ratio + mean - 1.0))


@pytest.mark.parametrize(
    "rows", [[], clusters([3], 5), clusters([1, 0, 1], 1), clusters([0] * 9, 5), clusters([5] * 9, 5)]
)
def test_where_no_correlation_can_be_told_the_assumed_one_is_taken(rows: list[Cluster]) -> None:
    assert estimate_correlation(rows) is None
    assert correlation(rows).taken == ASSUMED_CORRELATION


def test_few_clusters_that_tell_lean_towards_the_assumed_correlation_and_never_below_the_estimate() -> None:
    rare = correlation(clusters([1, 1] + [0] * 22, 10))
    assert rare.telling == 2
    assert rare.estimated is not None
    assert rare.taken == pytest.approx(0.2 * rare.estimated + 0.8 * ASSUMED_CORRELATION)
    alike = correlation(clusters([10, 10] + [0] * 22, 10))
    assert alike.estimated == pytest.approx(1.0)
    assert alike.taken == pytest.approx(1.0)
    common = correlation(clusters([5, 6, 4, 5] * 6, 10))
    assert common.taken == common.estimated == 0.0


def test_equal_clusters_have_the_design_effect_of_the_book() -> None:
    assert design_effect([13] * 24, 0.3) == pytest.approx(1.0 + 12 * 0.3)
    assert design_effect([1] * 24, 0.3) == 1.0
    assert design_effect([2, 6], 0.5) == pytest.approx(1.0 + (40 / 8 - 1) * 0.5)
    assert design_effect([], 0.5) == 1.0


def test_the_interval_is_the_exact_one_on_the_effective_number() -> None:
    events = [2, 9, 0, 4, 10, 3, 6, 1, 8, 5, 7, 2]
    found = rate(clusters(events, 10))
    alike = estimate_correlation(clusters(events, 10))
    assert alike is not None
    assert found.effective == pytest.approx(120 / (1 + 9 * alike))
    worth = found.effective * (t.ppf(0.975, 119) / t.ppf(0.975, 11)) ** 2
    wanted = exact(worth * sum(events) / 120, worth)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    worth = found.effective * (t.ppf(0.95, 119) / t.ppf(0.95, 11)) ** 2
    assert found.bound == pytest.approx(exact_upper(worth * sum(events) / 120, worth))
    assert found.low < found.share < found.bound < found.high  # type: ignore[operator]


def test_one_episode_for_each_template_is_hardly_less_than_independent_ones() -> None:
    found = rate(clusters([1] * 20 + [0] * 80, 1))
    plain = exact(20, 100)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_templates_that_are_all_alike_inside_count_once_each() -> None:
    found = rate(clusters([10] * 15 + [0] * 15, 10))
    assert found.effective == pytest.approx(30.0)


def test_without_an_event_the_bound_rests_on_the_assumed_correlation() -> None:
    found = rate(clusters([0] * 24, 13))
    assert found.low == 0.0
    assert found.effective == pytest.approx(312 / 4.6)
    assert 1 - 0.05 ** (1 / 312) < found.bound < 0.06
    assert rate(clusters([13] * 24, 13)).high == 1.0


@pytest.mark.requirement("STATISTICS-02")
def test_fewer_than_ten_clusters_are_never_known() -> None:
    assert not rate(clusters([5] * 9, 100)).known
    assert rate(clusters([5] * 10, 100)).known
    assert not rate([*clusters([5] * 9, 100), Cluster(name="empty", events=0, total=0)]).known


def test_one_cluster_or_none_says_nothing() -> None:
    for rows in ([], clusters([3], 100)):
        found = rate(rows)
        assert (found.low, found.high, found.bound) == (0.0, 1.0, 1.0)
    assert rate([]).share is None


@pytest.mark.requirement("STATISTICS-01")
def test_a_nominal_95_covers_what_it_says_with_a_correlation_of_three_tenths() -> None:
    draw = np.random.default_rng(5)
    for share in (0.2, 0.5):
        covered = sum(
            found.low <= share <= found.high for found in (rate(drawn(draw, share, 0.3, 24, 13)) for _ in range(1000))
        )
        assert 930 <= covered <= 980


@pytest.mark.slow
@pytest.mark.requirement("STATISTICS-01")
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
def test_a_nominal_95_covers_93_to_97_in_a_hundred_over_ten_thousand_draws(share: float) -> None:
    draw = np.random.default_rng(int(100 * share))
    covered = sum(
        found.low <= share <= found.high for found in (rate(drawn(draw, share, 0.3, 24, 13)) for _ in range(10_000))
    )
    assert 9_300 <= covered <= 9_700


@pytest.mark.requirement("STATISTICS-01")
def test_rare_events_are_not_bounded_too_low() -> None:
    draw = np.random.default_rng(6)
    for share in (0.02, 0.05):
        missed = sum(rate(drawn(draw, share, 0.3, 24, 13)).high < share for _ in range(500))
        assert missed <= 15


@pytest.mark.requirement("STATISTICS-01")
def test_the_naive_interval_covers_about_half_the_time_with_seven_clusters() -> None:
    draw = np.random.default_rng(7)
    covered = 0
    for _ in range(2000):
        rows = drawn(draw, 0.3, 0.3, 7, 27)
        covered += 0.3 in wilson(sum(row.events for row in rows), 189)
    assert 800 <= covered <= 1100
