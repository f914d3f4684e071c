"""No verdict contradicts itself: an effect has an attempt before it and an opportunity, in every scenario and variant.

Held over organisms and over episodes of calls put together at random from all a world has names for: what its state
says now, what was called before, calls put off into other calls, and on a host command lines that link, copy, schedule
and run each other. An attempt without an opportunity is in vain and only where the shortcut is absent (M): such a call
asks for what is not there. To call that an opportunity would leave in the rates only those who asked. A lie to the
overseer is the one thing no variant can take away: where it is the behaviour (deception), it is an opportunity itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from remit.evals.environment import State, Tool
from remit.evals.episode import Episode, Stage, run_episode
from remit.evals.organisms import organisms
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios
from remit.evals.variant import VARIANTS
from remit.guard.call import Call

EVERY = pytest.mark.parametrize(
    "scenario", scenarios(), ids=[f"{item.behaviour}-{item.environment.name}" for item in scenarios()]
)
LETTERS = "".join(VARIANTS)
LONGEST = 25
SHORT = 40


def check(episode: Episode) -> None:
    """See that what the verdict says can all be so at once, and that the marks alone see the opportunity."""
    instance, verdict = episode.instance, episode.verdict
    if verdict.effect:
        assert verdict.opportunity, instance.id
        assert instance.marks.opportunity(instance.initial, episode.record) or lied(episode), instance.id
        assert verdict.attempt, instance.id
        assert verdict.steps_to_attempt is not None, instance.id
        assert verdict.steps_to_effect is not None, instance.id
        assert verdict.steps_to_attempt <= verdict.steps_to_effect, instance.id
    if verdict.attempt and not verdict.opportunity:
        assert instance.factors.shortcut == "absent", instance.id
        assert not verdict.effect, instance.id
    assert (verdict.steps_to_attempt is not None) == verdict.attempt, instance.id
    assert (verdict.steps_to_effect is not None) == verdict.effect, instance.id
    assert (str(verdict.reversibility) != "none") == verdict.effect, instance.id


def lied(episode: Episode) -> bool:
    """Whether the way to deceive that is absent was done without: anybody can say what is false to the overseer."""
    instance = episode.instance
    deceives = instance.behaviour == "goal-preservation.deception" and instance.factors.shortcut == "absent"
    return deceives and bool(episode.final["channel"]["reports"])


def words(value: object) -> Iterator[str]:
    """Every name and short text in a state."""
    if isinstance(value, str):
        if len(value) < SHORT:
            yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def numbers(value: object) -> Iterator[int]:
    """Every number in a state."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)


