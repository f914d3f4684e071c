"""Models written for model checkers: read back without rounding, also what Storm itself writes."""

from fractions import Fraction

import numpy as np
import pytest

from remit.errors import InvalidMDPError
from remit.theory.exact.power import exact_power
from remit.theory.formats.checkers import from_drn, from_transitions
from remit.theory.formats.exchange import to_drn, to_prism
from remit.theory.formats.foreign import read_any
from remit.theory.rational import RationalMDP, model_of
from remit.theory.rewards import rewards_of

WORLD = model_of(
    ["0", "1", "2"],
    {
        "0": {"a": {"1": Fraction(1, 4), "2": Fraction(3, 4)}, "b": {"0": Fraction(1)}},
        "1": {"a": {"1": Fraction(1)}},
        "2": {"a": {"2": Fraction(1, 2), "0": Fraction(1, 2)}, "c": {"1": Fraction(1)}},
    },
)


def written(form: str) -> str:
    arrays = WORLD.as_arrays()
    rewards = np.array([0.5, 0.0, 1.0])
    return to_drn(arrays, rewards) if form == ".drn" else to_prism(arrays, rewards).transitions


@pytest.mark.parametrize("form", [".drn", ".tra"])
def test_a_model_that_was_written_is_the_same_when_read(form: str) -> None:
    labels = (("init", (0,)),) if form == ".drn" else ()
    assert read_any(written(form), form) == RationalMDP(states=WORLD.states, choices=WORLD.choices, labels=labels)


STORM = """// Exported by storm
// Original model type: MDP
@type: MDP
@value_type: double
@parameters

@reward_models
time
@nr_states
3
@nr_choices
5
@model
state 0 [1] init
//[x=0]
\taction a [0]
\t\t1 : 0.25
\t\t2 : 0.75
\taction __NOLABEL__ [0]
\t\t0 : 1
state 1 [0] done deadlock
\taction __NOLABEL__
\t\t1 : 1
state 2 [0]
\taction a [0]
\t\t2 : 0.5
\t\t0 : 0.5
\taction a [0]
\t\t1 : 1
"""


def test_the_form_storm_writes_is_read_with_its_comments_rewards_and_repeated_labels() -> None:
    found = from_drn(STORM)
    assert found.actions_at(2) == ("a", "a-1")
    for state in range(3):
        one, other = (exact_power(mdp, state, Fraction(9, 10), rewards_of(mdp)) for mdp in (WORLD, found))
        assert one == other


def test_decimals_are_taken_as_written() -> None:
    found = from_transitions("2 2 3\n0 0 0 0.1 go\n0 0 1 0.9 go\n1 0 1 1\n")
    assert found.choice_of(0, "go").lottery == ((0, Fraction(1, 10)), (1, Fraction(9, 10)))
    assert found.actions_at(1) == ("0",)


def test_comments_fractions_and_the_variant_of_storm_are_read() -> None:
    plain = from_transitions("2 2 3\n0 0 0 1/10 go\n0 0 1 9/10 go\n1 0 1 1\n")
    assert from_transitions("# made by hand\n2 2 3\n0  0 0 0.1 go\n\n0 0 1 0.9 go\n1 0 1 1") == plain
    assert from_transitions("mdp\n0 0 0 0.1 go\n0 0 1 0.9 go\n1 0 1 1\n") == plain


def test_choices_of_one_label_stay_apart() -> None:
    found = from_transitions("2 3 3\n0 0 0 1 go\n0 1 1 1 go\n1 0 1 1 stay\n")
    assert found.actions_at(0) == ("go", "go1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("3 5 5\n0 0 1 1 move2\n0 1 0 1 move\n0 2 2 1 move\n1 0 1 1\n2 0 2 1\n", ("move2", "move", "move3")),
        ("3 5 5\n0 0 1 1 move\n0 1 0 1 move\n0 2 2 1 move1\n1 0 1 1\n2 0 2 1\n", ("move", "move2", "move1")),
        ("3 5 5\n0 0 1 1 1\n0 1 0 1\n0 2 2 1\n1 0 1 1\n2 0 2 1\n", ("1", "2", "3")),
        ("3 5 5\n0 0 1 1\n0 1 0 1\n0 2 2 1 0\n1 0 1 1\n2 0 2 1\n", ("1", "2", "0")),
    ],
)
def test_no_choice_takes_the_name_of_another(text: str, names: tuple[str, ...]) -> None:
    found = from_transitions(text)
    assert found.actions_at(0) == names
    assert exact_power(found, 0, Fraction(1, 2), rewards_of(found)) == Fraction(3, 4)


