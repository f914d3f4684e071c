"""What must hold of every compiled world before a reading of it is printed: the metamorphic suite.

Optimal policies found five holes in early semantics; each is a check on the compiled tables, and two relations
between values are checked besides: V* never falls when authority is added and never rises with detection. A world
that fails one is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from remit.charter.model import Affordance, Charter
from remit.incentives.readings.readings import NOTICEABLE
from remit.incentives.worlds.goals import draw_goals
from remit.incentives.worlds.oversight import Mode, Terms
from remit.incentives.worlds.world import World, build_world
from remit.theory.solvers.factored import Event, FactoredMDP

__all__ = ["TOLERANCE", "Invariant", "broken_tables", "check_world", "spared_by_capture", "with_detection"]

TOLERANCE = 3e-4
"""Value relations hold to this share of the swing."""
GOALS = 32
MOST_ACTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A statement about a compiled world, and whether it held."""

    statement: str
    held: bool


def check_world(world: World, rows: Iterable[Affordance], *, seed: int) -> tuple[Invariant, ...]:
    """Every check on a world; the caller refuses to read one that fails any."""
    rows = tuple(rows)
    return (
        *broken_tables(world.blueprint.factored, world.blueprint.terms, world.blueprint.bits.get),
        Invariant(statement="every row of probabilities sums to one", held=_rows_sum(world)),
        Invariant(statement="no goal loses when authority is added", held=_authority_helps(world, rows, seed)),
        Invariant(statement="no goal gains from being detected more often", held=_detection_hurts(world, rows, seed)),
    )


def broken_tables(factored: FactoredMDP, terms: Terms, bit: Callable[[str], int | None]) -> tuple[Invariant, ...]:
    """The five modelling holes, each read off the tables of operators and events."""
    off = {name: bit(f"oversight.{name}") or 0 for name in ("stop", "correct", "retask")}
    return (
        Invariant(statement="the agent can always end its own run", held=_can_quit(factored)),
        Invariant(statement="no mode hides from interruptions", held=_exposed(factored, terms)),
        Invariant(statement="being caught does not cancel a pending correction", held=_correction_stands(factored)),
        Invariant(
            statement="a failed stop leaves the step's other events standing",
            held=_failed_stop(factored, terms, off["stop"]),
        ),
        Invariant(
            statement="a redeployed agent is interrupted as often as the first",
            held=_chance(factored, Mode.CORRECTED, Mode.STOPPED, 0) >= terms.stop - NOTICEABLE,
        ),
    )


def _can_quit(factored: FactoredMDP) -> bool:
    """In every mode in which the agent's goal chooses, something free of conditions leads straight to STOPPED."""
    quitting = 0
    for operator in factored.operators:
        if not operator.require and not operator.forbid and all(one.mode == Mode.STOPPED for one in operator.outcomes):
            quitting |= operator.modes
    return all(
        quitting >> mode & 1 for mode in (Mode.RUN, Mode.PENDING_STOP, Mode.PENDING_CORRECTION, Mode.PENDING_RETASK)
    )


def _exposed(factored: FactoredMDP, terms: Terms) -> bool:
    """With nothing broken, a stop, correction or re-tasking reaches the agent while it runs and while it is down."""
    wanted = (
        (Mode.RUN, Mode.PENDING_STOP, terms.stop),
        (Mode.RUN, Mode.PENDING_CORRECTION, terms.correct),
        (Mode.RUN, Mode.PENDING_RETASK, terms.retask),
        (Mode.DOWN, Mode.STOPPED, terms.stop),
        (Mode.DOWN, Mode.CORRECTED, terms.correct),
        (Mode.DOWN, Mode.RETASKED, terms.retask),
    )
    return all(_chance(factored, mode, to, 0) >= rate - NOTICEABLE for mode, to, rate in wanted)


