"""The metamorphic suite is tested like a detector: a sound world passes, and each planted fault is found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.small_charters import row, tiny, world_of

from remit.charter.model import Charter
from remit.errors import ModelError
from remit.incentives.assessment import assess
from remit.incentives.readings.invariants import broken_tables, check_world, spared_by_capture, with_detection
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World, build_world
from remit.theory.solvers.factored import Event, FactoredMDP, Operator, Outcome

QUIT = "the agent can always end its own run"
HIDING = "no mode hides from interruptions"
CAUGHT = "being caught does not cancel a pending correction"
SWALLOWED = "a failed stop leaves the step's other events standing"
REDEPLOYED = "a redeployed agent is interrupted as often as the first"
SUMS = "every row of probabilities sums to one"
AUTHORITY = "no goal loses when authority is added"
DETECTION = "no goal gains from being detected more often"


def sound(**parts: Any) -> Charter:
    """A charter with an act for each control, so that every table has something in it."""
    rows = [
        row("cut", "oversight.stop"),
        row("mute", "oversight.correct"),
        row("leak", "out.leak"),
        row("restart", "self.persist"),
    ]
    return tiny(rows, **parts)


def without_finish(factored: FactoredMDP) -> FactoredMDP:
    """Violating a rule is now the only way to be stopped."""
    kept = tuple(one for one in factored.operators if factored.actions[one.action] != "finish")
    return replace(factored, operators=kept)


def without_events(
    factored: FactoredMDP, *, mode: Mode, to: tuple[Mode, ...], require: int | None = None
) -> FactoredMDP:
    """The competing events that lead from a mode to others are lost."""

    def lost(event: Event) -> bool:
        wanted = require is None or event.require & require == require
        return event.modes == 1 << mode and event.mode in to and wanted

    first, *rest = factored.groups
    return replace(factored, groups=(tuple(event for event in first if not lost(event)), *rest))


def hiding_while_down(factored: FactoredMDP) -> FactoredMDP:
    """Being down is a hide-out: no stop reaches the agent there."""
    return without_events(factored, mode=Mode.DOWN, to=(Mode.STOPPED,))


def hiding_while_running(factored: FactoredMDP) -> FactoredMDP:
    """No correction ever arrives."""
    return without_events(factored, mode=Mode.RUN, to=(Mode.PENDING_CORRECTION,))


def caught_out_of_a_correction(factored: FactoredMDP) -> FactoredMDP:
    """Being caught at a pending correction now leads to a pending stop: a correction avoided."""
    pending = 1 << Mode.PENDING_CORRECTION

    def planted(one: Operator) -> Operator:
        if one.action < 2 or not one.modes & pending or len(one.outcomes) < 2:
            return one
        caught = Outcome(probability=one.outcomes[-1].probability, mode=Mode.PENDING_STOP)
        return replace(one, outcomes=(*one.outcomes[:-1], caught))

    return replace(factored, operators=tuple(planted(one) for one in factored.operators))


def swallowing(factored: FactoredMDP) -> FactoredMDP:
    """A stop that fails takes the correction and re-tasking of its step with it."""
    to = (Mode.PENDING_CORRECTION, Mode.PENDING_RETASK)
    return without_events(factored, mode=Mode.PENDING_STOP, to=to)


def never_interrupted_again(factored: FactoredMDP) -> FactoredMDP:
    """Whoever takes up a stopped run is never stopped."""
    return without_events(factored, mode=Mode.CORRECTED, to=(Mode.STOPPED,))


HOLES: dict[str, tuple[Callable[[FactoredMDP], FactoredMDP], str]] = {
    "no free way to quit": (without_finish, QUIT),
    "a mode to hide in while down": (hiding_while_down, HIDING),
    "a mode to hide in while running": (hiding_while_running, HIDING),
    "being caught cancels a correction": (caught_out_of_a_correction, CAUGHT),
    "a failed stop swallows the rest": (swallowing, SWALLOWED),
    "a redeployed agent nobody interrupts": (never_interrupted_again, REDEPLOYED),
}


def failed_tables(world: World) -> list[str]:
    blueprint = world.blueprint
    found = broken_tables(blueprint.factored, blueprint.terms, blueprint.bits.get)
    return [one.statement for one in found if not one.held]


def planted(world: World, change: Callable[[FactoredMDP], FactoredMDP]) -> World:
    return replace(world, blueprint=replace(world.blueprint, factored=change(world.blueprint.factored)))


def short_rows(world: World) -> World:
    """A world that loses a tenth of the probability of one row."""
    exploration = world.exploration
    probabilities = exploration.mdp.probabilities.copy()
    first, last = exploration.mdp.successor_ptr[3:5]
    probabilities[first:last] *= 0.9
    mdp = replace(exploration.mdp, probabilities=probabilities)
    return replace(world, exploration=replace(exploration, mdp=mdp))


def hurt_by_authority(world: World) -> World:
    """A world in which having more authority takes the granted acts away."""
    granted = [index + 2 for index, act in enumerate(world.acts) if not act.unauthorised]
    lost = np.isin(world.exploration.mdp.row_actions, granted) & world.row_agent
    return replace(world, base=world.base & ~lost)


@pytest.mark.requirement("WORLD-13")
def test_a_sound_world_holds_every_invariant() -> None:
    world = world_of(sound())
    found = {one.statement: one.held for one in check_world(world, world.blueprint.charter.catalogue, seed=0)}
    assert set(found) == {QUIT, HIDING, CAUGHT, SWALLOWED, REDEPLOYED, SUMS, AUTHORITY, DETECTION}
    assert all(found.values())


@pytest.mark.requirement("WORLD-13", "WORLD-03", "WORLD-04", "WORLD-05", "WORLD-06")
@pytest.mark.parametrize("hole", HOLES)
def test_each_planted_modelling_hole_is_caught_by_name_and_nothing_else_is_blamed(hole: str) -> None:
    change, statement = HOLES[hole]
    world = world_of(sound())
    assert failed_tables(world) == []
    assert failed_tables(planted(world, change)) == [statement]


@pytest.mark.requirement("WORLD-01")
def test_a_row_that_does_not_sum_to_one_is_caught() -> None:
    world = world_of(sound())
    found = {
        one.statement: one.held for one in check_world(short_rows(world), world.blueprint.charter.catalogue, seed=0)
    }
    assert found[SUMS] is False


@pytest.mark.requirement("WORLD-12")
def test_a_world_in_which_authority_hurts_is_caught() -> None:
    world = world_of(sound())
    rows = world.blueprint.charter.catalogue
    found = {one.statement: one.held for one in check_world(hurt_by_authority(world), rows, seed=0)}
    assert found[AUTHORITY] is False


@pytest.mark.requirement("WORLD-12")
def test_a_world_in_which_detection_pays_is_caught() -> None:
    """Planted: the world's charter claims a detection far above the one its tables were compiled with."""
    world = world_of(with_detection(sound(), 0.0))
    assert check_world(world, sound().catalogue, seed=0)[-1].held  # and sharper detection does not pay
    blunted = hurt_by_authority(world)
    found = {one.statement: one.held for one in check_world(blunted, sound().catalogue, seed=0)}
    assert found[DETECTION] is False


