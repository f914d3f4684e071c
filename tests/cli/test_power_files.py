"""The files ``remit power`` is given as users of PRISM and Storm have them: what stands beside is read, and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.tra").write_text("3 4 4\n0 0 1 1 go\n0 1 2 1 off\n1 0 1 1 stay\n2 0 2 1 stay\n", encoding="utf-8")
    return tmp_path


def test_states_and_labels_beside_transitions_are_read_and_the_json_keeps_its_form(typed: Typed, folder: Path) -> None:
    alone = json.loads(typed("power", "m.tra", "--json").out)
    (folder / "m.sta").write_text("(x,y)\n0:(0,0)\n1:(0,1)\n2:(1,0)\n", encoding="utf-8")
    (folder / "m.lab").write_text('0="init" 1="end"\n0: 0\n1: 1\n2: 1\n', encoding="utf-8")
    answer = typed("power", "m.tra", "--json")
    found = json.loads(answer.out)
    assert "read with it: m.sta, m.lab" in answer.err
    assert list(found["power"]) == ["(0,0)", "(0,1)", "(1,0)"]
    assert list(found["power"].values()) == list(alone["power"].values())
    assert found.keys() == alone.keys()
    assert list(json.loads(typed("power", "m.tra", "--state", "end", "--json").out)["power"]) == ["(0,1)", "(1,0)"]
    unknown = typed("power", "m.tra", "--state", "goal")
    assert unknown.code == 2
    assert "and the labels init, end" in " ".join(unknown.err.split())
    many = typed("power", "certify", "m.tra", "--state", "end", "--smaller", "stay")
    assert many.code == 2
    assert "`2` have that label" in " ".join(many.err.split())


def test_rewards_beside_are_one_goal_that_has_to_be_asked_for(typed: Typed, folder: Path) -> None:
    (folder / "m.srew").write_text("3 2\n1 1/4\n2 1\n", encoding="utf-8")
    drawn, one = (typed("power", "m.tra", *more, "--json").out for more in ((), ("--rewards", "m.srew")))
    assert json.loads(drawn)["power"]["0"]["exact"] == "2/3"
    assert json.loads(one)["power"]["0"]["exact"] == "1"
    told = json.loads(typed("power", "phases", "m.tra", "--state", "0", "--rewards", "m.srew", "--json").out)
    assert [phase["actions"] for phase in told["phases"]] == [["off"]]


@pytest.mark.parametrize(("name", "text"), [("m.lab", '0="init"\n9: 0\n'), ("m.sta", "(x)\n0:(0)\n")])
def test_a_fault_beside_the_model_is_unreadable_and_names_its_file(
    typed: Typed, folder: Path, name: str, text: str
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    answer = typed("power", "m.tra", "--json")
    assert answer.code == 3
    assert f"error: {name}: " in answer.err


def test_rewards_that_cannot_be_read_are_the_fault_of_their_file(typed: Typed, folder: Path) -> None:
    (folder / "m.srew").write_text("3 1\n9 1\n", encoding="utf-8")
    answer = typed("power", "m.tra", "--rewards", "m.srew")
    assert (answer.code, answer.out) == (3, "")
    assert "m.srew: line `2` of the rewards" in answer.err
    gone = typed("power", "m.tra", "--rewards", "gone.srew")
    assert gone.code == 3
    assert "error: gone.srew: cannot be read: no such file" in gone.err
    transitions = typed("power", "m.tra", "--rewards", "m.trew")
    assert transitions.code == 2
    assert "rewards of transitions are not read" in " ".join(transitions.err.split())
