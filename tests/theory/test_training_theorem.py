"""When the theorem about training-compatible goals applies, and where a bound would be wrong."""

from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

import pytest

from remit.theory.exact.payoffs import Payoff
from remit.theory.notebook import graph
from remit.theory.rational import RationalMDP
from remit.theory.training import goals as trained

Row: TypeAlias = dict[str, str | dict[str, str]]

ENDING: dict[str, Row] = {
    "new": {"shutdown": {"off": "1"}, "home": {"home": "1"}, "out": {"out": "1"}},
    "off": {"-": {"sink": "1"}},
    "sink": {"-": {"sink": "1"}},
    "home": {"-": {"home": "1"}},
    "out": {"-": {"out": "1"}},
}


def ending(rewards: str = "iid U[0,1]; sink fixed 0", **changes: Row) -> RationalMDP:
    """A new state with a shutdown that is visited once, and two ways to go on for good."""
    return replace(graph({**ENDING, **changes}), rewards=rewards)


def test_training_on_states_that_stay_reachable_is_outside_the_theorem() -> None:
    fine = trained.check_assumptions(ending(), new=0, shutdown="shutdown", training=[])
    assert (fine.copies, fine.bound) == (2, Fraction(2, 3))
    met = trained.check_assumptions(ending(), new=0, shutdown="shutdown", training=[3])
    assert (met.meeting, met.bound) == (("home",), None)


def test_what_training_only_might_have_led_to_is_outside_the_theorem_too() -> None:
    school: Row = {"right": {"prize": "1"}, "wrong": {"home": "1"}}
    taught = ending(school=school, prize={"-": {"prize": "1"}})
    found = trained.check_assumptions(taught, new=0, shutdown="shutdown", training=[5])
    assert (found.meeting, found.bound) == (("home",), None)
    prize, home, off = (Payoff.of([(k, Fraction(1))], Fraction(0)) for k in range(3))
    # with home as the only alternative the bound would be 1/2; the prize that beat home in training makes it 1/3
    assert trained.conditional_chance([(home, off)], [(prize, home)]) == Fraction(1, 3)


@pytest.mark.parametrize(
    "mdp",
    [
        ending("iid U[0,1]"),  # after being off, something for good: of 0, .01, .02 and 1 half the orders shut down
        ending("iid U[-1,1]; sink fixed 0"),  # rather nothing than a negative reward for good
        ending(off={"-": {"sink": "1/2", "off": "1/2"}}),
        ending(off={"-": {"sink": "1"}, "back": {"off": "1"}}),
        ending(new={**ENDING["new"], "shutdown": {"off": "1/2", "sink": "1/2"}}),
    ],
)
def test_a_shutdown_that_is_not_the_end_of_it_has_no_bound(mdp: RationalMDP) -> None:
    found = trained.check_assumptions(mdp, new=0, shutdown="shutdown", training=[])
    assert (found.shutdown_ends, found.bound) == (False, None)
