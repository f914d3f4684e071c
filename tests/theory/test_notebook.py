"""What is typed in a notebook: wishes that exclude each other are refused, and a name may stand alone."""

import json
from collections.abc import Callable
from fractions import Fraction
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


def test_a_table_says_what_was_asked_and_how_it_was_answered() -> None:
    table = theory.power(MODEL, probability=True)._repr_html_()
    assert "POWER at discount 9/10 over rewards iid U[0,1] (exact, in rational arithmetic)" in table
    assert "<tr><th>state</th><th>POWER</th><th>P(optimal) of each action</th></tr>" in table
    drawn = theory.power(MODEL, samples=64, seed=5, rewards="normal(0,1)", orbits=False)
    assert "over rewards iid normal(0,1) (95 % intervals, each for itself, 64 samples, seed 5)" in drawn._repr_html_()
    assert "<tr><th>state</th><th>POWER</th></tr>" in drawn._repr_html_()


def test_a_single_answer_is_shown_with_how_it_was_found() -> None:
    assert (
        theory.power(MODEL).power["left"]._repr_html_()
        == "<b>0.5 = 1/2</b> <small>exact, in rational arithmetic</small>"
    )
    shown = theory.power(MODEL, samples=64, seed=5).power["start"]._repr_html_()
    assert shown.endswith("</b> <small>95 % intervals, each for itself, 64 samples, seed 5</small>")


@pytest.mark.parametrize(
    ("rewards", "words"),
    [
        ("uniform", "iid U[0,1]"),
        ("U[-1/2,3]", "iid U[-1/2,3]"),
        ("Bernoulli(1/4)", "iid Bernoulli(1/4)"),
        ("exponential(2)", "iid exponential(2)"),
        ({"*": "uniform", "left": 1}, "by state: U[0,1], 1"),
        ({"start": 1, "left": 2, "right": 3, "detour": 4}, "by state: 1, 4, 2 and 1 more"),
        ("correlated(1/2) U[0,1]", "correlated(0.5) U[0,1]"),
    ],
)
def test_answers_know_what_goals_were_drawn_from(rewards: object, words: str) -> None:
    assert theory.power(MODEL, rewards=rewards, samples=16).rewards == words


def test_the_hint_of_a_range_of_one_value_names_what_is_accepted() -> None:
    with pytest.raises(ModelError) as refused:
        theory.power(MODEL, rewards="U[0.3,0.3]")
    _, _, written = str(refused.value.hint).partition('"rewards": ')
    assert theory.power(MODEL, rewards=json.loads(written)).power["start"].fraction == Fraction(3, 10)


def test_a_model_is_shown_as_its_states_and_where_their_actions_lead() -> None:
    model = theory.graph({"<s>": {"jump": {"a": "1/3", "b": "2/3"}, "on": "a", "off": "a"}, "a": "a", "b": "b"})
    shown = model._repr_html_()
    assert "a model of 3 states and 4 choices</caption>" in shown
    assert "<td>&lt;s&gt;</td><td>jump to a (1/3), b (2/3); on, off to a</td>" in shown
    many = theory.graph({f"s{k}": [f"s{j}" for j in range(90)] for k in range(90)})._repr_html_()
    assert "of which the first 20 are shown" in many
    assert many.count("<td>") == 40
    assert max(map(len, many.split("<td>"))) < 300
