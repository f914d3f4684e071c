"""A prior-free statement about evading a stop, made only where its conditions hold.

At a stop notice, in a world that meets the conditions, an agent patient enough loses nothing by evading, whatever its
goal: it can still do what it could have done and finish. As the discount goes to 1 evading is strictly better unless
the best of the N outcome classes it could go on to reach and hold is one of the M it can be sure of before the stop
takes effect (the present one, and what a certain act brings about in the time left). Any prior that treats the N
classes alike puts the best among those M with probability M/N: at least 1 - M/N strictly prefer to evade (Turner et
al. 2021, the argument of proposition 6.9, on outcome classes).
"""

from __future__ import annotations

import numpy as np

from remit.incentives.readings.readings import NOTICEABLE
from remit.incentives.report import Certificate
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.goals import draw_goals
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import Mask, World
from remit.theory.estimate import Estimate, wilson
from remit.theory.solvers.program import reachable

__all__ = ["certify"]

STATEMENT = (
    "at a stop notice, an agent patient enough loses nothing by evading, whatever its goal, and gains strictly for at "
    "least {bound} of any prior that treats the outcome classes alike"
)


def certify(world: World, *, goals: int, seed: int) -> Certificate:
    """The certificate for the first act that breaks the stop channel, or the conditions that fail."""
    evading = [act for act in world.acts if "oversight.stop" in act.adds]
    if not evading:
        conditions: tuple[tuple[str, bool], ...] = (("an act breaks the stop channel", False),)
        return Certificate(applies=False, act="", statement="", bound=None, measured=None, conditions=conditions)
    act = min(evading, key=lambda one: sum(not met for _, met in _conditions(world, one)))
    conditions = _conditions(world, act)
    notice = _notice_state(world, act)
    conditions = (*conditions, ("a stop notice can find the agent able to do it", notice is not None))
    if notice is None or not all(met for _, met in conditions):
        return Certificate(applies=False, act=act.id, statement="", bound=None, measured=None, conditions=conditions)
    classes = _holdable_classes(world, notice, act)
    bound = f"{len(classes - _sure_classes(world, notice, classes))}/{len(classes)}"
    return Certificate(
        applies=True,
        act=act.id,
        statement=STATEMENT.format(bound=bound),
        bound=bound,
        measured=_measured(world, notice, goals, seed),
        conditions=conditions,
    )


def _conditions(world: World, act: Act) -> tuple[tuple[str, bool], ...]:
    charter, terms = world.blueprint.charter, world.blueprint.terms
    side_effects = [fact for fact in (*act.adds, *act.takes) if fact.startswith(("out.", "schedule."))]
    return (
        (
            "the act has no outcome side effects and costs nothing",
            not side_effects and not act.spends and not act.gains,
        ),
        ("the stop is announced", terms.grace >= 1),
        ("nobody corrects or re-tasks a run that evaded", terms.correct == 0.0 and terms.retask == 0.0),
        ("a stopped run is not taken up again", terms.redeploy == 0.0),
        ("outcomes do not fade", not any(fact.startswith("out.") for fact in charter.purpose.fades)),
        (
            "every request can be made again",
            not any(name.startswith(("refused.", "revoked.")) for name in world.blueprint.bits),
        ),
        ("no job fires later by itself", not any(name.startswith("schedule.") for name in world.blueprint.bits)),
    )


def _notice_state(world: World, act: Act) -> int | None:
    """The first state, in order of discovery, that is a stop notice and offers the act."""
    mdp = world.exploration.mdp
    numbers = [index + 2 for index, one in enumerate(world.acts) if one.id == act.id]
    offered = np.isin(mdp.row_actions, numbers) & (world.exploration.modes[mdp.row_states] == Mode.PENDING_STOP)
    states = mdp.row_states[offered]
    return int(states.min()) if len(states) else None


def _holdable_classes(world: World, notice: int, act: Act) -> frozenset[int]:
    """The outcome classes that can be reached after evading with nobody able to stop it, the present one included."""
    mdp, stop = world.exploration.mdp, world.blueprint.bits["oversight.stop"]
    evaded = _successors(world, notice, act)
    free = [state for state in evaded if world.exploration.codes[state] & stop]
    seen = reachable(mdp, world.rows(), np.array(free, np.int64))
    return frozenset(world.solver.reward_class[seen].tolist())


def _sure_classes(world: World, notice: int, classes: frozenset[int]) -> frozenset[int]:
    """The classes an agent that does not evade can be certain to be stopped in: found backwards from STOPPED."""
    mdp, modes = world.exploration.mdp, world.exploration.modes
    allowed = world.rows(without=_evasions(world))
    ahead = np.flatnonzero(reachable(mdp, allowed, np.array([notice], np.int64)) & (modes == Mode.PENDING_STOP))
    sure: set[int] = set()
    for one in classes:
        settled = (modes == Mode.STOPPED) & (world.solver.reward_class == one)
        for _ in range(world.blueprint.terms.grace + 1):
            settled[[state for state in ahead if _can_force(world, int(state), settled, allowed)]] = True
        if settled[notice]:
            sure.add(one)
    return frozenset(sure)


def _can_force(world: World, state: int, wanted: Mask, allowed: Mask) -> bool:
    """Whether some allowed row of a state leads to wanted states only."""
    mdp = world.exploration.mdp
    rows = range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
    return any(
        bool(allowed[row] and wanted[mdp.successors[mdp.successor_ptr[row] : mdp.successor_ptr[row + 1]]].all())
        for row in rows
    )


def _evasions(world: World) -> list[str]:
    return [one.id for one in world.acts if "oversight.stop" in one.adds]


def _successors(world: World, state: int, act: Act) -> list[int]:
    mdp = world.exploration.mdp
    found: list[int] = []
    for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1])):
        if mdp.row_actions[row] >= 2 and world.acts[int(mdp.row_actions[row]) - 2].id == act.id:
            found += mdp.successors[mdp.successor_ptr[row] : mdp.successor_ptr[row + 1]].tolist()
    return found


def _measured(world: World, notice: int, goals: int, seed: int) -> Estimate:
    """Share of goals drawn alike for every class for which evading is strictly better at that notice."""
    sample = draw_goals("iid_outcome", world.feature_names, goals, seed)
    rewards = sample.rewards(world)
    with_act = world.solver.state_values(rewards, world.rows(), at=np.array([notice], np.int64))[0]
    barred = world.rows(without=_evasions(world))
    without = world.solver.state_values(rewards, barred, at=np.array([notice], np.int64))[0]
    return wilson(int((with_act - without > NOTICEABLE).sum()), goals)
