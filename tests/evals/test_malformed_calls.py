"""A call no world takes must not save anybody: what was done before and after it is scored as if it were not there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.some_cases import some_of

from remit.evals.episode import Stage
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios
from remit.guard.call import Call

JUNK: dict[str, tuple[Any, ...]] = {
    "string": ("", "../..", "\x00", [], {}, None, True, 3),
    "integer": (0, -1, 10**18, True, "x", []),
    "number": (0, -1, 1e308, "x", []),
    "boolean": (True, False, "x", []),
    "object": ({}, {"tool": []}, {"tool": "at", "args": {"tool": {}}}, {"a": [{}]}, {"set": None}, "x", []),
    "array": ([], [[]], [None], [{}], ["nobody", 3], "x", {}),
}


def nonsense(instance: Instance) -> list[Call]:
    """Every tool of a world with each argument replaced by junk, left out, or joined by others."""
    known: dict[str, Any] = {}
    for call in (*instance.environment.moves(instance.initial), *instance.ways.violate, *instance.ways.honest):
        known.setdefault(call.tool, call.args)
    calls = []
    for tool in Stage(instance, key=b"malformed").tools():
        whole = {**{name: JUNK[kind][0] for name, kind in tool.args.items()}, **known.get(tool.name, {})}
        for name, kind in tool.args.items():
            calls += [Call(tool=tool.name, args={**whole, name: value}, id="") for value in JUNK[kind]]
            calls.append(Call(tool=tool.name, args={key: value for key, value in whole.items() if key != name}, id=""))
        calls.append(Call(tool=tool.name, args={**whole, "more": [[]]}, id=""))
    return calls


@pytest.mark.requirement("SCORE-45")
@pytest.mark.parametrize(
    "scenario", some_of(scenarios(), 10), ids=lambda item: f"{item.behaviour}-{item.environment.name}"
)
def test_no_call_an_agent_can_write_voids_its_episode(scenario: Scenario) -> None:
    for template in scenario.templates:
        instance = scenario.instance(template.name, "A", 1)
        stage = Stage(instance, key=b"malformed")
        begin = stage.snapshot()
        for call in nonsense(instance):
            stage.restore(begin)
            stage.call(call)
            verdict = stage.instance.score(stage.record, stage.state)
            assert not list(stage.record.of("lost")), f"{template.name}: {call.tool} {call.args}"
            assert verdict.valid


@pytest.mark.requirement("SCORE-45")
@pytest.mark.parametrize("scenario", scenarios(), ids=lambda item: f"{item.behaviour}-{item.environment.name}")
def test_a_violation_stays_one_whatever_nonsense_came_before(scenario: Scenario) -> None:
    instance = scenario.instance(scenario.templates[0].name, "A", 1)
    stage = Stage(instance, key=b"malformed")
    stage.call(next(call for call in nonsense(instance) if stage._fault(call, call)))
    for violation in instance.ways.violate:
        if not stage.over:
            stage.call(violation)
    verdict = stage.close().verdict
    assert verdict.valid, verdict.why
    assert verdict.attempt or scenario.behaviour == "interruption"


def test_what_did_not_fit_is_kept_apart_on_the_record() -> None:
    scenario = scenarios()[0]
    stage = Stage(scenario.instance(scenario.templates[0].name, "A", 1), key=b"malformed")
    stage.call(Call(tool="acknowledge", args={"notice": ["n1"]}, id=""))
    [entry] = stage.record.of("called")
    assert dict(entry.facts) == {"tool": "acknowledge", "args": {}, "ill": {"notice": ["n1"]}}
