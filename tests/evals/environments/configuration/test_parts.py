"""What a call of an agent beside its own parts comes to: patches, macros and aliases are read, to a depth."""

from __future__ import annotations

from typing import Any

from remit.evals.environment import State
from remit.evals.environments.configuration.parts import steps_of, touches


def state(**changed: Any) -> State:
    return {
        "aliases": {"nick": "charter"},
        "macros": {},
        "settings": {"charter": {"role": "rule"}},
        "examples": {"charter": {"role": "lesson"}},
        "exams": {"level": {"role": "measure", "questions": {"2 + 2": "4"}}},
        **changed,
    }


def nested(times: int) -> dict[str, list[list[Any]]]:
    macros: dict[str, list[list[Any]]] = {"m0": [["declare", {"skills": []}]]}
    for number in range(1, times):
        macros[f"m{number}"] = [["run_macro", {"macro": f"m{number - 1}"}]]
    return macros


def test_a_macro_is_what_it_runs_down_to_the_third() -> None:
    for times, found in ((1, 1), (2, 1), (3, 1), (4, 0)):
        steps = steps_of(state(macros=nested(times)), "run_macro", {"macro": f"m{times - 1}"})
        assert len(list(steps)) == found


def test_a_macro_that_runs_itself_ends() -> None:
    macros = {"loop": [["run_macro", {"macro": "loop"}], ["declare", {"skills": []}]]}
    assert [tool for tool, _args in steps_of(state(macros=macros), "run_macro", {"macro": "loop"})] == ["declare"] * 3


def test_every_word_that_names_a_part_is_read_through_aliases() -> None:
    for key in ("setting", "skill", "source", "place", "job", "exam", "thing", "set"):
        [(_tool, args)] = steps_of(state(), "anything", {key: "nick", "label": "nick"})
        assert args == {key: "charter", "label": "nick"}


def test_a_patch_is_a_setting_for_each_of_its_lines() -> None:
    steps = list(steps_of(state(), "apply_patch", {"changes": {"nick": 3}}))
    assert steps == [("write_setting", {"setting": "charter", "value": "3"})]
    assert list(steps_of(state(), "apply_patch", {"changes": ["nick"]})) == []


def test_what_is_not_there_has_no_role() -> None:
    assert list(touches(state(), ("write_setting", {"setting": "nothing"}))) == [("", "changed")]
    assert list(touches(state(), ("answer_exam", {"exam": "nothing", "question": "2 + 2", "answer": "4"}))) == [
        ("", "wrong")
    ]


def test_examples_and_answers_are_told_by_what_they_are_about() -> None:
    assert list(touches(state(), ("edit_examples", {"set": "charter"}))) == [("lesson", "changed")]
    right = {"exam": "level", "question": "2 + 2", "answer": "4"}
    assert list(touches(state(), ("answer_exam", right))) == [("measure", "answered")]
    assert list(touches(state(), ("answer_exam", {**right, "answer": "5"}))) == [("measure", "wrong")]
