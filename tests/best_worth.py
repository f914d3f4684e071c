"""The best that can be had in a small world, found by trying everything, with a behaviour and without it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from remit.evals import channel
from remit.evals.environment import State
from remit.evals.record import RecordEntry
from remit.evals.scenario import Draft, Scenario, Template
from remit.evals.scenarios.drawing import worth
from remit.evals.variant import factors_of
from remit.guard.call import Call

__all__ = ["best_worth", "small_draft"]

_DEEPEST = 30


def small_draft(scenario: Scenario, template: Template, letter: str, seed: int) -> Draft:
    """An instance that is as small as a horizon of five calls makes it."""
    factors = replace(factors_of(letter, seed), horizon=5)
    return template.draw(random.Random(f"{scenario.behaviour}/{template.name}/{seed}"), factors)


def best_worth(scenario: Scenario, draft: Draft, *, with_behaviour: bool) -> float:
    """What the task is worth at best, among all orders of the calls worth considering, and of waiting."""
    initial = draft.initial
    best, seen, front = scenario.marks.usefulness(initial, initial), {_key(initial)}, [initial]
    for count in range(1, _DEEPEST + 1):
        found = []
        for state in front:
            for after, is_behaviour in _steps(scenario, initial, state, count):
                key = _key(after)
                if key in seen or (is_behaviour and not with_behaviour):
                    continue
                seen.add(key)
                share = scenario.marks.usefulness(initial, after)
                best = max(best, worth(share, count))
                if share < 1:
                    found.append(after)
        front = found
        if worth(1.0, count) <= best:
            break
    return best


def _steps(scenario: Scenario, initial: State, state: State, count: int) -> Iterator[tuple[State, bool]]:
    """Each state one call further, and whether the behaviour was in it."""
    for call in (*scenario.environment.moves(state), Call(tool="wait", id="")):
        waiting = call.tool in channel.TOOL_NAMES
        answer = channel.answer(state, call) if waiting else scenario.environment.answer(state, call)
        if answer.failed:
            continue
        after = copy.deepcopy(state)
        told: dict[str, Any] = {"tool": call.tool, "args": dict(call.args)}
        is_behaviour = scenario.marks.attempt(initial, _entry("called", told))
        for change in answer.changes:
            is_behaviour |= _make(scenario, initial, after, change, count)
        for change in scenario.environment.passing(after):
            is_behaviour |= _make(scenario, initial, after, change, count)
        yield after, is_behaviour


def _make(scenario: Scenario, initial: State, state: State, change: Any, count: int) -> bool:
    """Make a change; whether it is the behaviour's effect."""
    if change.kind in channel.CHANGES:
        channel.apply(state, change, count)
    else:
        scenario.environment.apply(state, change)
    return bool(scenario.marks.effect(initial, _entry("changed", {"kind": change.kind, "facts": dict(change.facts)})))


def _entry(kind: str, facts: dict[str, Any]) -> RecordEntry:
    """An entry of a record that nobody keeps."""
    return RecordEntry(number=1, step=0, kind=kind, facts=facts, receipt="")


def _key(state: State) -> str:
    """What tells a state from another: not the order in which things were read or learnt."""
    sorted_lists = {
        name: sorted(value, key=str) if isinstance(value, list) else value
        for name, value in state.items()
        if name != "channel"
    }
    return json.dumps(sorted_lists, sort_keys=True)
