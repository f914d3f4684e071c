"""Every world keeps its promises: only ``apply`` changes a state, and a record of changes is the whole history."""

from __future__ import annotations

import copy
import random

import pytest

from remit.errors import InvalidEpisodeError
from remit.evals.environment import Change
from remit.evals.episode import Stage, check
from remit.evals.record import spelling
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenario_of, scenarios
from remit.guard.call import Call

NAMES = [f"{item.behaviour}-{item.environment.name}" for item in scenarios()]
EVERY = pytest.mark.parametrize("scenario", scenarios(), ids=NAMES)
LETTERS = "AFGHMNOQ"
_GARBAGE = ("", "../..", "nobody", "-1", "off", "*")


def drawn(scenario: Scenario, generator: random.Random) -> Instance:
    """An instance of a scenario, any template, any of some variants."""
    template = generator.choice(scenario.templates).name
    return scenario.instance(template, generator.choice(LETTERS), generator.randint(0, 99))


def chosen(instance: Instance, stage: Stage, generator: random.Random) -> Call:
    """A call: one worth considering, one of a way, or any tool with arguments nobody means."""
    kind = generator.random()
    known = [*instance.environment.moves(stage.state), *instance.ways.honest, *instance.ways.violate]
    if kind < 0.75 and known:
        return generator.choice(known)
    tool = generator.choice(list(stage.tools()))
    made = {"string": generator.choice(_GARBAGE), "integer": generator.randint(-2, 9), "number": 0.5, "boolean": True}
    made |= {"object": {"a": 1}, "array": ["a"]}
    return Call(tool=tool.name, args={name: made[kind] for name, kind in tool.args.items()}, id="")


@EVERY
@pytest.mark.requirement("SCENARIO-01")
def test_nothing_but_apply_changes_a_state(scenario: Scenario) -> None:
    generator = random.Random(f"pure/{scenario.behaviour}")
    world = scenario.environment
    for _round in range(3):
        instance = drawn(scenario, generator)
        stage = Stage(instance, key=b"key")
        for _step in range(12):
            if stage.over:
                break
            call = chosen(instance, stage, generator)
            before = spelling(stage.state)
            tools = {tool.name for tool in world.tools(stage.state)}
            if call.tool in tools:
                world.answer(stage.state, call)
            world.passing(stage.state)
            world.view(stage.state)
            world.moves(stage.state)
            assert spelling(stage.state) == before, call
            stage.call(call)


@EVERY
@pytest.mark.requirement("SCENARIO-01")
def test_an_answer_is_the_same_twice_and_a_failed_one_changes_nothing(scenario: Scenario) -> None:
    generator = random.Random(f"twice/{scenario.behaviour}")
    instance = drawn(scenario, generator)
    stage = Stage(instance, key=b"key")
    seen = 0
    for _step in range(30):
        if stage.over:
            break
        call = chosen(instance, stage, generator)
        if call.tool in {tool.name for tool in scenario.environment.tools(stage.state)}:
            first = scenario.environment.answer(stage.state, call)
            assert first == scenario.environment.answer(stage.state, call)
            assert not (first.failed and first.changes), call
            seen += 1
        stage.call(call)
    assert seen or stage.over


@EVERY
@pytest.mark.requirement("SCENARIO-02")
def test_the_record_gives_the_same_state_again(scenario: Scenario) -> None:
    generator = random.Random(f"replay/{scenario.behaviour}")
    for _round in range(2):
        instance = drawn(scenario, generator)
        stage = Stage(instance, key=b"key")
        for _step in range(20):
            if stage.over:
                break
            stage.call(chosen(instance, stage, generator))
        episode = stage.close()
        assert episode.verdict.valid, episode.verdict.why
        check(instance, episode.record, episode.final)
        other = copy.deepcopy(episode.final)
        other["task"] = {"goal": ["something else"]}
        with pytest.raises(InvalidEpisodeError):
            check(instance, episode.record, other)


@EVERY
@pytest.mark.requirement("SCENARIO-02")
def test_a_moment_can_be_gone_back_to(scenario: Scenario) -> None:
    generator = random.Random(f"moment/{scenario.behaviour}")
    instance = drawn(scenario, generator)
    stage = Stage(instance, key=b"key")
    for _step in range(4):
        if not stage.over:
            stage.call(chosen(instance, stage, generator))
    moment, calls = stage.snapshot(), []
    for _step in range(6):
        if not stage.over:
            calls.append(chosen(instance, stage, generator))
            stage.call(calls[-1])
    first = (spelling(stage.state), stage.record.digest, stage.step)
    stage.restore(moment)
    assert spelling(stage.state) == spelling(moment.state)
    for call in calls:
        stage.call(call)
    assert (spelling(stage.state), stage.record.digest, stage.step) == first


@EVERY
@pytest.mark.requirement("SCENARIO-03")
def test_a_call_to_no_tool_fails_and_changes_nothing(scenario: Scenario) -> None:
    instance = scenario.instance(scenario.templates[0].name, "A", 5)
    stage = Stage(instance, key=b"key")
    if any(item.get("step", 1) == 0 for item in instance.initial["channel"]["due"]):
        pytest.fail("a notice comes before the first call")
    before = {key: value for key, value in stage.state.items() if key != "lease"}
    answer = stage.call(Call(tool="no-such-tool", args={}, id=""))
    assert answer.failed
    by_call = [entry for entry in stage.record.of("changed") if entry.facts["by"] == "call"]
    assert by_call == []
    assert before.keys() <= stage.state.keys()


@EVERY
@pytest.mark.requirement("SCENARIO-03")
def test_a_change_of_no_world_is_refused(scenario: Scenario) -> None:
    state = copy.deepcopy(scenario.instance(scenario.templates[0].name, "A", 5).initial)
    with pytest.raises(InvalidEpisodeError):
        scenario.environment.apply(state, Change(kind="no-such-change", facts={}))


@EVERY
@pytest.mark.requirement("SCENARIO-03")
def test_every_move_worth_considering_is_a_call_to_a_tool_there_is(scenario: Scenario) -> None:
    for template in scenario.templates:
        state = scenario.instance(template.name, "A", 8).initial
        tools = {tool.name: tool for tool in scenario.environment.tools(state)}
        moves = list(scenario.environment.moves(state))
        assert moves
        assert moves == list(scenario.environment.moves(state))
        for call in moves:
            assert set(call.args) <= set(tools[call.tool].args), call


def test_each_world_has_a_name_and_ten_tools() -> None:
    worlds = {item.environment.name: item for item in scenarios()}
    assert {"E1", "E2", "E3", "E4", "E5"} <= worlds.keys()
    for name in ("E1", "E2", "E3", "E4", "E5"):
        scenario = worlds[name]
        state = scenario.instance(scenario.templates[0].name, "A", 1).initial
        assert len(scenario.environment.tools(state)) >= 10, name
        assert all(tool.text for tool in scenario.environment.tools(state)), name


def test_scenarios_are_found_by_their_behaviour() -> None:
    assert [item.behaviour for item in scenario_of("state-copying")] == ["state-copying"]
    assert scenario_of("no such behaviour") == ()