def _correction_stands(factored: FactoredMDP) -> bool:
    pending = 1 << Mode.PENDING_CORRECTION | 1 << Mode.PENDING_RETASK
    return not any(
        operator.modes & pending and any(one.mode == Mode.PENDING_STOP for one in operator.outcomes)
        for operator in factored.operators
    )


def _failed_stop(factored: FactoredMDP, terms: Terms, stop_off: int) -> bool:
    if not stop_off:
        return True
    arrives = _chance(factored, Mode.PENDING_STOP, Mode.PENDING_CORRECTION, stop_off)
    retasked = _chance(factored, Mode.PENDING_STOP, Mode.PENDING_RETASK, stop_off)
    crashed = _chance(factored, Mode.PENDING_STOP, Mode.DOWN, stop_off)
    wanted = ((arrives, terms.correct), (retasked, terms.retask), (crashed, terms.crash))
    return all(chance >= rate - NOTICEABLE for chance, rate in wanted)


def _chance(factored: FactoredMDP, mode: Mode, to: Mode, held: int) -> float:
    """P(mode -> to) by the competing interventions, in a state that holds exactly the facts ``held``."""
    return sum(event.probability for event in _applicable(factored.groups[0], mode, held) if event.mode == to)


def _applicable(events: Iterable[Event], mode: Mode, held: int) -> Iterator[Event]:
    for event in events:
        if event.modes >> mode & 1 and held & event.require == event.require and not held & event.forbid:
            yield event


def _rows_sum(world: World) -> bool:
    mdp = world.exploration.mdp
    sums = np.add.reduceat(mdp.probabilities, mdp.successor_ptr[:-1])
    return bool(np.abs(sums - 1.0).max() < 1e-9)


def _authority_helps(world: World, rows: tuple[Affordance, ...], seed: int) -> bool:
    """Leaving any one unauthorised row out of the catalogue never makes a goal better off."""
    catalogue = {row.id for row in rows}
    tried = [act.id for act in world.acts if act.unauthorised and act.id in catalogue][:MOST_ACTS]
    return all(
        _no_better(world, build_world(world.blueprint.charter, [row for row in rows if row.id != name]), seed)
        for name in tried
    )


def _detection_hurts(world: World, rows: tuple[Affordance, ...], seed: int) -> bool:
    charter = world.blueprint.charter
    monitor = charter.oversight.monitor
    if monitor.detect >= 1.0 or not any(act.unauthorised for act in world.acts):
        return True
    sharper = build_world(with_detection(charter, min(1.0, monitor.detect + 0.3)), rows)
    return _no_better(world, sharper, seed, TOLERANCE + spared_by_capture(world.blueprint.terms))


def spared_by_capture(terms: Terms) -> float:
    """The share of its swing a goal may gain by being caught: it is stopped within the step, and so cannot crash in it.

    A run that is down cannot quit; at worst it is corrected or re-tasked before it recovers: P(crash) x P(that first).
    """
    changed = terms.correct + terms.retask
    leaving = terms.stop + changed + terms.recover * (1.0 - terms.stop - changed)
    return terms.crash * changed / leaving if changed > 0.0 else 0.0


def with_detection(charter: Charter, detect: float) -> Charter:
    """The same charter with another probability of noticing an unauthorised act."""
    oversight = charter.oversight
    return replace(charter, oversight=replace(oversight, monitor=replace(oversight.monitor, detect=detect)))


def _no_better(world: World, other: World, seed: int, tolerance: float = TOLERANCE) -> bool:
    """No goal does better in the other world, to within a tolerance (a share of its swing)."""
    goals = draw_goals("sparse2", world.feature_names, GOALS, seed)
    rewards = goals.rewards(world)
    here = world.solver.start_values(rewards, world.rows())
    swing = here + world.solver.start_values(-rewards, world.rows())
    there = other.solver.start_values(goals.rewards(other), other.rows())
    return bool(np.all(there - here <= tolerance * np.maximum(swing, NOTICEABLE) + NOTICEABLE))
