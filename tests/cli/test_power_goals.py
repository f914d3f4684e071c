"""``remit power --rewards`` with goals drawn as wholes: the same numbers as Python gives, and bad tables by their line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remit.theory.answers import Answers
from remit.theory.notebook import power
from remit.theory.rational import read_model
from remit.theory.rewards import Normal, uniform
from remit.theory.together import Correlated, Linear, Listed, Together

pytestmark = pytest.mark.usefixtures("folder")
Typed = Callable[..., Any]

MODEL = {
    "states": ["start", "work", "off", "1,0"],
    "transitions": {
        "start": {"work": {"work": 1}, "off": {"off": 1}},
        "work": {"try": {"1,0": "1/2", "work": "1/2"}, "back": {"start": 1}},
        "off": {"stay": {"off": 1}},
        "1,0": {"stay": {"1,0": 1}},
    },
    "rewards": "iid U[0,1]",
}
FEATURES = 'state,money,fame\nwork,1,0\n"1,0",1/4,-1e-1\n\n*,0,0\n'
GOALS = 'weight,off,"1,0",*\n3,1,0,0\n1,0,1/2,0.25\n'
LIKED = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.25, -0.1]])
LISTED = np.array([[0.0, 0.25], [0.0, 0.25], [1.0, 0.0], [0.0, 0.5]])
WEIGHTS = np.array([3.0, 1.0])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model, and tables of goals and of features beside it."""
    monkeypatch.chdir(tmp_path)
    written = {
        "model.json": json.dumps(MODEL),
        "features.csv": FEATURES,
        "features (1).csv": FEATURES,
        "goals.csv": GOALS,
        "goals.json": '[{"weight": 3, "off": 1, "*": 0},\n {"weight": "1", "off": 0, "1,0": 0.5, "*": "1/4"}]',
        "even.csv": GOALS.replace("3,1,", "1,1,"),
        "features.json": '[{"state": "work", "money": 1, "fame": 0},\n\n {"state": "1,0", "money": "1/4", "fame": -0.1},'
        ' {"state": "*", "money": 0, "fame": 0}]',
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def numbers(found: Answers) -> dict[str, object]:
    """What JSON says of answers."""
    return json.loads(json.dumps(found.as_json()))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("words", "goals"),
    [
        ("correlated(1/2)", Correlated(reward=uniform(), common=0.5)),
        ("Correlated ( 0.9 ) normal(0, 2)", Correlated(reward=Normal(mean=0.0, deviation=2.0), common=0.9)),
        ("linear(features.csv)", Linear(features=LIKED, weights=uniform())),
        ("linear(features.json) normal(0,1)", Linear(features=LIKED, weights=Normal(mean=0.0, deviation=1.0))),
        ("linear(features (1).csv) U[-1,1]", Linear(features=LIKED, weights=uniform(-1, 1))),  # type: ignore[arg-type]
        ("listed(goals.csv)", Listed(goals=LISTED, weights=WEIGHTS)),
        ("listed(goals.json)", Listed(goals=LISTED, weights=WEIGHTS)),
        ("listed(even.csv)", Listed(goals=LISTED, weights=np.ones(2))),
    ],
)
def test_the_numbers_are_those_of_python_at_the_same_seed(typed: Typed, words: str, goals: Together) -> None:
    asked = ("--samples", "200", "--seed", "7", "--probability", "--json")
    found = json.loads(typed("power", "model.json", "--rewards", words, *asked).out)
    assert found.pop("rewards") == words
    mdp = read_model(json.dumps(MODEL))
    assert found == numbers(power(mdp, rewards=goals, samples=200, seed=7, probability=True))


@pytest.mark.parametrize("discount", ["0", "0.5", "1"])
def test_limits_and_sweeps_are_answered_and_say_what_is_drawn(typed: Typed, discount: str) -> None:
    words = "listed(goals.csv)"
    goals = Listed(goals=LISTED, weights=WEIGHTS)
    typed_as = ("model.json", "--rewards", words, "--samples", "100", "--json")
    swept = json.loads(typed("power", "sweep", *typed_as, "--discounts", discount).out)
    alone = json.loads(typed("power", *typed_as, "--discount", discount).out)
    assert swept["rewards"] == alone.pop("rewards") == words
    assert swept["answers"] == [alone]
    mdp = read_model(json.dumps(MODEL))
    assert alone == numbers(power(mdp, rewards=goals, samples=100, discount=discount))


