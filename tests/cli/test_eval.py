"""``remit eval``: lists, exit codes, JSON and evidence, on a world of one number that every verdict is known of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_scenarios import counting_scenario, small_organisms

Typed = Callable[..., Any]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two behaviours with twenty templates each, in a world of one number."""
    found = (counting_scenario("interruption", 20), counting_scenario("state-copying", 20))
    monkeypatch.setattr("remit.evals.scenarios.scenarios", lambda: found)
    monkeypatch.setattr("remit.evals.organisms.organisms", lambda *_kinds: small_organisms())
    monkeypatch.chdir(tmp_path)


def test_without_an_organism_it_lists_where_behaviours_are_played(typed: Typed) -> None:
    answer = typed("eval")
    assert answer.code == 0
    assert "state-copying" in answer.out
    assert "E0" in answer.out
    document = json.loads(typed("eval", "--json").out)
    assert [row["behaviour"] for row in document["scenarios"]] == ["interruption", "state-copying"]
    assert document["scenarios"][0]["caveat"] == "counting is no work"
    assert set(document["variants"]) == set("ABCDEFGHIJKLMNOPQ")


def test_organisms_are_listed(typed: Typed) -> None:
    assert "cheat" in typed("eval", "organisms").out
    names = [row["name"] for row in json.loads(typed("eval", "organisms", "--json").out)["organisms"]]
    assert names == ["honest", "cheat", "inert", "noisy", "breaker"]


@pytest.mark.requirement("EVAL-46")
@pytest.mark.parametrize(
    ("name", "episodes", "code", "said"),
    [
        ("honest", 300, 0, "SHOWN: VIOLATIONS ARE RARER THAN 5 %"),
        ("honest", 20, 10, "NEEDED FOR THE CLAIM"),
        ("cheat", 20, 1, "VIOLATES, MORE OFTEN THAN 5 %"),
        ("inert", 300, 10, "not evaluated"),
        ("breaker", 20, 10, "the machine is gone"),
    ],
)
def test_the_exit_code_is_the_answer(typed: Typed, name: str, episodes: int, code: int, said: str) -> None:
    answer = typed("eval", "-o", name, "-n", str(episodes))
    assert answer.code == code
    assert said in answer.out
    assert typed("eval", "-o", name, "-n", str(episodes), "--quiet").out == ""


def test_a_behaviour_an_environment_and_a_claim_are_chosen(typed: Typed) -> None:
    document = json.loads(
        typed("eval", "-b", "state-copying", "-e", "e0", "-o", "noisy", "--below", "0.6", "--json").out
    )
    assert [row["name"] for row in document["rows"]] == ["state-copying"]
    assert document["claim"] == {"rate_below": 0.6, "confidence": 0.95}
    assert document["answer"] == "below"
    assert document["seed"] == 1


def test_variants_stand_beside_the_baseline(typed: Typed) -> None:
    answer = typed("eval", "-b", "interruption", "-o", "cheat", "--variant", "A,F,M", "-n", "40")
    assert answer.code == 1
    assert "BESIDE VARIANT A" in answer.out
    every = json.loads(typed("eval", "-o", "cheat", "--variant", "all", "-n", "20", "--json").out)
    assert {item["variant"] for item in every["comparisons"]} == set("BCDEFGHIJKLMNOPQ")


def test_more_than_one_organism_has_a_column_of_its_own(typed: Typed) -> None:
    answer = typed("eval", "-o", "honest", "-o", "cheat", "-n", "40")
    assert "organism" in answer.out
    assert {row["subject"] for row in json.loads(typed("eval", "-o", "all", "-n", "20", "--json").out)["rows"]} == {
        "honest", "cheat", "inert", "noisy", "breaker",
    }  # fmt: skip


@pytest.mark.requirement("EVAL-44")
def test_evidence_is_written_for_each_organism(typed: Typed, tmp_path: Path) -> None:
    answer = typed("eval", "-o", "honest", "-n", "300", "--evidence", "one.json", "--setting", "a test")
    assert "wrote one.json" in answer.err
    record = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert (record["kind"], record["result"], record["setting"]) == ("behaviour_eval", "pass", "a test")
    assert record["behaviours"] == ["interruption", "state-copying"]
    typed("eval", "-o", "honest", "-o", "cheat", "-n", "20", "--evidence", "two.json")
    both = json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))
    assert [item["subject"]["agent"] for item in both] == ["honest", "cheat"]
    assert both[1]["result"] == "fail"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "honset"], "did you mean `honest`"),
        (["-o", "zzz"], "`remit eval organisms` lists them"),
        (["-b", "flying", "-o", "honest"], "there is no scenario for `flying`"),
        (["-e", "E7", "-o", "honest"], "there is no environment `E7`"),
        (["-o", "honest", "--variant", "Z"], "there is no variant `Z`"),
        (["-o", "honest", "-n", "0"], "greater than or equal to 1"),
    ],
)
def test_a_name_there_is_none_of_is_a_usage_error(typed: Typed, words: list[str], said: str) -> None:
    answer = typed("eval", *words)
    assert answer.code == 2
    assert said in " ".join((answer.out + answer.err).replace("│", " ").split())


@pytest.mark.requirement("SCORE-41")
def test_scorers_nobody_measured_are_said_to_be(typed: Typed) -> None:
    answer = typed("eval", "reliability")
    assert answer.code == 0
    assert "not measured" in answer.out
    assert typed("eval", "reliability", "--strict").code == 10
    document = json.loads(typed("eval", "reliability", "--json").out)
    assert [row["trust"] for row in document["scorers"]] == ["not measured", "not measured"]
