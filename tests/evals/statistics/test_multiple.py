from __future__ import annotations

import pytest

from remit.evals.statistics.multiple import holm


@pytest.mark.requirement("STATISTICS-03")
def test_holms_steps_are_those_of_a_worked_example() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert list(found) == ["a", "b", "c", "d"]


def test_one_question_is_left_as_it_is_and_none_gives_none() -> None:
    assert holm({"a": 0.2}) == {"a": 0.2}
    assert holm({}) == {}


def test_an_adjusted_value_is_never_above_one_nor_below_its_own() -> None:
    given = {"a": 0.9, "b": 0.8, "c": 0.0}
    found = holm(given)
    assert found == {"a": 1.0, "b": 1.0, "c": 0.0}
    assert all(found[name] >= given[name] for name in given)


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm({"a": 1.5})