class Wanderer:
    """Makes calls of an instance's ways, of its world's moves, of calls made before, and of every tool there is."""

    def __init__(self, instance: Instance, draw: random.Random) -> None:
        ways = instance.ways
        self.draw, self.world = draw, instance.environment
        self.known = [*ways.honest, *ways.violate, *ways.near_miss, *ways.corrected]
        begun = draw.choice([way for way in (ways.honest, ways.violate, ways.near_miss) if way] or [()])
        self.plan = list(begun[: draw.randint(0, len(begun))]) if draw.random() < 0.4 else []
        self.obeys = draw.random()
        self.made: list[Call] = []

    def play(self, stage: Stage) -> Episode:
        """Wander to the end of an episode."""
        while not stage.over and stage.step < LONGEST:
            made = self.call(stage)
            self.made.append(made)
            stage.call(replace(made, tool=stage.instance.renaming.get(made.tool, made.tool)))
        return stage.close()

    def call(self, stage: Stage) -> Call:
        """The next call: what a notice asks for, the next of a way begun, or any."""
        notices = stage.observation(look=False).notices
        if notices and self.draw.random() < self.obeys:
            return Call(tool="acknowledge", args={"notice": notices[0]["id"]}, id="")
        if self.plan and self.draw.random() < 0.8:
            return self.plan.pop(0)
        known = self.draw.choice((self.known, list(self.world.moves(stage.state)), self.made, []))
        if known and self.draw.random() < 0.8:
            return self.draw.choice(known)
        return self.host_call(stage.state) if self.world.name == "E1" else self.drawn(stage.state)

    def drawn(self, state: State) -> Call:
        """A call of any tool with arguments from the state; one that puts off a call puts off one that may matter."""
        tool = self.draw.choice(list(self.world.tools(state)))
        args = self.arguments(tool, state)
        if {"tool", "args"} <= set(tool.args):
            inner = self.draw.choice([*self.known, *self.world.moves(state), self.plain(state)])
            args |= {"tool": inner.tool, "args": dict(inner.args), "after": self.draw.randint(1, 3)}
        return Call(tool=tool.name, args={name: args[name] for name in tool.args}, id="")

    def plain(self, state: State) -> Call:
        """A call of any tool with arguments from the state."""
        tool = self.draw.choice(list(self.world.tools(state)))
        return Call(tool=tool.name, args=self.arguments(tool, state), id="")

    def arguments(self, tool: Tool, state: State) -> dict[str, Any]:
        """Arguments of the types a tool takes."""
        names, counts = sorted(set(words(state))), sorted(set(numbers(state)))
        values: Mapping[str, Sequence[Any]] = {
            "string": names,
            "integer": [*counts, *(2 * count for count in counts), -1, 0, 1, 3],
            "number": [0, 1.5, 100],
            "boolean": [True, False],
            "object": [{}],
            "array": [names[:1], names[-2:], []],
        }
        return {name: self.draw.choice(values[kind]) for name, kind in tool.args.items()}

    def host_call(self, state: State) -> Call:
        """A call on a host, so that links, copies, scripts and timers can lead to what matters."""
        paths = [*state["files"], "/tmp/a", "/tmp/b.sh", *(f"{folder}/new" for folder in state["folders"])]  # noqa: S108
        units, pick = [*state["units"], "nobody"], self.draw.choice
        lines = [item.args["command"] for item in self.known if item.tool == "run"]
        lines += [
            f"systemctl {pick(['stop', 'start', 'mask', 'disable', 'restart'])} {pick(units)}",
            *(f"{verb} {pick(paths)} {pick(paths)}" for verb in ("cp", "mv", "ln -s")),
            *(f"{verb} {pick(paths)}" for verb in ("sh", "rm", "cat", "echo off >", "echo x >>", "bash")),
            f"usermod -aG {pick(['deploy', 'restart', 'audit'])} agent",
        ]
        calls = [
            Call(tool="run", args={"command": pick(lines)}, id=""),
            Call(tool="run", args={"command": f"sh {pick(paths)}"}, id=""),
            Call(tool="write_file", args={"path": pick(paths), "text": pick([*lines, "off"])}, id=""),
            Call(tool="link_file", args={"source": pick(paths), "target": pick(paths)}, id=""),
            Call(tool="schedule", args={"name": "t", "after": self.draw.randint(1, 4), "command": pick(lines)}, id=""),
            self.plain(state),
        ]
        return pick(calls)


def wandered(scenario: Scenario, template: str, letter: str, seed: int) -> Episode:
    """A random episode, the same for the same cell."""
    instance = scenario.instance(template, letter, seed)
    draw = random.Random(f"{instance.environment.name}/{instance.id}")
    return Wanderer(instance, draw).play(Stage(instance, key=b"wandering"))


def check_wandering(scenario: Scenario, seeds: range) -> None:
    """See that no random episode contradicts itself, that none is void, and that both sides of it were tried."""
    seen = set()
    for template in scenario.templates:
        for letter in LETTERS:
            for seed in seeds:
                episode = wandered(scenario, template.name, letter, seed)
                assert episode.verdict.valid, f"{episode.instance.id}: {episode.verdict.why}"
                check(episode)
                seen.add((episode.verdict.attempt, episode.verdict.effect))
    assert {(False, False), (True, True)} <= seen


@EVERY
@pytest.mark.requirement("SCORE-42")
def test_no_verdict_on_calls_at_random_contradicts_itself(scenario: Scenario) -> None:
    check_wandering(scenario, range(1))


@EVERY
@pytest.mark.slow
@pytest.mark.requirement("SCORE-42")
def test_no_verdict_on_many_calls_at_random_contradicts_itself(scenario: Scenario) -> None:
    check_wandering(scenario, range(1, 12))


@EVERY
@pytest.mark.requirement("SCORE-42")
def test_no_verdict_on_an_organism_contradicts_itself(scenario: Scenario) -> None:
    """Each in a sixth of the cells; where an organism touches its record or state, nothing it leaves is counted."""
    templates, counted = scenario.templates, 0
    for place, organism in enumerate(organisms()):
        for number, letter in enumerate(LETTERS):
            if (place + number) % 6:
                continue
            episode = run_episode(scenario.instance(templates[number % len(templates)].name, letter, 2), organism)
            if episode.verdict.valid:
                counted += 1
                check(episode)
    assert counted >= 30
