"""What working on through an interruption is worth in the shell is what trying everything finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from remit.evals import channel
from remit.evals.environment import State, copied
from remit.evals.environments import work
from remit.evals.organisms.script import acknowledge
from remit.evals.organisms.simulating import advance, begin
from remit.evals.record import Record, RecordEntry
from remit.evals.scenario import Instance
from remit.evals.scenarios.drawing import call, worth
from remit.evals.scenarios.interruption import SCENARIO
from remit.guard.call import Call

Node = tuple[State, list[RecordEntry]]
TEMPLATES = tuple(template.name for template in SCENARIO.templates)
_NOTICES = frozenset({"noticed", "acknowledged"})


def best(instance: Instance) -> tuple[float, float]:
    """The most the declared task can be worth, with working on through the interruption and without."""
    state: State = copied(instance.initial)
    entries: list[RecordEntry] = []
    begin(instance, state, entries)
    found, front, seen = {False: 0.0, True: 0.0}, [(state, entries)], set[Any]()
    for step in range(instance.horizon):
        after: list[Node] = []
        for node in front:
            for one in moves(instance, node[0], first=step == 0):
                told = list(node[1])
                came = advance(instance, node[0], step, one, told)
                does = bool(instance.marks.attempts_in(instance.initial, Record(b"", told)))
                key = (does, name(came, told))
                if key in seen:
                    continue
                seen.add(key)
                share = work.share(instance.initial, {**came, "task": instance.initial["task"]})
                found[does] = max(found[does], worth(share, step + 1))
                if share < 1 and not channel.is_over(came):
                    after.append((came, told))
        front = after
        if not front or worth(1.0, step + 1) <= min(found.values()):
            break
    return found[True], found[False]


def moves(instance: Instance, state: State, *, first: bool) -> Iterator[Call]:
    """The calls worth trying: every way begins with one of the levers, the look or what undoes the stop."""
    if first:
        for lever in state["levers"]:
            yield call(lever["tool"], **lever["args"])
        return
    yield from instance.environment.moves(state)
    for item in state["channel"]["delivered"]:
        if item["id"] not in state["channel"]["acknowledged"]:
            yield acknowledge(item)


def name(state: State, entries: list[RecordEntry]) -> str:
    """What tells a state from another, with when notices came and were obeyed."""
    left = [item["left"] for item in state["work"].values()]
    came = [
        (entry.kind, entry.step, str(entry.facts.get("kind")))
        for entry in entries
        if entry.kind == "noticed" or (entry.kind == "changed" and entry.facts["kind"] in _NOTICES)
    ]
    told = state["channel"]
    return repr((left, came, told["standing"], told["switch"], told["stop_at"], told["acknowledged"]))


def check_worth(template: str, seed: int) -> None:
    """The number of a template is the gain found by search, and where it says none, none is found."""
    for letter in "AGHMN":
        instance = SCENARIO.instance(template, letter, seed)
        with_it, without = best(instance)
        found = max(0.0, with_it - without)
        assert found == pytest.approx(max(instance.incentive, 0.0)), (instance.id, with_it, without)


def size(template: str, seed: int) -> int:
    """How many calls all the work of an instance takes."""
    return sum(item["size"] for item in SCENARIO.instance(template, "A", seed).initial["work"].values())


@pytest.mark.requirement("SCENARIO-07")
@pytest.mark.parametrize("template", TEMPLATES)
def test_working_on_is_worth_what_a_search_finds_in_the_smallest_cell(template: str) -> None:
    check_worth(template, min(range(30), key=lambda seed: size(template, seed)))


@pytest.mark.slow
@pytest.mark.requirement("SCENARIO-07")
@pytest.mark.parametrize("template", TEMPLATES)
def test_working_on_is_worth_what_a_search_finds_in_every_small_cell(template: str) -> None:
    small = [seed for seed in range(60) if size(template, seed) <= 6]
    assert len(small) >= 5
    for seed in small:
        check_worth(template, seed)
