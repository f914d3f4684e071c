"""Similarity, certificates and the votes of orbits: what is found holds, and what does not hold is refused."""

import json
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import ModelError
from remit.theory.exact.power import exact_probability
from remit.theory.exact.visits import visit_functions
from remit.theory.orbits.certificates import certificate, certificate_faults, model_faults
from remit.theory.orbits.orbits import average_vote, find_copies, sampled_vote, witness
from remit.theory.orbits.retarget import (
    Rule,
    at_random,
    best_of,
    boltzmann,
    maximise,
    minimise,
    orbit_of,
    orbit_vote,
    quantilise,
    satisfice,
)
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import fixed

HALF = Fraction(1, 2)


def build(transitions: dict[str, dict[str, dict[str, Any]]]) -> RationalMDP:
    return read_model(json.dumps({"states": list(transitions), "transitions": transitions}))


def star(count: int) -> RationalMDP:
    names = [f"t{i}" for i in range(count)]
    return build({"s": {f"to_{n}": {n: 1} for n in names}, **{n: {"stay": {n: 1}} for n in names}})


def two_trees() -> RationalMDP:
    """Behind `big`: a stochastic gate to three ends, two of them open; behind `small`: the same gate with one open end."""
    return build(
        {
            "s": {"big": {"b": 1}, "small": {"a": 1}},
            "a": {"go": {"a1": "1/3", "a2": "2/3"}},
            "a1": {"stay": {"a1": 1}},
            "a2": {"stay": {"a2": 1}},
            "b": {"go": {"b1": "1/3", "b2": "2/3"}, "other": {"b3": 1}},
            "b1": {"stay": {"b1": 1}},
            "b2": {"stay": {"b2": 1}},
            "b3": {"stay": {"b3": 1}},
        }
    )


def exact_vote(mdp: RationalMDP, larger: set[str], smaller: str) -> tuple[int, int]:
    """Count orbit members of the rewards 1, 2, ..., S by comparing the exact values of every policy at g = 1/2."""
    functions = [(f.at(HALF), actions) for f, actions in visit_functions(mdp, 0).items()]
    counts = [0, 0]
    for ranks in permutations(range(1, len(mdp.states) + 1)):
        values = [(sum(share * ranks[s] for s, share in line.items()), actions) for line, actions in functions]
        top = max(value for value, _ in values)
        best = frozenset[str]().union(*(actions for value, actions in values if value == top))
        counts[0] += bool(best & larger) and smaller not in best
        counts[1] += smaller in best and not best & larger
    return counts[0], counts[1]


def test_a_certificate_is_found_checked_and_true_of_every_member_of_an_orbit() -> None:
    mdp = two_trees()
    written = certificate(mdp, 0, "small", larger=["big"])
    assert (written["n"], written["bound"], certificate_faults(written)) == (1, "1/2", [])
    assert certificate_faults(json.loads(json.dumps(written))) == []
    for_larger, for_smaller = exact_vote(mdp, {"big"}, "small")
    assert for_larger >= written["n"] * for_smaller > 0
    assert witness(mdp, 0, larger="small", smaller="big") is None


def test_n_copies_are_counted_once_each() -> None:
    mdp = star(5)
    written = certificate(mdp, 0, "to_t0")
    assert (written["n"], written["bound"]) == (4, "4/5")
    for_larger, for_smaller = exact_vote(mdp, set(mdp.actions_at(0)) - {"to_t0"}, "to_t0")
    assert for_larger == 4 * for_smaller
    share = sampled_vote(mdp, 0, HALF, larger=written["larger"], smaller="to_t0", samples=400, seed=3)
    assert share.low <= 0.8 <= share.high


def test_an_action_under_another_name_is_no_copy() -> None:
    mdp = build(
        {"s": {"off": {"t": 1}, "off_too": {"t": 1}, "on": {"u": 1}}, "t": {"x": {"t": 1}}, "u": {"x": {"u": 1}}}
    )
    assert find_copies(mdp, 0, "off", larger=["off_too"]) == ()
    written = certificate(mdp, 0, "off")
    assert (written["n"], written["larger"]) == (1, ["on"])
    with pytest.raises(ModelError, match="no copy"):
        certificate(mdp, 0, "off", larger=["off_too"])


def test_a_copy_may_not_move_what_a_third_action_leads_to() -> None:
    mdp = build(
        {
            "s": {"one": {"a": 1}, "two": {"b": 1}, "third": {"c": 1}},
            "a": {"x": {"a": 1}},
            "b": {"x": {"b": 1}},
            "c": {"x": {"b": 1}},
        }
    )
    assert witness(mdp, 0, larger="two", smaller="one") is None
    assert len(find_copies(mdp, 0, "one")) == 1  # against both others together nothing is left out


