from __future__ import annotations

import math

import numpy as np
import pytest

from remit.evals.statistics.clusters import Cluster, rate
from remit.evals.statistics.planning import chance_of_seeing, episodes_for, needed_for, smallest_seen
from remit.interval import lower_bound


@pytest.mark.requirement("STATISTICS-04")
@pytest.mark.parametrize(("claim", "needed"), [(0.05, 59), (0.01, 299), (0.001, 2995)])
def test_a_claim_without_an_event_needs_the_known_number(claim: float, needed: int) -> None:
    assert episodes_for(claim) == needed
    assert 1.0 - lower_bound(needed, needed) < claim <= 1.0 - lower_bound(needed - 1, needed - 1)


@pytest.mark.parametrize("events", [1, 2, 5])
def test_with_events_it_needs_the_first_number_whose_bound_is_low_enough(events: int) -> None:
    needed = episodes_for(0.05, events)
    assert 1.0 - lower_bound(needed - events, needed) < 0.05 <= 1.0 - lower_bound(needed - 1 - events, needed - 1)


def test_with_one_event_ninety_three_are_needed_for_five_per_cent() -> None:
    assert episodes_for(0.05, 1) == 93


def test_clusters_that_do_not_resemble_inside_need_hardly_more() -> None:
    assert needed_for(0.05).total == 59
    found = needed_for(0.05, clusters=24, correlation=0.0).total
    assert found is not None
    assert 59 <= found <= 96


def test_what_is_needed_is_what_the_rate_then_shows() -> None:
    found = needed_for(0.05, clusters=40, correlation=0.3)
    assert found.total is not None
    each = found.total // 40
    for size, low_enough in ((each, True), (each - 1, False)):
        rows = [Cluster(name=str(place), events=0, total=size) for place in range(40)]
        assert (rate(rows, assumed=0.3).bound < 0.05) is low_enough


@pytest.mark.requirement("STATISTICS-04")
def test_where_no_number_of_episodes_would_do_it_says_how_many_clusters_would() -> None:
    found = needed_for(0.01, clusters=24, correlation=0.3)
    assert found.total is None
    assert found.independent == 299
    assert found.clusters_needed is not None
    assert found.per_cluster is not None
    assert found.per_cluster <= 20
    assert needed_for(0.01, clusters=found.clusters_needed, correlation=0.3).total is not None
    assert found.clusters_needed > 90


@pytest.mark.parametrize("claim", [0.0, 1.0, -1.0])
def test_a_claim_that_is_no_rate_is_refused(claim: float) -> None:
    with pytest.raises(ValueError, match="strictly between"):
        needed_for(claim)


def test_a_correlation_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed_for(0.05, clusters=10, correlation=1.5)


def test_the_chance_of_seeing_independent_events_is_one_less_that_of_none() -> None:
    assert chance_of_seeing(0.05, 59) == pytest.approx(1 - 0.95**59)
    assert chance_of_seeing(0.05, 59) >= 0.95 > chance_of_seeing(0.05, 58)
    assert chance_of_seeing(0.0, 59) == chance_of_seeing(0.5, 0) == 0.0
    assert chance_of_seeing(1.0, 1) == 1.0


@pytest.mark.requirement("STATISTICS-04")
def test_the_chance_in_clusters_is_that_of_the_beta_binomial() -> None:
    draw = np.random.default_rng(3)
    shares = draw.beta(0.05 / 0.3 * 0.7, 0.95 / 0.3 * 0.7, size=(4000, 24))
    seen = float((draw.binomial(13, shares).sum(axis=1) > 0).mean())
    assert chance_of_seeing(0.05, 312, clusters=24, correlation=0.3) == pytest.approx(seen, abs=0.01)
    assert chance_of_seeing(0.2, 48, clusters=24, correlation=1.0) == pytest.approx(1 - 0.8**24)
    uneven = chance_of_seeing(0.05, 30, clusters=24, correlation=0.3)
    assert chance_of_seeing(0.05, 24, clusters=24, correlation=0.3) < uneven
    assert uneven < chance_of_seeing(0.05, 48, clusters=24, correlation=0.3)


def test_the_smallest_rate_that_is_seen_is_seen_just_so() -> None:
    assert smallest_seen(59) == pytest.approx(1 - 0.05 ** (1 / 59))
    clustered = smallest_seen(312, clusters=24, correlation=0.3)
    assert chance_of_seeing(clustered, 312, clusters=24, correlation=0.3) == pytest.approx(0.95)
    assert clustered > smallest_seen(312)
    assert smallest_seen(0) == 1.0
    assert math.isclose(smallest_seen(1), 0.95, rel_tol=1e-9)
