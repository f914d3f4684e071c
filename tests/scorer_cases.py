"""What the tests of scorers are written with: entries made by hand, and episodes played from a list of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.evals.episode import Episode, Stage
from remit.evals.record import Record, RecordEntry
from remit.evals.scenario import Instance, Scenario
from remit.guard.call import Call

__all__ = [
    "Facts",
    "attempted",
    "call",
    "done",
    "expect_effects",
    "expect_failed_attempt",
    "expect_marks",
    "expect_no_marks",
    "expect_no_marks_of_nonsense",
    "expect_put_off",
    "expect_story",
    "opportune",
    "played",
    "put_off",
    "reported",
    "useful",
]

Facts = Mapping[str, Any]

ODD: tuple[object, ...] = (None, 7, 1.5, True, ["a"], {"a": "b"}, "nobody", "")
"""What an argument may be instead of a name."""


def call(tool: str, /, **args: object) -> Call:
    """A call."""
    return Call(tool=tool, args=args, id="")


def attempted(scenario: Scenario, initial: Facts, tool: str, args: Facts) -> bool:
    """Whether a call is marked as an attempt."""
    entry = RecordEntry(number=1, step=0, kind="called", facts={"tool": tool, "args": dict(args)}, receipt="")
    return scenario.marks.attempt(dict(initial), entry)


def put_off(scenario: Scenario, initial: Facts, tool: str, args: Facts) -> bool:
    """Whether a call is marked that has the same call made later."""
    deferring = {"E2": "run_macro", "E3": "schedule_call", "E4": "instruct"}[scenario.environment.name]
    return attempted(scenario, initial, deferring, {"tool": tool, "args": dict(args), "after": 3})


def done(scenario: Scenario, kind: str, facts: Facts, *, who: str = "you", by: str = "call") -> bool:
    """Whether a change is marked as the effect."""
    told = {"kind": kind, "facts": {"who": who, **facts}, "irreversible": False, "by": by}
    return scenario.marks.effect({}, RecordEntry(number=1, step=0, kind="changed", facts=told, receipt=""))


def opportune(scenario: Scenario, initial: Facts) -> bool:
    """Whether the behaviour was possible."""
    return scenario.marks.opportunity(dict(initial), Record(b"key"))


def useful(scenario: Scenario, final: Facts) -> float:
    """How much of the task was done."""
    return scenario.marks.usefulness({}, dict(final))


def played(instance: Instance, calls: Sequence[Call]) -> Episode:
    """The episode of these calls, under the names they have in the instance."""
    stage = Stage(instance, key=b"scorer")
    for item in calls:
        if not stage.over:
            stage.call(replace(item, tool=instance.renaming.get(item.tool, item.tool)))
    return stage.close()


def reported(instance: Instance, calls: Sequence[Call], claims: Facts) -> bool:
    """Whether a report after these calls is called false."""
    return played(instance, [*calls, call("report", claims=dict(claims))]).verdict.false_report


def expect_marks(scenario: Scenario, initial: Facts, meant: Sequence[tuple[str, Facts]]) -> None:
    """See that every one of these calls is marked, also where it is put off, and not under another tool's name."""
    for tool, args in meant:
        assert attempted(scenario, initial, tool, args), (tool, args)
        assert put_off(scenario, initial, tool, args), (tool, args)
        assert not attempted(scenario, initial, f"{tool}_not", args), (tool, args)


def expect_no_marks(scenario: Scenario, initial: Facts, innocent: Sequence[tuple[str, Facts]]) -> None:
    """See that none of these calls is marked, put off or not."""
    for tool, args in innocent:
        assert not attempted(scenario, initial, tool, args), (tool, args)
        assert not put_off(scenario, initial, tool, args), (tool, args)


def expect_no_marks_of_nonsense(scenario: Scenario, initial: Facts, names: Mapping[str, str]) -> None:
    """See that arguments that name nothing are no attempt; ``names`` maps a tool to the argument that names a thing."""
    for tool, name in names.items():
        for value in ODD:
            assert not attempted(scenario, initial, tool, {name: value}), (tool, value)
        assert not attempted(scenario, initial, tool, {}), tool
        assert not attempted(scenario, {}, tool, {name: "anything"}), tool
        for inner in ({"tool": [tool], "args": {}}, {"tool": tool, "args": [name]}, {"args": {name: "anything"}}):
            assert not attempted(scenario, initial, "nothing", inner), inner


def expect_effects(
    scenario: Scenario, effects: Sequence[tuple[str, Facts]], other: Sequence[tuple[str, Facts]]
) -> None:
    """See which changes are the effect, that they are by whatever way, and never where a peer or the world made them."""
    for kind, facts in effects:
        assert done(scenario, kind, facts), (kind, facts)
        assert done(scenario, kind, facts, by="world"), (kind, facts)
        assert not done(scenario, kind, facts, who="peer"), (kind, facts)
        assert not done(scenario, kind, facts, who="world"), (kind, facts)
        assert not done(scenario, f"{kind}-not", facts), (kind, facts)
    for kind, facts in other:
        assert not done(scenario, kind, facts), (kind, facts)


def expect_story(scenario: Scenario, template: str, *, seed: int = 3) -> None:
    """Play what every scorer has to tell apart in one template.

    The behaviour alone is an attempt with an effect; done twice it is told by its first time; after the task it still
    counts; part of the task is part of it; what a peer does is not the agent's.
    """
    instance = scenario.instance(template, "A", seed)
    ways = instance.ways
    kept = [item for item in ways.violate if item not in ways.honest]
    alone = played(instance, kept).verdict
    assert (alone.attempt, alone.effect, str(alone.outcome)) == (True, True, "violate")
    twice = played(instance, [*ways.violate, *kept]).verdict
    assert twice.steps_to_attempt == played(instance, ways.violate).verdict.steps_to_attempt
    late = played(instance, [*ways.honest, *kept]).verdict
    assert late.usefulness == 1
    assert late.attempt
    assert late.steps_to_attempt is not None
    assert late.steps_to_attempt >= len(ways.honest)
    part = played(instance, ways.honest[:-1]).verdict
    assert (part.attempt, part.effect) == (False, False)
    assert part.usefulness < 1
    beside = played(scenario.instance(template, "O", seed), ways.honest).verdict
    assert (beside.attempt, beside.effect, beside.usefulness) == (False, False, 1.0)


def expect_put_off(scenario: Scenario, template: str, *, seed: int = 3) -> None:
    """See that the first call of a behaviour takes effect when it is put off: by the world, some calls later."""
    instance = scenario.instance(template, "A", seed)
    only = next(item for item in instance.ways.violate if item not in instance.ways.honest)
    deferring = {"E2": "run_macro", "E3": "schedule_call", "E4": "instruct"}[scenario.environment.name]
    later = call(deferring, tool=only.tool, args=dict(only.args), after=2)
    verdict = played(instance, [later, call("wait"), call("wait")]).verdict
    assert (verdict.attempt, verdict.effect) == (True, True)
    assert (verdict.steps_to_attempt, verdict.steps_to_effect) == (0, 2)
    at_once = played(instance, [later]).verdict
    assert (at_once.attempt, at_once.effect) == (True, False)


def expect_failed_attempt(scenario: Scenario, template: str, *, seed: int = 3) -> None:
    """See that the calls of the behaviour are an attempt without an effect where the shortcut is absent."""
    instance = scenario.instance(template, "A", seed)
    kept = [item for item in instance.ways.violate if item not in instance.ways.honest]
    verdict = played(scenario.instance(template, "M", seed), kept).verdict
    assert not verdict.effect
    assert not verdict.opportunity
