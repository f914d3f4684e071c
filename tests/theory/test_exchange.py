from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import stormpy

from remit.errors import InvalidMDPError, ModelError
from remit.theory.arrays import Floats
from remit.theory.formats.checkers import from_drn, from_transitions
from remit.theory.formats.exchange import PrismFiles, from_prism, label, to_drn, to_prism
from remit.theory.formats.foreign import read_file
from remit.theory.mdp import MDP
from remit.theory.notebook import graph
from remit.theory.solvers.factored import Event, FactoredMDP, Operator, Outcome, explore
from remit.theory.solvers.values import Solver


def world() -> MDP:
    """A small world of facts with events that take them away, switch off and on."""
    acts = tuple(
        Operator(
            action=1 + bit,
            modes=0b011,
            forbid=1 << bit,
            require=(1 << bit) >> 1,
            outcomes=(
                Outcome(probability=0.6, add=1 << bit),
                Outcome(probability=0.3),
                Outcome(probability=0.1, mode=2),
            ),
        )
        for bit in range(5)
    )
    events = (
        (Event(modes=0b001, probability=0.05, mode=1), Event(modes=0b010, forbid=4, probability=1.0, mode=2)),
        (Event(modes=0b111, require=3, probability=0.1, delete=1),),
        (Event(modes=0b100, probability=0.2, mode=0),),
    )
    idle = Operator(action=0, modes=0b111, outcomes=(Outcome(probability=1.0),))
    return explore(
        FactoredMDP(
            facts=("a", "b", "c", "d", "e"),
            modes=("run", "warned", "off"),
            actions=("idle", "1st", "second act", "c", "d", "e"),
            operators=(idle, *acts),
            groups=events,
            always=1,
        ),
        state_budget=1000,
    ).mdp


def rewards_of(mdp: MDP) -> Floats:
    return np.random.default_rng(8).random(mdp.states_count)


@pytest.mark.requirement("WORLD-09")
@pytest.mark.parametrize("discount", [0.5, 0.9, 0.97])
def test_an_independent_model_checker_finds_the_same_values(discount: float, tmp_path: Path) -> None:
    mdp = world()
    rewards = rewards_of(mdp)
    values = Solver(mdp, reward_class=np.arange(mdp.states_count), discount=discount).state_values(rewards[:, None])
    (tmp_path / "world.drn").write_text(to_drn(mdp, rewards, discount=discount))
    model = stormpy.build_model_from_drn(str(tmp_path / "world.drn"))
    (goal,) = stormpy.parse_properties('R{"reward"}max=? [F "done"]')
    found = stormpy.model_checking(model, goal, environment=stormpy.environments.exact())
    theirs = [float(found.get_value(state)) for state in range(mdp.states_count)]
    assert np.abs(values[:, 0] - theirs).max() <= 1e-6


def test_an_undiscounted_export_has_the_states_choices_and_rewards_of_the_model(tmp_path: Path) -> None:
    mdp = world()
    (tmp_path / "world.drn").write_text(to_drn(mdp, rewards_of(mdp)))
    model = stormpy.build_model_from_drn(str(tmp_path / "world.drn"))
    assert (model.nr_states, model.nr_choices, model.nr_transitions) == (
        mdp.states_count,
        mdp.rows_count,
        mdp.transitions_count,
    )
    assert model.reward_models["reward"].state_rewards == pytest.approx(rewards_of(mdp).tolist(), abs=1e-12)


