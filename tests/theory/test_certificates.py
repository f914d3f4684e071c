"""Certificates against the orbits they speak of: whatever is certified is counted out on every permutation."""

import json
import random
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import ModelError
from remit.theory.exact.visits import visit_functions
from remit.theory.notebook import graph
from remit.theory.orbits.average_orbits import find_average_copies
from remit.theory.orbits.certificates import CLAIMS, FORMAT, NOT_LICENSED, certificate, certificate_faults
from remit.theory.orbits.orbits import find_copies
from remit.theory.rational import RationalMDP, model_document, model_of

STATES = ("s", "a", "b", "c", "d")


@st.composite
def deterministic(draw: st.DrawFn) -> RationalMDP:
    """Five states that lead on to one or two others each; the first offers two or three actions."""
    table = {}
    for number, state in enumerate(STATES):
        low, high = (2, 3) if number == 0 else (1, 2)
        targets = draw(st.lists(st.sampled_from(STATES[1:]), min_size=low, max_size=high, unique=True))
        table[state] = {f"to_{target}": {target: Fraction(1)} for target in targets}
    return model_of(STATES, table)


@st.composite
def stochastic(draw: st.DrawFn) -> RationalMDP:
    """As above, but an action may be a coin between two states."""
    table = {}
    for number, state in enumerate(STATES):
        rows = {}
        for action in range(2 if number == 0 else draw(st.integers(1, 2))):
            pair = draw(st.lists(st.sampled_from(STATES[1:]), min_size=1, max_size=2, unique=True))
            rows[f"x{action}"] = {target: Fraction(1, len(pair)) for target in pair}
        table[state] = rows
    return model_of(STATES, table)


def holds(mdp: RationalMDP, document: dict[str, Any], discount: Fraction) -> bool:
    """Count out the orbit of rewards with a tie: whether larger wins n times as often as smaller."""
    larger, smaller = set(document["larger"]), document["smaller"]
    lines = [(function.at(discount), actions) for function, actions in visit_functions(mdp, 0).items()]
    counts = [0, 0]
    for member in set(permutations((0, 1, 3, 3, 7))):
        values = [(sum(p * member[s] for s, p in shares.items()), actions) for shares, actions in lines]
        top = max(value for value, _ in values)
        best = frozenset[str]().union(*(actions for value, actions in values if value == top))
        counts[0] += bool(best & larger) and smaller not in best
        counts[1] += smaller in best and not best & larger
    return bool(counts[0] >= document["n"] * counts[1])


@pytest.mark.requirement("THEORY-03")
@settings(max_examples=examples(60), deadline=None)
@given(deterministic(), st.data())
def test_what_is_certified_about_averages_is_so_on_every_permutation(mdp: RationalMDP, data: st.DataObject) -> None:
    smaller = data.draw(st.sampled_from(mdp.actions_at(0)))
    copies = find_average_copies(mdp, 0, smaller)
    assert not copies or holds(mdp, certificate(mdp, 0, smaller, average=True), Fraction(1))


@pytest.mark.requirement("THEORY-03")
@settings(max_examples=examples(60), deadline=None)
@given(stochastic(), st.sampled_from(["x0", "x1"]), st.sampled_from([Fraction(1, 3), Fraction(9, 10)]))
def test_what_is_certified_at_a_discount_is_so_on_every_permutation(
    mdp: RationalMDP, smaller: str, discount: Fraction
) -> None:
    copies = find_copies(mdp, 0, smaller)
    assert not copies or holds(mdp, certificate(mdp, 0, smaller), discount)


def shutdown() -> RationalMDP:
    return graph(
        {
            "start": ["work", "off"],
            "work": ["one", "loop"],
            "one": ["one"],
            "loop": ["back"],
            "back": ["loop", "back"],
            "off": ["off"],
        }
    )


def test_shutting_down_is_one_cycle_and_staying_on_leaves_several() -> None:
    document = certificate(shutdown(), 0, "off", average=True)
    assert (document["sense"], document["n"], document["bound"]) == ("average", 2, "2/3")
    with pytest.raises(ModelError, match="no copy"):
        certificate(shutdown(), 0, "off")  # at a discount, work comes first and has a reward of its own


def test_a_stochastic_model_has_no_certificate_about_averages() -> None:
    with pytest.raises(ModelError, match="deterministic"):
        certificate(graph({"s": {"a": {"s": "1/2", "t": "1/2"}, "b": "t"}, "t": ["t"]}), 0, "a", average=True)


@pytest.mark.requirement("THEORY-03")
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("copies", [[["off", "work"]], [["off", "one"]]], "does not carry the cycles"),
        ("copies", [[["off", "one"]], [["off", "one"]]], "moves the image"),
        ("copies", [[["off", "loop"]], [["off", "one"]]], "does not carry"),
        ("copies", [[["start", "off"]], [["off", "one"]]], "is not an involution"),
        ("larger", ["off"], "among the larger ones"),
        ("sense", "discounted", "does not carry"),
        ("sense", "other", "cannot be read"),
    ],
)
def test_a_spoilt_certificate_about_averages_does_not_hold(key: str, value: object, words: str) -> None:
    document = json.loads(json.dumps(certificate(shutdown(), 0, "off", average=True)))
    assert certificate_faults(document) == []
    assert any(words in fault for fault in certificate_faults({**document, key: value}))


def forged(source: random.Random) -> tuple[RationalMDP, dict[str, Any]]:
    """A model of five states, and a certificate about it that nobody searched for: permutations drawn by chance."""
    sense = source.choice(["average", "discounted"])
    table = {}
    for state in STATES:
        rows = {}
        for action in range(source.randint(2, 3) if state == "s" else source.randint(1, 2)):
            ahead = source.sample(STATES, 1 if sense == "average" or source.random() < 0.8 else 2)
            rows[f"x{action}"] = {target: Fraction(1, len(ahead)) for target in ahead}
        table[state] = rows
    mdp, copies = model_of(STATES, table), []
    for _ in range(source.choice([1, 1, 2])):
        line = source.sample(STATES[1:], 4)
        copies.append([[line[0], line[1]], [line[2], line[3]]][: source.randint(1, 2)])
    smaller, *larger = source.sample(mdp.actions_at(0), source.randint(2, len(mdp.actions_at(0))))
    n = len(copies)
    written = {"format": FORMAT, "sense": sense, "claim": CLAIMS[sense].format(n=n), "not_licensed": NOT_LICENSED}
    claimed = {"state": "s", "smaller": smaller, "larger": larger, "copies": copies, "n": n, "bound": f"{n}/{n + 1}"}
    return mdp, {**written, **claimed, "model": model_document(mdp)}


@pytest.mark.requirement("THEORY-03")
def test_whatever_is_forged_is_refused_or_true() -> None:
    source, accepted = random.Random(16), 0
    for _ in range(600):
        mdp, document = forged(source)
        if not certificate_faults(document):
            accepted += 1
            assert holds(mdp, document, Fraction(1) if document["sense"] == "average" else Fraction(2, 3))
    assert accepted >= 5


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1.0, "1e999999999", 10**400, True, "one"])
def test_a_number_that_cannot_be_read_is_a_fault_of_the_certificate(number: object) -> None:
    document = json.loads(json.dumps(certificate(shutdown(), 0, "off", average=True)))
    assert "cannot be read" in certificate_faults({**document, "bound": number})[0]
    document["model"]["transitions"]["off"]["off"]["off"] = number
    assert "at `off.off`" in certificate_faults(document)[0]