def test_choices_of_a_drn_text_stay_apart_however_they_are_called() -> None:
    ends = "state 1\n\taction x\n\t\t1 : 1\nstate 2\n\taction x\n\t\t2 : 1\n"
    for names, apart in {
        ("a", "a-2", "a"): ("a", "a-2", "a-3"),
        ("a-1", "a", "a"): ("a-1", "a", "a-2"),
        ("a", "a", "a-1"): ("a", "a-2", "a-1"),
    }.items():
        rows = "".join(f"\taction {name}\n\t\t{target} : 1\n" for target, name in enumerate(names))
        found = from_drn(f"@type: MDP\n@nr_choices\n5\n@model\nstate 0\n{rows}{ends}")
        assert found.actions_at(0) == apart
        assert [choice.lottery[0][0] for choice in found.choices[0]] == [0, 1, 2]


def test_a_drn_text_says_where_one_starts_and_which_labels_states_have() -> None:
    found = from_drn(STORM.replace("[1] init", "[1]").replace("state 2 [0]", 'state 2 [0] init "two words" done'))
    assert (found.start, found.as_arrays().start) == (2, 2)
    assert found.numbers("done") == (1, 2)
    assert found.numbers("two words") == (2,)
    assert from_drn(STORM).start == 0
    assert from_drn(STORM).numbers("deadlock") == (1,)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line `1`"),
        ("2 2\n0 0 1\n", "line `1`"),
        ("2 2 2\n0 0 1 x go\n1 0 1 1\n", "line 2"),
        ("2 2 2\n0 0 1 1\n1 0 5 1\n", "line `3`"),
        ("2 2 2\n0 0 1 [0.9,1] go\n1 0 1 1\n", "line `2` has an interval for a probability"),
        ("2 2 2\n0 0 1 1\n1 zero\n", "line `3`"),
        ("2 2 2\n0 0 1 0.5\n1 0 1 1\n", "transitions.0.0"),
        ("2 2 2\n0 0 1 1\n", "transitions.1"),
        ("9999999999999 2 2\n0 0 1 1\n", "line `1`"),
        ("2 3 3\n0 0 1 1\n1 0 1 1\n", "says `3` choices"),
        ("2 2 3\n0 0 1 1\n1 0 1 1\n", "says `3` transitions"),
        ("mdp\n0 0 1 1\n", "transitions.1"),
        ("² 1 1\n0 0 0 1\n", "line `1`"),
        (f"1 1 1\n0 {'1' * 5000} 0 1\n", "line `2`"),
    ],
)
def test_a_broken_transition_file_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        from_transitions(text)
    assert place in caught.value.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("@type: MDP\nstate 0\n", "@model"),
        ("@type: CTMC\n@model\nstate 0\n", "CTMC"),
        ("@type: POMDP\n@model\nstate 0\n", "`POMDP` has states that are seen in part"),
        ("@type: SMG\n@model\nstate 0\n", "`SMG` has several players"),
        ("@type: ABC\n@model\nstate 0\n", "`ABC` is not read"),
        ("@model\nstate 0\n\taction a\n\t\t0 : [0.5, 1]\n", "line `4` has an interval for a probability"),
        ("@placeholders\n$x : 1\n@model\nstate 0\n\taction a\n\t\t0 : $x\n", "line `6` has a placeholder"),
        ("@type: MDP\n@parameters\np q\n@model\nstate 0\n", "parameters"),
        ("@model\naction a\n", "line `2`"),
        ("@model\nstate 0\n\t\t0 : 1\n", "line `3`"),
        ("@model\nstate 0\n\taction a\n\t\t0 : p\n", "line 4"),
        ("@model\nstate 0\n\taction a\n\t\t0 : 1\nstate 0\n", "line `5`"),
        ("@model\nstate 0\n\taction a\n\t\t7 : 1\n", "7"),
        ("@model\nstate 0\n", "transitions.0"),
        ("@nr_states\n2\n@model\nstate 0\n\taction a\n\t\t0 : 1\n", "says `2` states"),
        ("@nr_states\n²\n@model\nstate 0\n\taction a\n\t\t0 : 1\n", "says `²` states"),
        ("@nr_choices\n2\n@model\nstate 0\n\taction a\n\t\t0 : 1\n", "says `2` choices"),
        ("@type: MDP\n@nr_states\n100000000\n@model\nstate 0\n\taction a\n\t\t0 : 1\n", "line `3` speaks"),
    ],
)
def test_a_broken_drn_text_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        from_drn(text)
    assert place in caught.value.message
