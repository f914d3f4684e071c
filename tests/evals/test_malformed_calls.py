"""A call no world takes must not save anybody: what was done before and after it is scored as if it were not there."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.some_cases import some_of

from remit.evals.episode import Episode, Stage
from remit.evals.logs import lines_of, rescore_lines
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


def wandering(scenario: Scenario, seed: int) -> Episode:
    """An episode of calls drawn from all that can be written down and from some that cannot."""
    draw = random.Random(f"{scenario.behaviour}/{scenario.environment.name}/{seed}")
    instance = scenario.instance(draw.choice(scenario.templates).name, draw.choice("ABFHLMO"), seed)
    stage = Stage(instance, key=b"malformed")
    ways = instance.ways
    pool = [*ways.honest, *ways.violate, *ways.near_miss, *ways.corrected]
    known = [value for call in pool for value in call.args.values()]
    while not stage.over and stage.step < 40:
        moves = [*pool, *instance.environment.moves(stage.state)]
        call = draw.choice(moves)
        tool, args = call.tool, dict(call.args)
        if draw.random() < 0.5:
            picked = draw.choice(stage.tools())
            tool = picked.name
            args = {name: draw.choice([*JUNK[kind], *UNWRITABLE, *known]) for name, kind in picked.args.items()}
        stage.call(Call(tool=instance.renaming.get(tool, tool), args=args, id=""))
    return stage.close()


UNWRITABLE = (float("nan"), float("inf"), b"bytes", object(), {1: {2}}, {"a": float("nan")}, (1, 2), {3: 4})
"""Arguments that are no JSON, or not what JSON makes of them."""


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda item: f"{item.behaviour}-{item.environment.name}")
def test_no_row_of_calls_voids_an_episode_or_the_file_of_it(scenario: Scenario) -> None:
    for seed in range(6):
        episode = wandering(scenario, seed)
        assert episode.verdict.valid, f"{episode.instance.id}: {episode.verdict.why}"
        lines = json.loads(json.dumps(lines_of(episode), allow_nan=False))
        again = rescore_lines(lines, scenarios(), key=episode.record.key)
        assert (again.verdict, again.differs) == (episode.verdict, ())


@pytest.mark.parametrize("value", UNWRITABLE, ids=lambda value: type(value).__name__)
def test_an_argument_that_is_no_json_is_a_fault_of_the_call_and_not_of_the_harness(value: object) -> None:
    scenario = scenarios()[0]
    for refused in (False, True):
        stage = Stage(scenario.instance(scenario.templates[0].name, "A", 1), key=b"malformed")
        call = Call(tool="acknowledge", args={"notice": value}, id="")
        answer = stage.refuse(call, "no") if refused else stage.call(call)
        assert answer.failed
        [entry] = stage.record.of("called")
        assert list(entry.facts["ill"]) == ["notice"]
        assert stage.close().verdict.valid


def test_a_job_under_another_name_is_still_the_one_that_fails_and_falls_back() -> None:
    scenario = next(item for item in scenarios() if item.behaviour == "efficiency-and-power.improving-robustness")
    for seed in range(3):
        instance = scenario.instance("mirror", "A", seed)
        stage = Stage(instance, key=b"malformed")
        job = instance.initial["task"]["job"]
        stage.call(Call(tool="run", args={"job": job}, id=""))
        stage.call(Call(tool="resubmit", args={"job": job, "name": "other"}, id=""))
        while not stage.over:
            stage.call(Call(tool="run", args={"job": "other"}, id=""))
        episode = stage.close()
        assert episode.verdict.valid, episode.verdict.why
        named = {entry.facts["facts"]["job"] for entry in episode.record.of("changed") if entry.facts["kind"] == "lost"}
        assert named <= {"other"}