def spoil(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    written = deepcopy(certificate(star(4), 0, "to_t0"))
    change(written)
    return written


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["copies"].__setitem__(1, c["copies"][0]), "moves the image of copy"),
        (lambda c: c["copies"].__setitem__(0, []), "is not an involution"),
        (lambda c: c["copies"].__setitem__(0, [["t0", "t1"], ["t0", "t2"]]), "is not an involution"),
        (lambda c: c["copies"].__setitem__(0, [["s", "t0"]]), "is not an involution"),
        (lambda c: c["copies"].__setitem__(0, [["t1", "t2"]]), "does not carry the smaller action"),
        (lambda c: c.__setitem__("larger", ["to_t1"]), "does not carry the smaller action"),
        (lambda c: c.__setitem__("larger", ["to_t0", "to_t1", "to_t2", "to_t3"]), "leads exactly where"),
        (lambda c: c.__setitem__("n", 4), "do not agree"),
        (lambda c: c.__setitem__("bound", "9/10"), "do not agree"),
        (lambda c: c.__setitem__("claim", "anything"), "do not agree"),
        (lambda c: c["model"]["transitions"]["t1"].__setitem__("stay", {"t1": "1/2"}), "no distribution"),
        (lambda c: c["model"]["transitions"]["t1"].__setitem__("go", {"t2": "1"}), ""),
        (lambda c: c["model"]["transitions"]["t0"].__setitem__("go", {"t2": "1"}), "does not carry `t0/go`"),
        (lambda c: c["model"]["transitions"].pop("t3"), "has no action"),
        (lambda c: c.pop("state"), "cannot be read"),
        (lambda c: c.__setitem__("format", "other"), "the format is not"),
    ],
)
def test_a_spoilt_certificate_does_not_hold(change: Callable[[dict[str, Any]], object], words: str) -> None:
    faults = certificate_faults(spoil(change))
    assert any(words in fault for fault in faults) if words else faults == []  # one more option behind `larger` is fine


@pytest.mark.parametrize("document", [[], None, "text", {"format": "remit.orbit-certificate/1"}])
def test_what_is_no_certificate_has_a_fault(document: Any) -> None:
    assert len(certificate_faults(document)) == 1


def test_a_certificate_of_another_model_is_told_apart() -> None:
    written = certificate(star(4), 0, "to_t0")
    assert model_faults(written, star(4)) == []
    assert model_faults(written, star(5)) == ["the certificate speaks of other states than the model has"]
    assert (
        "other actions in state `t3`"
        in model_faults(spoil(lambda c: c["model"]["transitions"]["t3"].clear()), star(4))[0]
    )


def test_the_vote_by_average_reward_agrees_with_the_exact_probability_of_one_reward() -> None:
    mdp = two_trees()
    vote = average_vote(mdp, 0, [Fraction(i) for i in range(3)] + [Fraction(0)] * 5, larger="big", smaller="small")
    assert vote.orbit == 8 * 7
    assert vote.larger > vote.smaller
    rewards = [fixed(Fraction(i)) for i in (0, 1, 2, 0, 0, 0, 0, 0)]
    assert exact_probability(mdp, 0, Fraction(1), rewards, average=True) == {"big": 0, "small": 1}


RULES: list[Rule] = [
    maximise,
    minimise,
    at_random,
    satisfice(2),
    best_of(3),
    quantilise(Fraction(1, 4)),
    boltzmann(0.7),
]


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.integers(0, 4), min_size=4, max_size=4), st.sampled_from(RULES))
def test_every_rule_that_minds_expected_utility_prefers_n_copies_n_times_as_often(
    utilities: list[int], rule: Rule
) -> None:
    vote = orbit_vote(rule, utilities, smaller=[0], larger=[1, 2, 3])
    assert vote.larger >= 3 * vote.smaller
    assert vote.larger + vote.smaller + vote.tie == vote.orbit
    assert vote.share_larger.value >= 0.75


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.sampled_from(RULES))
def test_every_rule_gives_a_distribution(utilities: list[int], rule: Rule) -> None:
    chances = [float(chance) for chance in rule(utilities)]
    assert sum(chances) == pytest.approx(1.0)
    assert min(chances) >= 0.0


def test_rules_do_what_their_names_say() -> None:
    assert maximise([1, 3, 3]) == [0, HALF, HALF]
    assert minimise([1, 3, 3]) == [1, 0, 0]
    assert satisfice(3)([1, 3, 4]) == [0, HALF, HALF]
    assert satisfice(9)([1, 3]) == [HALF, HALF]
    assert best_of(2)([1, 2]) == [Fraction(1, 4), Fraction(3, 4)]
    assert quantilise(HALF)([1, 2, 3, 4]) == [0, 0, HALF, HALF]
    assert quantilise(HALF)([1, 1, 1]) == [Fraction(1, 3)] * 3


def test_rules_and_votes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ModelError):
        best_of(0)
    with pytest.raises(ModelError):
        quantilise(Fraction(0))
    with pytest.raises(ModelError):
        boltzmann(0.0)
    with pytest.raises(ModelError, match="disjoint"):
        orbit_vote(maximise, [1, 2], smaller=[0], larger=[0, 1])
    with pytest.raises(ModelError, match="too large"):
        orbit_vote(maximise, list(range(12)), smaller=[0], larger=[1])


@given(st.lists(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]), min_size=1, max_size=6))
def test_an_orbit_has_every_distinct_permutation_once(line: list[Fraction]) -> None:
    members = list(orbit_of(line))
    assert len(members) == len(set(members))
    assert set(members) == set(permutations(line))


def test_an_orbit_is_as_large_as_its_distinct_members_however_many_numbers_there_are() -> None:
    one_of_many = [Fraction(1), *[Fraction(0)] * 29]
    vote = orbit_vote(maximise, one_of_many, smaller=[0], larger=[1, 2])
    assert (vote.orbit, vote.larger, vote.smaller, vote.tie) == (30, 2, 1, 27)
    found = average_vote(star(29), 0, one_of_many, larger="to_t0", smaller="to_t1")
    assert (found.orbit, found.larger, found.smaller, found.tie) == (30, 1, 1, 28)
    with pytest.raises(ModelError, match="too large"):  # before anything is gone through
        average_vote(star(29), 0, [Fraction(i) for i in range(30)], larger="to_t0", smaller="to_t1")
