"""What is typed in a notebook: wishes that exclude each other are refused, and a name may stand alone."""

from collections.abc import Callable
from typing import Any

import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.rational import RationalMDP

MODEL: RationalMDP = theory.graph(
    {"start": ["detour", "left"], "detour": "left", "left": "left", "right": {"stay": "right"}}
)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"exact": True, "samples": 10}, "exclude each other"),
        ({"exact": True, "scheme": "sobol"}, "exclude each other"),
        ({"samples": 10, "half_width": 0.1}, "as many as it takes"),
        ({"half_width": 0.1, "scheme": "latin"}, "as many as it takes"),
        ({"scheme": "even"}, "no way to spread samples"),
        ({"discount": 0.5, "average": True, "probability": True}, "average"),
    ],
)
def test_wishes_that_exclude_each_other_are_refused_not_ignored(wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        theory.power(MODEL, **wishes)


@pytest.mark.parametrize(
    "ask",
    [
        lambda **more: theory.optimality_probability(MODEL, at="start", choosing="detour", discount=1, **more),
        lambda **more: theory.power(MODEL, states="start", discount=1, probability=True, **more).probability["start"][
            "detour"
        ],
    ],
)
def test_the_long_run_may_count_alone(ask: Callable[..., Any]) -> None:
    assert str(ask(average=True, exact=True)) == "1 = 1"  # a detour costs nothing on average
    assert str(ask(exact=True)) == "0.5 = 1/2"


def test_a_name_may_stand_where_a_list_of_one_is_meant() -> None:
    listed = theory.graph({"start": ["detour", "left"], "detour": ["left"], "left": ["left"], "right": ["right"]})
    assert theory.power(MODEL, states="left").power.keys() == {"left"}
    assert theory.power(MODEL, states="start").power == theory.power(listed, states=["start"]).power
    samples = theory.power(MODEL, states="start", samples=64, scheme="sobol", orbits=False)
    assert samples.power["start"].estimate.method == "interval"