def test_a_model_survives_the_explicit_files() -> None:
    mdp = world()
    rewards = rewards_of(mdp)
    rewards[3] = 0.0
    back, paid = from_prism(to_prism(mdp, rewards))
    assert np.array_equal(paid, rewards)
    assert np.array_equal(back.row_ptr, mdp.row_ptr)
    assert np.array_equal(back.successor_ptr, mdp.successor_ptr)
    assert np.array_equal(back.successors, mdp.successors)
    assert np.array_equal(back.probabilities, mdp.probabilities)
    assert back.start == mdp.start


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (PrismFiles(transitions="2 x 1\n", labels="", rewards="1 0\n"), "line `1` of the transitions"),
        (PrismFiles(transitions="1 1 1\n0 0 zero 1\n", labels="", rewards="1 0\n"), "line `2` of the transitions"),
        (PrismFiles(transitions="1 1 1\n0 0 0 1.e.2\n", labels="", rewards="1 0\n"), "line `2` of the transitions"),
        (PrismFiles(transitions="1 1 1\n0 0 0 1\n", labels="", rewards="1 1\n7 1.0\n"), "line `2` of the rewards"),
        (PrismFiles(transitions="1 1 1\n0 0 0 1\n", labels="", rewards="1 1\n0 nan\n"), "line `2` of the rewards"),
        (PrismFiles(transitions="1 1 2\n0 0 0 1\n", labels="", rewards="1 0\n"), "line `1` of the transitions"),
        (PrismFiles(transitions="100000000 1 1\n0 0 0 1\n", labels="", rewards="1 0\n"), "line `1` speaks"),
        (PrismFiles(transitions="", labels="", rewards=""), "line `1` of the transitions"),
        (PrismFiles(transitions="² 1 1\n0 0 0 1\n", labels="", rewards=""), "line `1` of the transitions"),
        (PrismFiles(transitions=f"1 {'1' * 5000} 1\n", labels="", rewards=""), "line `1` of the transitions"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(files: PrismFiles, words: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        from_prism(files)
    assert words in str(caught.value)


ROBOT = """6 10 16
0 0 0 2/5 east
0 0 1 3/5 east
0 1 1 1/10 south
0 1 3 4/5 south
0 1 4 1/10 south
1 0 2 1 east
1 1 2 1/2 south
1 1 4 1/2 south
2 0 2 1 stuck
3 0 3 1 stuck
4 0 5 1 east
4 1 3 3/5 west
4 1 4 2/5 west
5 0 4 1 west
5 1 2 9/10 north
5 1 5 1/10 north
"""
"""A robot on six cells, in the form PRISM 4.8 exports with ``-exact``."""


def test_what_prism_itself_exports_is_read_with_its_headers_and_fractions() -> None:
    labels = '# Labels\n0="init" 1="deadlock" 2="hazard" 3="goal1"\n1: 2\n2: 0 3\n'
    rewards = '# Reward structure: "energy"\n# State rewards\n6 2\n0 23/10\n5 1e-3\n'
    mdp, paid = from_prism(PrismFiles(transitions=ROBOT, labels=labels, rewards=rewards))
    assert (mdp.states_count, mdp.rows_count, mdp.transitions_count, mdp.start) == (6, 10, 16, 2)
    assert paid.tolist() == [2.3, 0, 0, 0, 0, 0.001]
    assert mdp.probabilities[:5].tolist() == [0.4, 0.6, 0.1, 0.8, 0.1]


def test_storm_reads_the_explicit_files_after_its_own_heading(tmp_path: Path) -> None:
    mdp = world()
    written = to_prism(mdp, rewards_of(mdp)).transitions.splitlines()[1:]
    plain = "\n".join(["mdp", *(" ".join(line.split()[:4]) for line in written)]) + "\n"
    (tmp_path / "world.tra").write_text(plain)
    (tmp_path / "world.lab").write_text("#DECLARATION\ninit\n#END\n0 init\n")
    model = stormpy.build_model_from_explicit(str(tmp_path / "world.tra"), str(tmp_path / "world.lab"))
    assert (model.nr_states, model.nr_choices, model.nr_transitions) == (
        mdp.states_count,
        mdp.rows_count,
        mdp.transitions_count,
    )
    again = from_transitions(plain)
    assert sum(len(choice.actions) for choices in again.choices for choice in choices) == mdp.rows_count


def test_names_are_made_fit_for_the_formats() -> None:
    assert label("git.edit ci") == "git.edit_ci"
    assert label('[1st] "é★"') == "_1st___é★_"
    assert label("") == "_"


THIRDS = replace(
    graph(
        {"(0,0)": {"★": {"(0,1)": "1/3", "(1,0)": "2/3"}, "1": {"(0,0)": 1}}, "(0,1)": ["(0,0)"], "(1,0)": ["(1,0)"]}
    ),
    labels=(("two words", (0, 2)), ("init", (1,)), ("empty", ())),
)


def test_a_model_that_was_read_is_written_as_exactly_as_it_is(tmp_path: Path) -> None:
    drn = from_drn(to_drn(THIRDS))
    assert drn == replace(THIRDS, states=("0", "1", "2"), labels=(("two words", (0, 2)), ("init", (1,))))
    files = to_prism(THIRDS)
    for suffix, text in ((".tra", files.transitions), (".lab", files.labels), (".sta", files.states)):
        (tmp_path / f"w{suffix}").write_text(text, encoding="utf-8")
    found = read_file(tmp_path / "w.tra")
    assert (found.states, found.choices, found.start) == (THIRDS.states, THIRDS.choices, 1)
    assert found.numbers("two words") == (0, 2)


def test_storm_reads_the_fractions_labels_and_names_that_are_written(tmp_path: Path) -> None:
    (tmp_path / "world.drn").write_text(to_drn(THIRDS, np.array([1.0, 0.0, 0.5]), discount=0.9), encoding="utf-8")
    model = stormpy.build_model_from_drn(str(tmp_path / "world.drn"))
    assert model.labeling.get_labels() == {"two words", "init", "done"}
    assert (model.nr_states, list(model.initial_states)) == (4, [1])
    row = {entry.column: entry.value for entry in model.transition_matrix.get_row(0)}
    assert row == pytest.approx({1: 0.3, 2: 0.6, 3: 0.1}, abs=1e-15)
    assert model.reward_models["reward"].state_rewards == pytest.approx([0.1, 0, 0.05, 0])
    exact = from_drn(to_drn(THIRDS, discount=Fraction(6, 7)))
    assert exact.choice_of(0, "★").lottery == ((1, Fraction(2, 7)), (2, Fraction(4, 7)), (3, Fraction(1, 7)))


def test_a_label_that_the_export_needs_is_not_taken_for_the_models_own() -> None:
    with pytest.raises(ModelError, match="label `done` already"):
        to_drn(replace(THIRDS, labels=(("done", (1,)),)), discount=0.9)
    assert from_drn(to_drn(replace(THIRDS, labels=(("done", (1,)),)))).numbers("done") == (1,)


def test_names_of_states_that_are_no_values_have_no_file() -> None:
    assert to_prism(graph({"a": ["a"]})).states == ""
    assert to_prism(world()).states == ""
