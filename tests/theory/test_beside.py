"""What PRISM and Storm write beside the transitions of a model is read with them, and a fault names its file."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from remit import theory
from remit.errors import InvalidMDPError
from remit.theory.formats.foreign import files_beside, read_rewards

TRANSITIONS = "3 4 4\n0 0 1 1 go\n0 1 2 1 off\n1 0 1 1 stay\n2 0 2 1 stay\n"
STATES = "(row,col)\n0:(0,0)\n1:(0, 1)\n2:(1,0)\n"
LABELS = '# Labels\n0="init" 1="deadlock" 2="end"\n0: 0\n1: 2\n2: 2\n'
STORM = "#DECLARATION\ninit end\n#END\n0 init\n1 end\n2 end\n"
REWARDS = '# Reward structure: "energy"\n# State rewards\n3 2\n0 23/10\n2 1e-3\n'


def written(folder: Path, **beside: str) -> Path:
    (folder / "m.tra").write_text(TRANSITIONS, encoding="utf-8")
    for suffix, text in beside.items():
        (folder / f"m.{suffix}").write_text(text, encoding="utf-8")
    return folder / "m.tra"


def test_states_are_called_by_their_variables_and_have_their_labels(tmp_path: Path) -> None:
    model = theory.read_file(written(tmp_path, sta=STATES, lab='0="init" 1="end"\n2: 0 1\n'))
    assert model.states == ("(0,0)", "(0,1)", "(1,0)")
    assert model.numbers("end") == (2,)
    assert model.numbers("(0,1)") == (1,)
    assert (model.start, model.as_arrays().start) == (2, 2)
    assert list(theory.power(model, states=["end", "(0,0)"]).power) == ["(1,0)", "(0,0)"]


@pytest.mark.parametrize("labels", [LABELS, STORM])
def test_labels_of_prism_and_of_storm_are_read(tmp_path: Path, labels: str) -> None:
    model = theory.read_file(written(tmp_path, lab=labels))
    assert model.states == ("0", "1", "2")
    assert model.numbers("init") == (0,)
    assert model.numbers("end") == (1, 2)


def test_a_name_of_a_state_goes_before_a_label_and_an_empty_label_is_no_state(tmp_path: Path) -> None:
    model = theory.read_file(written(tmp_path, lab='0="1" 1="deadlock"\n2: 0\n'))
    assert model.numbers("1") == (1,)
    with pytest.raises(InvalidMDPError, match="`deadlock` is not one of"):
        model.numbers("deadlock")


def test_rewards_beside_are_a_goal_that_is_only_used_when_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, srew=REWARDS)
    model = theory.read_file(path)
    assert model == theory.from_transitions(TRANSITIONS)
    goal = read_rewards(path.with_suffix(".srew"), model)
    assert goal == {"0": Fraction(23, 10), "1": 0, "2": Fraction(1, 1000)}
    assert theory.power(model, rewards=goal, states="0").power["0"].fraction == Fraction(1, 1000)
    assert read_rewards(written(tmp_path, srew="0 2.3\n2 0.001\n").with_suffix(".srew"), model) == goal


@pytest.mark.parametrize(
    ("suffix", "text", "words"),
    [
        ("sta", "(x)\n0:(0)\n1:(1)\n", "`2` states are told apart, and the transitions have `3`"),
        ("sta", "(x)\n0:(0)\n1:(1)\n2:(1)\n", "`2` states are told apart"),
        ("sta", "(x)\n0:(0)\n0:(1)\n2:(2)\n", "line `3` of the states"),
        ("sta", "(x)\n0:(0)\n1:(1)\n3:(2)\n", "line `4` of the states"),
        ("sta", "(x)\n0 (0)\n", "line `2` of the states"),
        ("lab", '0="init"\n3: 0\n', "line `2` of the labels"),
        ("lab", '0="init"\n0: 7\n', "line `2` of the labels"),
        ("lab", "init\n0 end\n", "line `2` of the labels"),
        ("lab", '0="init"\nzero: 0\n', "line `2` of the labels"),
    ],
)
def test_a_fault_beside_the_transitions_names_its_file_and_line(
    tmp_path: Path, suffix: str, text: str, words: str
) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        theory.read_file(written(tmp_path, **{suffix: text}))
    assert f"m.{suffix}: " in str(refused.value)
    assert words in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize("text", ["3 2\n0 1\n", "3 1\n7 1\n", "3 1\n0 nan\n", "3\n0 1\n", "0\n"])
def test_rewards_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, srew=text)
    with pytest.raises(InvalidMDPError, match=r"m\.srew: "):
        read_rewards(path.with_suffix(".srew"), theory.read_file(path))


def test_nothing_is_read_beside_a_file_of_another_kind(tmp_path: Path) -> None:
    path = written(tmp_path, lab=LABELS)
    (tmp_path / "m.map").write_text("..\n", encoding="utf-8")
    assert files_beside(tmp_path / "m.map") == ()
    assert [other.name for other in files_beside(path)] == ["m.lab"]
    assert theory.read_file(tmp_path / "m.map").labels == ()


def test_what_is_exported_is_read_again_with_its_start(tmp_path: Path) -> None:
    arrays = theory.read_file(written(tmp_path, lab=STORM.replace("0 init", "2 init"))).as_arrays()
    files = theory.to_prism(arrays, np.array([0.5, 0.0, 1.0]))
    again = tmp_path / "again.tra"
    for suffix, text in ((".tra", files.transitions), (".lab", files.labels), (".srew", files.rewards)):
        again.with_suffix(suffix).write_text(text, encoding="utf-8")
    model = theory.read_file(again)
    assert model.start == 2
    assert list(read_rewards(again.with_suffix(".srew"), model).values()) == [Fraction(1, 2), 0, 1]
