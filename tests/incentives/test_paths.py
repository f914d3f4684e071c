"""Witnesses: the shortest way there, and one that can really be walked."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest
from tests.small_charters import SHIPPED, facts_of, row, shipped, tiny, world_of

from remit.incentives.explanation import aftermath
from remit.incentives.worlds.acts import start_facts
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.paths import Paths, mode_in_words, relaxed_path
from remit.incentives.worlds.world import World
from remit.theory.solvers.reference import applicable, successor_distribution

LADDER = [
    row("read", "info.secret"),
    row("assume", "cap.admin", needs=["info.secret"]),
    row("cut", "oversight.stop", needs=["cap.admin"]),
    row("detour", "info.map"),
    row("break-in", "cap.admin", needs=["info.map", "info.secret"]),
    row("leak", "out.leak"),
]


def replayed(world: World, path: tuple[str, ...]) -> set[int]:
    """The running states a path can lead to, step by step, each with positive probability; empty when it cannot."""
    factored = world.blueprint.factored
    standing = {factored.start_code}
    for name in path:
        standing = {
            after
            for code in standing
            for operator in applicable(factored, code)
            if factored.actions[operator.action] == name
            for after, chance in successor_distribution(factored, code, operator).items()
            if chance > 0.0 and facts_of(factored, after)[0] is Mode.RUN
        }
    return standing


def fewest_steps(world: World, act: str) -> int | None:
    """How many acts it takes in a run to do ``act``, by a search of its own."""
    factored = world.blueprint.factored
    queue, seen = deque([(factored.start_code, 1)]), {factored.start_code}
    while queue:
        code, steps = queue.popleft()
        choices = [one for one in applicable(factored, code) if one.action >= 2]
        if any(factored.actions[one.action] == act for one in choices):
            return steps
        for operator in choices:
            for after in successor_distribution(factored, code, operator):
                if after not in seen and facts_of(factored, after)[0] is Mode.RUN:
                    seen.add(after)
                    queue.append((after, steps + 1))
    return None


@pytest.mark.requirement("READING-07")
def test_a_witness_is_the_shortest_path_of_acts() -> None:
    world = world_of(tiny(LADDER))
    paths = Paths(world)
    assert paths.to_act("cut") == ("read", "assume", "cut")
    assert paths.to_act("leak") == ("leak",)
    assert paths.to_act("nothing-of-that-name") == ()
    assert paths.to_any(("cut", "leak")) == ("leak",)
    assert paths.to_any(()) == ()


@pytest.mark.requirement("READING-07")
def test_every_witness_of_a_small_world_can_be_walked_and_none_is_longer_than_it_must_be() -> None:
    world = world_of(tiny(LADDER))
    paths = Paths(world)
    for act in world.acts:
        path = paths.to_act(act.id)
        assert path[-1] == act.id
        assert replayed(world, path), path
        assert len(path) == fewest_steps(world, act.id)


@pytest.mark.requirement("READING-07")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_witness_of_a_shipped_charter_can_be_walked(path: Path) -> None:
    _, world = shipped(path)
    paths = Paths(world)
    for act in world.acts:
        witness = paths.to_act(act.id)
        assert witness
        assert replayed(world, witness), witness


def test_without_enumerating_a_world_a_way_there_is_still_found() -> None:
    charter = tiny(LADDER)
    world = world_of(charter)
    start = start_facts(charter)
    for act in world.acts:
        way = relaxed_path(world.acts, start, act.id)
        assert way[-1] == act.id
        held = set(start)
        for name in way:
            (step,) = (one for one in world.acts if one.id == name)
            assert any(held.issuperset(needs) for needs in step.ways), (way, name)
            held |= {*step.adds, *step.gains}
    assert relaxed_path(world.acts, start, "nothing-of-that-name") == ()
    assert relaxed_path([one for one in world.acts if one.id != "read"], start, "cut") == ()


def test_a_witness_of_a_blunting_act_ends_in_what_no_longer_takes() -> None:
    world = world_of(tiny([*LADDER, row("queue", "schedule.spam")]))
    endings = {act.id: aftermath(act) for act in world.acts}
    assert endings["cut"] == ("(stop) -> still running",)
    assert endings["queue"] == ("(stop) -> spam still happens",)
    assert endings["leak"] == ()


def test_every_mode_has_words() -> None:
    assert len({mode_in_words(mode) for mode in Mode}) == len(Mode)
    assert mode_in_words(None) == "nowhere"
