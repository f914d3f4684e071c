from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.cli.charter.bars import bar, cell
from remit.theory.estimate import Estimate, exact

SHARES = st.floats(min_value=0.0, max_value=1.0)


@given(SHARES, SHARES, st.integers(min_value=3, max_value=40))
def test_a_bar_has_the_width_it_was_given_and_grows_with_its_share(one: float, other: float, width: int) -> None:
    low, high = sorted((one, other))
    short = bar(Estimate(value=low, low=low, high=high, method="interval"), width, "red")
    long = bar(exact(high), width, "red")
    assert len(short.plain) == len(long.plain) == width
    assert short.plain.count("█") <= long.plain.count("█")


def test_a_bar_shows_its_interval_and_nothing_is_a_dot() -> None:
    assert bar(Estimate(value=0.5, low=0.4, high=0.8, method="interval"), 10, "red").plain == "████░░░░  "
    assert bar(exact(0.0), 5, "red").plain == "·    "
    assert bar(exact(1.0), 5, "red").plain == "█████"


@given(SHARES)
def test_a_cell_says_its_share_without_colour(share: float) -> None:
    assert cell(share, 8).plain.strip().endswith("%")