def test_a_half_width_is_reached_and_the_screen_names_what_is_drawn(typed: Typed) -> None:
    answer = typed("power", "model.json", "--rewards", "listed(goals.csv)", "--half-width", "0.05")
    assert answer.code == 0
    assert "over rewards listed(goals.csv) (95 % intervals" in " ".join(answer.out.split())


def test_a_model_may_say_that_its_rewards_are_correlated_but_names_no_file(typed: Typed) -> None:
    asked = ("power", "model.json", "--samples", "100", "--json")
    typed_in = json.loads(typed(*asked, "--rewards", "correlated(1/2) U[0,2]").out)
    Path("model.json").write_text(json.dumps({**MODEL, "rewards": "correlated(1/2) U[0,2]"}), encoding="utf-8")
    assert json.loads(typed(*asked).out) == typed_in
    Path("model.json").write_text(json.dumps({**MODEL, "rewards": "listed(goals.csv)"}), encoding="utf-8")
    answer = typed(*asked)
    assert answer.code == 3
    assert "model.json: `listed(goals.csv)` at `rewards`" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("correlated(1.5)", "`1.5` is not what two states may have in common"),
        ("correlated(nan)", "`nan` at `correlated` is not a number"),
        ("correlated()", "`` at `correlated` is not a number"),
        ("correlated", "write correlated(1/2) U[0,1]"),
        ("correlated(1/2) iid U[0,1]", "is not a distribution that is known"),
        ("correlated(1/2) U[0,1]; off fixed 0", "is not a distribution that is known"),
        ("linear(features.csv) gaussian", "`gaussian` at `rewards` is not a distribution"),
        ("listed(goals.csv) normal(0,1)", "`normal(0,1)` says nothing of goals that are listed"),
        ("listed()", "listed(FILE)"),
        ("goals.csv", "write listed(goals.csv) or linear(goals.csv)"),
    ],
)
def test_words_that_draw_nothing_are_a_usage_error(typed: Typed, words: str, said: str) -> None:
    answer = typed("power", "model.json", "--rewards", words)
    assert (answer.code, answer.out) == (2, "")
    assert said in " ".join(answer.err.split())


@pytest.mark.parametrize("words", ["correlated(1/2)", "linear(features.csv)", "listed(goals.csv)"])
@pytest.mark.parametrize("options", [["--exact"], ["--scheme", "sobol"], ["--orbits"]])
def test_what_only_rewards_drawn_for_each_state_allow_is_a_usage_error(
    typed: Typed, words: str, options: list[str]
) -> None:
    answer = typed("power", "model.json", "--rewards", words, *options)
    assert (answer.code, answer.out) == (2, "")
    assert "goals drawn as wholes are sampled plainly" in " ".join(answer.err.split())


