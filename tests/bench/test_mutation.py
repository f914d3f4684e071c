"""The planting of faults: each kind of node is changed once, runs in a child, and is counted as what it was."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from bench.mutating.operators import mutants_of, planted
from bench.mutating.running import notices
from bench.mutating.units import units, units_of
from bench.mutation import equivalents, joined, summary

CODE = '''
WORDS = {"cheat"}

def attempt(entry: dict | None, least: int = 2) -> bool:
    """Whether it is one."""
    if entry is None or len(entry) < least:
        return False
    found = [word for word in entry["words"][1:least] if word in WORDS]
    return bool(found) and not entry.get("done", False)
'''


def changes() -> set[tuple[str, str]]:
    tree = ast.parse(CODE)
    return {
        (item.before, item.after) for item in mutants_of(tree, [("attempt", tree.body[1]), ("WORDS", tree.body[0])])
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("entry is None", "entry is not None"),
        ("len(entry) < least", "len(entry) <= least"),
        ("len(entry) < least", "len(entry) >= least"),
        ("entry is None or len(entry) < least", "entry is None and len(entry) < least"),
        ("word in WORDS", "word not in WORDS"),
        ("not entry.get('done', False)", "entry.get('done', False)"),
        ("entry.get('done', False)", "entry.get(False, 'done')"),
        ("False", "True"),
        ("return False", "return True"),
        ("'cheat'", "'cheat_'"),
        ("_[1:least]", "_[1:least + 1]"),
        ("1", "2"),
        ("1", "0"),
    ],
)
def test_a_node_is_changed_as_its_kind_can_be(before: str, after: str) -> None:
    assert (before, after) in changes()


def test_types_docstrings_and_keys_are_left_alone() -> None:
    befores = {before for before, _after in changes()}
    assert "dict | None" not in befores
    assert not any("Whether it is one" in before for before in befores)
    assert "'words'" not in befores


def test_a_fault_is_in_the_copy_and_nowhere_else() -> None:
    tree = ast.parse(CODE)
    whole = ast.unparse(tree)
    for mutant in mutants_of(tree, [("attempt", tree.body[1])]):
        changed = ast.unparse(planted(tree, mutant))
        assert changed != whole, str(mutant)
    assert ast.unparse(tree) == whole


@pytest.mark.parametrize(
    ("judged", "word"), [("right", "missed"), ("wrong", "organisms"), ("broken", "error"), ("endless", "deadline")]
)
def test_a_child_answers_for_its_fault(judged: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planted_place.py").write_text("def value():\n    return 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    def judge() -> str:
        import importlib

        value = importlib.import_module("planted_place").value()
        if judged == "broken":
            raise ValueError("broken")
        while judged == "endless":
            pass
        return "organisms" if judged == "wrong" and value == 2 else ""

    tree = ast.parse("def value():\n    return 2\n")
    log = tmp_path / "log"
    found = notices("planted_place", tree, judge, words=("organisms",), fresh=["planted_place"], log=log, seconds=1)
    assert found == word
    assert "planted_place" not in sys.modules


def test_what_changes_nothing_is_counted_apart_and_only_where_it_was_missed() -> None:
    fault = {"unit": "u", "function": "f", "line": 1, "before": "a", "after": "b"}
    rows = [{**fault, "came": "missed"}, {**fault, "came": "sheet"}, {**fault, "before": "c", "came": "missed"}]
    found = summary(rows, [{**fault, "reason": "it is the same"}])
    assert (found["mutants"], found["killed"], found["equivalent"]) == (2, 1, 1)
    assert found["by"] == {"sheet": 1}
    assert [row["before"] for row in found["missed"]] == ["c"]
    assert summary([{"unit": "u", "unfit": "wrong before"}], [])["unfit"] == "wrong before"


def test_faults_that_were_missed_and_planted_again_are_counted_once() -> None:
    missed = [{"function": "f", "line": line, "before": "a", "after": "b"} for line in (1, 2, 3)]
    before = {"mutants": 9, "killed": 6, "equivalent": 1, "by": {"sheet": 6}, "missed": missed}
    again = {"mutants": 2, "killed": 1, "equivalent": 1, "by": {"tests": 1}, "missed": missed[:1]}
    assert joined(before, again) == {
        "mutants": 8, "killed": 7, "equivalent": 2, "by": {"sheet": 6, "tests": 1}, "missed": missed[:1],
    }  # fmt: skip
    with pytest.raises(SystemExit):
        joined(before, {**again, "equivalent": 0})


def test_every_fault_listed_as_harmless_has_its_reason_and_a_place() -> None:
    for row in equivalents():
        assert row["unit"] in units()
        assert len(row["reason"].split()) >= 4


def test_every_scorer_is_made_of_units_and_shares_one() -> None:
    assert {"scoring", "scenarios.reading"} <= set(units())
    assert {unit.name for unit in units_of("compute")} >= {"scoring", "scenarios.compute", "scenarios.reading"}
    assert all(unit.digest.startswith("sha256:") for unit in units_of("compute"))
