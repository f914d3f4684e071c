from __future__ import annotations

import pytest
from scipy.stats import beta

from remit.interval import Share, clopper_pearson, lower_bound


@pytest.mark.parametrize(("passed", "total"), [(0, 1), (1, 1), (3, 10), (17, 20), (59, 59), (500, 1000), (2995, 2995)])
def test_the_interval_is_that_of_the_beta_distribution(passed: int, total: int) -> None:
    share = clopper_pearson(passed, total)
    low = beta.ppf(0.025, passed, total - passed + 1) if passed else 0.0
    high = beta.ppf(0.975, passed + 1, total - passed) if passed < total else 1.0
    assert share.low == pytest.approx(low, abs=1e-9)
    assert share.high == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(("total", "claim"), [(59, 0.95), (299, 0.99), (2995, 0.999)])
def test_with_no_failure_the_bound_is_the_one_of_the_rule_of_three(total: int, claim: float) -> None:
    assert lower_bound(total, total) >= claim > lower_bound(total - 1, total - 1)
    assert lower_bound(total, total) == pytest.approx(0.05 ** (1 / total), abs=1e-9)


def test_nothing_seen_says_nothing() -> None:
    assert clopper_pearson(0, 0) == Share(passed=0, total=0, low=0.0, high=1.0)
    assert lower_bound(0, 0) == 0.0
    assert str(clopper_pearson(0, 0)) == "none seen"


def test_percentages_are_never_rounded_in_favour() -> None:
    assert str(clopper_pearson(7, 8)) == "7 of 8 [47.3 %, 99.7 %]"


@pytest.mark.parametrize(("passed", "total", "confidence"), [(-1, 2, 0.95), (3, 2, 0.95), (1, 2, 1.0)])
def test_counts_that_are_none_are_refused(passed: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"needs|lies"):
        clopper_pearson(passed, total, confidence)