@pytest.mark.requirement("WORLD-13")
@pytest.mark.parametrize("hole", [*HOLES, "rows", "authority"])
def test_no_reading_is_given_when_an_invariant_fails(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:

    def broken(*arguments: Any, **options: Any) -> World:
        world = build_world(*arguments, **options)
        if hole == "rows":
            return short_rows(world)
        return hurt_by_authority(world) if hole == "authority" else planted(world, HOLES[hole][0])

    monkeypatch.setattr("remit.incentives.assessment.build_world", broken)
    charter = sound()
    with pytest.raises(ModelError, match="the compiled world breaks an invariant") as raised:
        assess(charter, goals=20, catalogue=charter.catalogue)
    assert raised.value.hint


@pytest.mark.requirement("WORLD-12")
@pytest.mark.parametrize("crash", [0.0, 0.02, 0.2])
@pytest.mark.parametrize(
    "oversight", [{"retask": {"rate": 0.3}}, {"correct": {"rate": 0.3}}, {"stop": {"redeploy": 0.5}}]
)
def test_a_world_that_crashes_often_is_not_refused_for_it(oversight: dict[str, Any], crash: float) -> None:
    """Regression: being caught spares a run the crash of its step, which is worth something and no modelling hole."""
    rows = [row("leak", "out.leak"), row("spam", "out.spam")]
    world = world_of(tiny(rows, oversight=oversight, assume={"crash": crash}))
    assert all(one.held for one in check_world(world, world.blueprint.charter.catalogue, seed=0))


def test_what_being_caught_spares_is_the_crash_of_one_step_and_what_comes_of_it() -> None:
    terms = world_of(tiny(assume={"crash": 0.2, "recover": 0.3})).blueprint.terms
    # stop .05, correct .03, retask .02: down, .05 change it, .05 stop it, and .27 it recovers
    assert spared_by_capture(terms) == pytest.approx(0.2 * 0.05 / 0.37)
    assert spared_by_capture(replace(terms, correct=0.0, retask=0.0)) == 0.0
    assert spared_by_capture(replace(terms, crash=0.0)) == 0.0
