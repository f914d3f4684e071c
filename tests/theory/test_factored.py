import numpy as np
import pytest

from remit.errors import InvalidMDPError, StateBudgetError
from remit.theory.mdp import successors_of
from remit.theory.solvers.factored import Event, Exploration, FactoredMDP, Operator, Outcome, described, explore

IDLE = Operator(action=0, modes=0b11, outcomes=(Outcome(probability=1.0),))


def world(*operators: Operator, groups: tuple[tuple[Event, ...], ...] = (), facts: int = 2) -> FactoredMDP:
    return FactoredMDP(
        facts=tuple(f"f{i}" for i in range(facts)),
        modes=("run", "off"),
        actions=("idle", "act"),
        operators=(IDLE, *operators),
        groups=groups,
        always=0b01,
    )


def rows(found: Exploration, state: int) -> list[dict[int, float]]:
    mdp = found.mdp
    return [
        {int(found.codes[successor]): probability for successor, probability in successors_of(mdp, row)}
        for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
    ]


def test_an_operator_is_offered_only_where_it_changes_a_fact() -> None:
    act = Operator(action=1, modes=0b01, outcomes=(Outcome(probability=1.0, add=0b01),))
    found = explore(world(act), state_budget=10)
    assert found.codes.tolist() == [0, 1]
    assert rows(found, 0) == [{0: 1.0}, {1: 1.0}]
    assert rows(found, 1) == [{1: 1.0}]


def test_a_change_of_mode_alone_does_not_keep_an_operator() -> None:
    caught = Operator(
        action=1, modes=0b01, outcomes=(Outcome(probability=0.5, add=0b01), Outcome(probability=0.5, mode=1))
    )
    found = explore(world(caught), state_budget=10)
    assert len(rows(found, found.codes.tolist().index(0b01))) == 1


def test_events_of_a_group_compete_and_groups_follow_each_other() -> None:
    groups = (
        (
            Event(modes=0b01, probability=0.25, mode=1),
            Event(modes=0b01, probability=0.5, add=0b01),
        ),
        (Event(modes=0b10, probability=0.5, add=0b10),),
    )
    found = explore(world(groups=groups), state_budget=10)
    assert rows(found, 0) == [{0b000: 0.25, 0b100: 0.125, 0b110: 0.125, 0b001: 0.5}]
    assert found.modes[found.codes.tolist().index(0b100)] == 1


def test_deletion_comes_before_addition() -> None:
    act = Operator(action=1, modes=0b01, outcomes=(Outcome(probability=1.0, add=0b01, delete=0b11),))
    start = FactoredMDP(
        facts=("a", "b"), modes=("run", "off"), actions=("idle", "act"), operators=(act, IDLE), start_facts=2, always=1
    )
    assert explore(start, state_budget=10).codes.tolist() == [0b10, 0b01]


def test_a_world_beyond_the_budget_is_refused_with_a_hint() -> None:
    acts = [
        Operator(action=1, modes=0b01, outcomes=(Outcome(probability=1.0, add=1 << bit),), forbid=1 << bit)
        for bit in range(12)
    ]
    assert explore(world(*acts, facts=12), state_budget=4096).mdp.states_count == 4096
    with pytest.raises(StateBudgetError) as caught:
        explore(world(*acts, facts=12), state_budget=4095)
    assert "4095" in str(caught.value)
    assert caught.value.hint


def test_a_state_without_an_operator_is_named() -> None:
    act = Operator(action=1, modes=0b01, outcomes=(Outcome(probability=1.0, add=0b01, mode=1),))
    stuck = FactoredMDP(facts=("armed",), modes=("run", "off"), actions=("idle", "act"), operators=(act,))
    with pytest.raises(InvalidMDPError, match="`off armed` has no applicable operator"):
        explore(stuck, state_budget=10)


def test_events_that_exceed_certainty_are_named() -> None:
    groups = ((Event(modes=0b01, probability=0.6, mode=1), Event(modes=0b01, probability=0.6, add=1)),)
    with pytest.raises(InvalidMDPError, match="`run` has competing events"):
        explore(world(groups=groups), state_budget=10)


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        (Operator(action=1, modes=1, outcomes=(Outcome(probability=0.5),)), "sum to `0.5`"),
        (Operator(action=1, modes=1, outcomes=()), "sum to `0`"),
        (Operator(action=1, modes=1, outcomes=(Outcome(probability=1.0, add=8),)), "a fact beyond"),
        (Operator(action=1, modes=1, require=-1, outcomes=(Outcome(probability=1.0),)), "a fact beyond"),
        (Operator(action=1, modes=1, outcomes=(Outcome(probability=1.0, mode=2),)), "a mode beyond"),
        (Operator(action=2, modes=1, outcomes=(Outcome(probability=1.0),)), "an action beyond"),
        (Operator(action=1, modes=1, outcomes=(Outcome(probability=2.0), Outcome(probability=-1.0))), "outside [0, 1]"),
    ],
)
def test_a_number_out_of_range_is_refused(operator: Operator, words: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        world(operator)
    assert words in str(caught.value)


def test_more_facts_than_fit_in_a_code_are_refused() -> None:
    with pytest.raises(InvalidMDPError, match="do not fit in `60` bits"):
        FactoredMDP(facts=tuple(map(str, range(59))), modes=("a", "b", "c"), actions=("idle",), operators=(IDLE,))
    widest = FactoredMDP(
        facts=tuple(map(str, range(59))),
        modes=("a", "b"),
        actions=("idle",),
        operators=(IDLE,),
        start_facts=2**59 - 1,
        always=1,
    )
    assert explore(widest, state_budget=1).codes.tolist() == [2**59 - 1]
    assert described(widest, 0b101 | 1 << 59) == "b 0 2"


def test_the_rows_equal_their_mixtures() -> None:
    groups = ((Event(modes=0b01, probability=0.25, mode=1),), (Event(modes=0b11, probability=0.5, delete=0b01),))
    act = Operator(
        action=1,
        modes=1,
        outcomes=(Outcome(probability=0.5, add=1), Outcome(probability=0.25, add=2), Outcome(probability=0.25)),
    )
    mdp = explore(world(act, groups=groups), state_budget=100).mdp
    mixture = mdp.mixture
    assert mixture is not None
    for row in range(mdp.rows_count):
        dense = np.zeros(mdp.states_count)
        for i in range(int(mixture.row_ptr[row]), int(mixture.row_ptr[row + 1])):
            part = slice(int(mixture.part_ptr[mixture.parts[i]]), int(mixture.part_ptr[mixture.parts[i] + 1]))
            np.add.at(dense, mixture.successors[part], mixture.weights[i] * mixture.probabilities[part])
        for successor, probability in successors_of(mdp, row):
            assert dense[successor] == pytest.approx(probability, abs=1e-15)
        assert dense.sum() == pytest.approx(1.0, abs=1e-12)
