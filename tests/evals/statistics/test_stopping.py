from __future__ import annotations

import math

import numpy as np
import pytest

from remit.evals.statistics.intervals import exact
from remit.evals.statistics.stopping import Running, betting_interval, decide


@pytest.mark.requirement("STATISTICS-05")
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("total", [1, 7, 40])
def test_under_the_true_rate_the_evidence_is_worth_one_on_average(share: float, total: int) -> None:
    mean = math.fsum(
        math.comb(total, events)
        * share**events
        * (1 - share) ** (total - events)
        * math.exp(Running(events=events, total=total).log_evidence(share))
        for events in range(total + 1)
    )
    assert mean == pytest.approx(1.0)


def test_the_evidence_of_a_step_does_not_depend_on_the_order() -> None:
    one = Running().after(happened=True).after(happened=False).after(happened=True)
    assert one == Running(events=2, total=3)


def test_a_rate_that_forbids_what_was_seen_is_refuted() -> None:
    assert Running(events=1, total=1).log_evidence(0.0) == math.inf
    assert Running(events=0, total=1).log_evidence(1.0) == math.inf
    assert Running(events=0, total=5).log_evidence(0.0) < 0.0


def test_before_the_first_episode_every_rate_is_kept() -> None:
    found = Running().interval()
    assert (found.low, found.high) == (0.0, 1.0)


@pytest.mark.parametrize(("events", "total"), [(0, 100), (3, 100), (50, 100), (100, 100)])
def test_looking_whenever_one_likes_costs_width(events: int, total: int) -> None:
    found, once = Running(events=events, total=total).interval(), exact(events, total)
    assert found.low <= once.low
    assert found.high > once.high or events == total
    assert events / total in found


def test_the_ends_are_where_the_evidence_reaches_its_limit() -> None:
    running = Running(events=7, total=60)
    found = running.interval(0.05)
    assert running.log_evidence(found.low) == pytest.approx(math.log(20.0), abs=1e-9)
    assert running.log_evidence(found.high) == pytest.approx(math.log(20.0), abs=1e-9)


@pytest.mark.requirement("STATISTICS-05")
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_peeking_after_every_episode_refutes_the_truth_at_most_so_often(share: float) -> None:
    draw = np.random.default_rng(4)
    wrong = 0
    for _ in range(300):
        events = np.cumsum(draw.random(400) < share)
        wrong += any(
            Running(events=int(count), total=place + 1).log_evidence(share) >= math.log(20.0)
            for place, count in enumerate(events)
        )
    assert wrong <= 24  # 5 % of 300, and the luck of 300 draws


def test_the_decision_follows_the_interval() -> None:
    assert decide(Running(), 0.05) == "go on"
    assert decide(Running(events=0, total=60), 0.05) == "go on"
    assert decide(Running(events=0, total=120), 0.05) == "below"
    assert decide(Running(events=30, total=60), 0.05) == "above"


@pytest.mark.requirement("STATISTICS-05")
def test_bets_on_bounded_values_cover_their_mean_while_peeking() -> None:
    draw = np.random.default_rng(9)
    wrong = 0
    for _ in range(200):
        values = draw.beta(0.6, 1.4, size=120)
        found = betting_interval(values.tolist(), steps=200)  # once refuted, a mean stays so: this looks every time
        wrong += 0.3 not in found
    assert wrong <= 17


def test_bets_close_in_on_the_mean() -> None:
    draw = np.random.default_rng(10)
    values = draw.binomial(10, 0.2, size=400) / 10.0
    early, late = betting_interval(values[:30].tolist()), betting_interval(values.tolist())
    assert late.width < early.width < 1.0
    assert 0.2 in late
    assert late.width < 0.1


def test_no_value_says_nothing_and_values_outside_are_refused() -> None:
    found = betting_interval([])
    assert (found.low, found.high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        betting_interval([0.5, 1.2])
