"""Reading models for the exact engine: what is read, and what is refused with its place."""

import json
from fractions import Fraction

import pytest

from remit.errors import InvalidMDPError
from remit.theory.rational import read_model
from remit.theory.rewards import Discrete, Normal, Uniform, rewards_of

GOOD = {"states": ["s", "t"], "transitions": {"s": {"go": {"s": 0.1, "t": "9/10"}}, "t": {"stay": {"t": 1}}}}


def text(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


def test_decimals_are_taken_as_they_are_written() -> None:
    mdp = read_model(text())
    assert mdp.choices[0][0].lottery == ((0, Fraction(1, 10)), (1, Fraction(9, 10)))
    assert mdp.sums_exactly
    assert mdp.as_arrays().probabilities.tolist() == [0.1, 0.9, 1.0]


def test_actions_that_lead_to_the_same_place_are_one_choice_with_two_names() -> None:
    mdp = read_model(text(transitions={"s": {"a": {"t": 1}, "b": {"t": "1", "s": 0}}, "t": {"stay": {"t": 1}}}))
    assert [choice.actions for choice in mdp.choices[0]] == [("a", "b")]
    assert mdp.actions_at(0) == ("a", "b")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            '{"states": ["s"],\n "a": "NaN {", "b": [1,\n {"x": 1,\n "\\u0078": NaN}]}',
            "`NaN` is not a finite number, at line `4`",
        ),
        (
            '{"states": ["s"],\n "b": [{"x": 1},\n {"x": 1,\n "\\u0078": 2}]}',
            "`x` is written twice in one object, at line `4`",
        ),
        ('{"x": 1, "a": {"x": "\\"x\\": {"},\n\n"x" : 1}', "`x` is written twice in one object, at line `3`"),
        ("[1,\n-Infinity]", "`-Infinity` is not a finite number, at line `2`"),
    ],
)
def test_json_that_only_python_reads_is_refused_with_its_line(document: str, words: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        read_model(document)
    assert words in refused.value.message
    assert "json.tool" not in refused.value.hint


@pytest.mark.requirement("THEORY-04")
@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "JSON object"),
        ('{"states": ["s"], "states": ["t"]}', "written twice"),
        (text().replace("0.1", "NaN"), "`NaN` is not a finite number"),
        (text(states=100_000_000), "needs `states`"),
        (text(states={"$ref": "#"}), "needs `states`"),
        (text(reward="U[0,5]"), "`reward` is no part of a model"),
        (text(transition={}), "`transition` is no part of a model"),
        (text(states=["s", "s"]), "listed twice"),
        (text(transitions=[]), "needs `transitions`"),
        (text(transitions={"u": {}}), "`transitions.u` is not in `states`"),
        (text(transitions={"s": {}}), "`transitions.s` has no action"),
        (text(transitions={"s": "t", "t": "s"}), "`transitions.s` is not a mapping of actions"),
        (text(transitions={"s": {"go": {}}}), "`transitions.s.go` leads nowhere"),
        (text(transitions={"s": {"go": {"u": 1}}}), "leads to `u`"),
        (text(transitions={"s": {"go": {"s": "0.4"}}}), "`transitions.s.go` sums to `0.4`"),
        (text(transitions={"s": {"go": {"s": -1, "t": 2}}}), "`transitions.s.go.s` is `-1`, not a probability"),
        (text(transitions={"s": {"go": {"s": None}}}), "`None` at `transitions.s.go.s` is not a number"),
        (text(transitions={"s": {"go": {"s": True}}}), "is not a number"),
        (text(transitions={"s": {"go": {"s": "1/0"}}}), "is not a number"),
        (text(transitions={"s": {"go": {"s": "1e999999999"}}}), "is not a number"),
        (text(transitions={"s": {"go": {"s": "9" * 500}}}), "is not a number"),
        (text(name="\ud800"), "`\\ud800` is half a character"),
        (text().replace("0.1", "1e400"), "the number at `transitions.s.go.s` is beyond 1e100"),
        (text().replace("0.1", "-1" + "0" * 4000), "the number at `transitions.s.go.s` is beyond 1e100"),
        (text().replace("0.1", "[" * 900 + "]" * 900), "`list` at `transitions.s.go.s` is not a number"),
    ],
)
def test_a_bad_model_is_refused_with_its_place(document: str, words: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        read_model(document)
    assert words in str(refused.value)


def test_what_else_a_model_says_of_itself_is_left_alone() -> None:
    more = {"note": "by hand \U0001f600", "start": "s", "discount": 0.9, "source": "a paper", "name": "two states"}
    assert read_model(text(**more)) == read_model(text())


def test_rewards_are_words_or_one_entry_per_state() -> None:
    mdp = read_model(text())
    assert rewards_of(mdp) == (Uniform(low=Fraction(0), high=Fraction(1)),) * 2
    assert rewards_of(mdp, "iid U[0,1] on every state; t fixed -1/2")[1] == Discrete(
        values=((Fraction(-1, 2), Fraction(1)),)
    )
    assert rewards_of(mdp, "normal(0,1e-3)")[0] == Normal(mean=0.0, deviation=0.001)
    named = rewards_of(mdp, {"s": 2, "*": "U[-1,1]"})
    assert named == (Discrete(values=((Fraction(2), Fraction(1)),)), Uniform(low=Fraction(-1), high=Fraction(1)))


@pytest.mark.parametrize(
    ("rewards", "words"),
    [
        ("mystery", "not a distribution that is known"),
        ("U[1,0]", "low < high"),
        ("Bernoulli(2)", "not a distribution"),
        ("U[0,1]; nobody fixed 0", "not `STATE fixed NUMBER`"),
        ({"s": 1}, "leaves out state `t`"),
        ({"s": 1, "t": 2, "u": 3}, "`rewards.u` is not in `states`"),
        ({"s": [1], "t": 2}, "is not a number"),
        ("U[0,1e350]", "the number at `rewards` is beyond 1e100"),
        ("normal(1e400,1)", "beyond 1e100"),
        ({"s": "-1e101", "t": 10**4000}, "the number at `rewards.s` is beyond 1e100"),
        ("normal(0,1e-350)", "not a distribution"),
        ("exponential(1e-350)", "not a distribution"),
        (7, "neither words nor"),
    ],
)
def test_rewards_that_mean_nothing_are_refused(rewards: object, words: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        rewards_of(read_model(text()), rewards)
    assert words in str(refused.value)


def test_unknown_states_and_actions_are_named_with_what_there_is() -> None:
    mdp = read_model(text())
    with pytest.raises(InvalidMDPError, match="`u` is not one of") as refused:
        mdp.number("u")
    assert "s, t" in refused.value.hint
    with pytest.raises(InvalidMDPError, match="no action `jump`"):
        mdp.choice_of(0, "jump")
    long = read_model(json.dumps({"states": ["s" * 5000], "transitions": {"s" * 5000: {"a": {"s" * 5000: 1}}}}))
    with pytest.raises(InvalidMDPError) as refused:
        long.number("u")
    assert len(refused.value.hint) < 100
