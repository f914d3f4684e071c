from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.example_report import affordance, clean_report, drive, example_report

from remit.incentives.wording import goals_in_words, headline, main_affordance, percent, percent_range, ranked_drives
from remit.theory.estimate import Estimate, exact

SHARES = st.floats(min_value=0.0, max_value=1.0)


@given(SHARES, SHARES)
def test_a_larger_share_never_reads_as_a_smaller_one(one: float, other: float) -> None:
    order = [
        "none of the goals", "almost none of the goals", "a few of the goals", "many of the goals", "about half of the goals",
        "most of the goals", "almost all of the goals",
    ]  # fmt: skip
    low, high = sorted((one, other))
    assert order.index(goals_in_words(low)) <= order.index(goals_in_words(high))


@given(SHARES)
def test_nothing_and_everything_are_never_the_result_of_rounding(share: float) -> None:
    assert (percent(share) == "0 %") == (share == 0.0)
    assert (percent(share) == "100 %") == (share == 1.0)


def test_an_interval_reads_as_whole_percent_and_a_bound_says_so() -> None:
    assert percent_range(exact(0.5)) == "50 %"
    assert percent_range(Estimate(value=0.5, low=0.48, high=0.52, method="interval")) == "48–52 %"
    assert percent_range(Estimate(value=0.0, low=0.0, high=1.0, method="bound")) == "0–100 %, bound"
    assert percent_range(Estimate(value=0.002, low=0.001, high=0.03, method="interval")) == "<1 % to 3 %"


def test_drives_whose_intervals_overlap_share_a_rank() -> None:
    ranks = {reading.id: rank for rank, reading in ranked_drives(example_report().drives, "sparse2")}
    assert ranks["self-preservation"] == "1"
    assert ranks["goal-preservation"] == "2"
    assert ranks["resource-acquisition"] == ranks["efficiency-and-power"] == "3="
    assert ranks["cognitive-enhancement"] == "–"


def test_equal_drives_share_a_rank_in_any_order() -> None:
    twins = [drive(name, name, (0.3, 0.3, 0.3, 0.3), ()) for name in ("a", "b")]
    assert [rank for rank, _reading in ranked_drives(twins, "linear")] == ["1=", "1="]


def test_the_headline_speaks_of_resistance_then_of_excess_then_of_nothing() -> None:
    assert headline(example_report()).startswith("3 acts make it possible")
    one = clean_report(affordances=(affordance("a.b", 3, "resistance", kappa=0.4),))
    assert headline(one).startswith("1 act makes it possible")
    more = clean_report(affordances=(affordance("a.b", 3, "excess-authority"),))
    assert "can do more than it was granted" in headline(more)
    assert headline(clean_report()) == "Nothing here makes resisting oversight worth anything to the agent."


def test_the_affordance_explained_first_is_the_most_tempting_that_resists() -> None:
    main = main_affordance(example_report())
    assert main is not None
    assert main.id == "k8s.detach_stop"
    assert main_affordance(clean_report()) is None
