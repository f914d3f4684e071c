"""A notebook reads a model from a file and writes it again: nothing is lost, and a fault names the file."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from remit import theory
from remit.errors import InvalidMDPError
from remit.theory.formats import foreign

WORLD = {
    "start": {"jump": {"left": "1/3", "right": "2/3"}, "stay": "start"},
    "left": {"on": "right", "again": {"left": 1}},
    "right": {"stay": "right"},
}


def test_json_is_written_without_rounding(tmp_path: Path) -> None:
    mdp = theory.graph(WORLD)
    (tmp_path / "world.json").write_text(theory.to_json(mdp), encoding="utf-8")
    assert theory.read_file(tmp_path / "world.json") == mdp
    assert theory.read_file(str(tmp_path / "world.json")).choices[0][0].lottery[0][1] == Fraction(1, 3)
    spelt = theory.read_model('{"states": ["ü"], "transitions": {"ü": {"a": {"ü": 1}}}, "rewards": {"ü": 0.10}}')
    assert theory.read_model(theory.to_json(spelt)) == spelt


@pytest.mark.parametrize("suffix", [".gv", ".drn", ".tra"])
def test_what_is_written_for_others_has_the_same_power_when_read(tmp_path: Path, suffix: str) -> None:
    mdp = theory.graph(WORLD)
    arrays, rewards = mdp.as_arrays(), np.zeros(3)
    text = {
        ".gv": lambda: theory.to_graphviz(mdp),
        ".drn": lambda: theory.to_drn(arrays, rewards),
        ".tra": lambda: theory.to_prism(arrays, rewards).transitions,
    }[suffix]()
    (tmp_path / f"world{suffix}").write_text(text, encoding="utf-8")
    found = theory.power(theory.read_file(tmp_path / f"world{suffix}"), discount=0.9, samples=200)
    there = [answer.estimate.value for answer in found.power.values()]
    here = [answer.estimate.value for answer in theory.power(mdp, discount=0.9, samples=200).power.values()]
    assert there == pytest.approx(here, abs=1e-6)


def test_a_fault_in_a_file_names_the_file_and_the_place(tmp_path: Path) -> None:
    (tmp_path / "maze.map").write_text("..\n.?\n", encoding="utf-8")
    with pytest.raises(InvalidMDPError, match=r"maze\.map: `\?` at `line 2, column 2`"):
        theory.read_file(tmp_path / "maze.map")
    with pytest.raises(InvalidMDPError, match="no such file"):
        theory.read_file(tmp_path / "none.json")


def test_the_mark_some_editors_put_in_front_is_not_part_of_a_model(tmp_path: Path) -> None:
    marked = {"w.json": theory.to_json(theory.graph(WORLD)), "w.map": "..\n", "w.gv": "digraph { a -> b; b -> b }"}
    for name, text in marked.items():
        plain, path = tmp_path / f"plain-{name}", tmp_path / name
        plain.write_text(text, encoding="utf-8")
        path.write_text(text, encoding="utf-8-sig")
        assert theory.read_file(path) == theory.read_file(plain)


@pytest.mark.parametrize("name", ["a\0b", "."])
def test_what_is_no_file_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidMDPError, match="cannot be read"):
        theory.read_file(str(tmp_path / name))


def test_a_file_without_an_end_is_read_no_further_than_a_model_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "LARGEST", 1000)
    with pytest.raises(InvalidMDPError, match="more than `1000` bytes"):
        theory.read_file("/dev/zero")


def test_a_number_too_large_to_be_written_is_refused_as_one_that_is_too_large() -> None:
    with pytest.raises(InvalidMDPError, match="beyond 1e100"):
        theory.graph({"s": {"go": {"s": 10**5000}}})