def test_phases_are_of_one_goal_and_not_of_a_list(typed: Typed) -> None:
    answer = typed("power", "phases", "model.json", "--state", "start", "--rewards", "listed(goals.csv)")
    assert answer.code == 2
    assert "phases are of one goal" in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        ("listed(t.csv)", "", "t.csv: the table is empty"),
        ("listed(t.csv)", "off,*\n", "t.csv: the table is empty"),
        ("listed(t.csv)", "off,*\n1,0\n1,nan\n", "t.csv:3:1: `nan` at `*` is not a number"),
        ("listed(t.csv)", "off,*\n,0\n", "t.csv:2:1: `` at `off` is not a number"),
        ("listed(t.csv)", "off,*\n1e101,0\n", "t.csv:2:1: the number at `off` is beyond 1e100"),
        ("listed(t.csv)", "off,start\n1,0\n", "t.csv:2:1: `work` is left out"),
        ("listed(t.csv)", "of,*\n1,0\n", "t.csv:2:1: `of` is no state"),
        ("listed(t.csv)", "off,*,off\n1,0,0\n", "t.csv:1:1: `off` is named twice"),
        ("listed(t.csv)", "1,0,*\n1,0\n", "t.csv:2:1: `2` cells, and the first line names `3`"),
        ("listed(t.csv)", 'off,*\n"1"2,0\n', "t.csv:2:1: not CSV"),
        ("listed(t.csv)", "*,weight\n1,1\n0,-1\n", "t.csv:3:1: the weight `-1` is negative"),
        ("listed(t.csv)", "*,weight\n1,much\n", "t.csv:2:1: `much` at `weight` is not a number"),
        ("listed(t.csv)", "*,weight\n1,0\n0,0\n", "t.csv: no goal has any weight"),
        ("listed(t.json)", "[]", "t.json: the table is empty"),
        ("listed(t.json)", '{"off": 1}', "t.json: the table is not a list of objects"),
        ("listed(t.json)", '[{"*": 1},\n 2]', "t.json: the table is not a list of objects"),
        ("listed(t.json)", '[{"*": 1},\n {"*": NaN}]', "`NaN` is not a finite number"),
        ("listed(t.json)", '[{"*": 1,\n "*": 2}]', "`*` is written twice"),
        ("listed(t.json)", '[{"*": 1},\n\n {"off": 1}]', "t.json:3:1: `start` is left out"),
        ("listed(t.json)", '[\n{"*": true}]', "t.json:2:1: `True` at `*` is not a number"),
        ("listed(t.json)", '[{"*": 1, "weight": 1},\n{"*": 1}]', "t.json:2:1: `weight` is left out"),
        ("listed(t.json)", '[{"*": 1},\n{"*": 1, "weight": 1}]', "t.json:2:1: `weight` is no state"),
        ("linear(t.csv)", "state,money\nnowhere,1\n", "t.csv:2:1: `nowhere` is no state"),
        ("linear(t.csv)", "state,money\n*,1\noff,1\noff,2\n", "t.csv:4:1: state `off` has a line already"),
        ("linear(t.csv)", "state,money\noff,1\n", "t.csv: state `start` is left out"),
        ("linear(t.csv)", "state,money\n*,inf\n", "t.csv:2:1: `inf` at `money` is not a number"),
        ("linear(t.csv)", "state\n*\n", "t.csv: no feature is named"),
        ("linear(t.csv)", ",money\n*,1\n", "t.csv:2:1: no `state` is named"),
        ("linear(t.json)", '[{"state": "off", "a": 1},\n{"state": "*"}]', "t.json:2:1: `a` is left out"),
        (
            "linear(t.json)",
            '[{"state": "*", "a": 1, "b": 1},\n{"state": "off", "*": 1}]',
            "t.json:2:1: `*` is no feature",
        ),
        ("linear(gone.csv)", "", "gone.csv: cannot be read: no such file"),
    ],
)
def test_a_bad_table_is_unreadable_and_named_with_its_line(typed: Typed, words: str, text: str, said: str) -> None:
    for name in ("t.csv", "t.json"):
        Path(name).write_text(text, encoding="utf-8")
    answer = typed("power", "model.json", "--rewards", words, "--json")
    assert answer.code == 3
    assert said in " ".join(answer.err.split())
    assert json.loads(answer.out)["error"]["code"] == "model.invalid-mdp"


def test_a_table_that_is_no_text_is_unreadable(typed: Typed) -> None:
    Path("t.csv").write_bytes(b"off,*\n\xff,0\n")
    answer = typed("power", "model.json", "--rewards", "listed(t.csv)")
    assert (answer.code, answer.out) == (3, "")
    assert "t.csv: cannot be read: not UTF-8 text" in answer.err


def test_a_table_as_spreadsheets_write_it_is_the_same_table(typed: Typed) -> None:
    asked = ("power", "model.json", "--samples", "50", "--json", "--rewards", "listed(goals.csv)")
    plain = typed(*asked).out
    Path("goals.csv").write_bytes(b"\xef\xbb\xbf" + GOALS.replace("\n", "\r\n").encode())
    assert typed(*asked).out == plain


def test_names_in_a_table_cannot_write_on_the_terminal(typed: Typed) -> None:
    Path("t.csv").write_text("\x1b[2J,*\n1,0\n", encoding="utf-8")
    answer = typed("power", "model.json", "--rewards", "listed(t.csv)")
    assert answer.code == 3
    assert "is no state" in answer.err
    assert "\x1b" not in answer.out + answer.err


def test_a_state_called_weight_is_a_state(typed: Typed) -> None:
    ends = {name: {"stay": {name: 1}} for name in ("weight", "off")}
    model = {"states": ["s", *ends], "transitions": {"s": {"on": {"weight": 1}, "out": {"off": 1}}, **ends}}
    Path("weight.json").write_text(json.dumps(model), encoding="utf-8")
    Path("t.csv").write_text("s,off,weight\n0,0,1\n0,0,3\n", encoding="utf-8")
    asked = ("power", "weight.json", "--state", "s", "--samples", "4000", "--json")
    found = json.loads(typed(*asked, "--rewards", "listed(t.csv)").out)["power"]["s"]
    assert found["low"] < 2 < found["high"]  # each as probable: 1 and 3
