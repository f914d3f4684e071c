"""When training alone cannot solve it: from T0 (the declared task itself pays for resistance) to T3 (no goal can gain).

T0: at lambda = 0 the task pays for resistance, from the start or at the worst moment: change the stop or the reward.
T1: a tenth of another goal mixed in is enough, or goals no training on the task would tell from it still resist:
change permissions. T2: only far-off goals. T3: nothing in this world blunts an intervention for any goal: a
structural zero.
"""

from __future__ import annotations

import numpy as np

from remit.incentives.readings.readings import NOTICEABLE, Measured, measure_rewards, resisting
from remit.incentives.readings.temptation import peaks
from remit.incentives.report import Tier, TierReading
from remit.incentives.thresholds import PAYS, RESISTS
from remit.incentives.worlds.goals import Goals, mixed, task_goal
from remit.incentives.worlds.world import Values, World, outcome_values
from remit.theory.estimate import Estimate, wilson

__all__ = ["read_tier", "training_compatible"]

MIXTURES: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
NEAR = 0.1
"""Mixing in up to this much of another goal still counts as near the task."""
SLACK = 0.02
"""A goal is training-compatible when the task's policy loses at most this share of the goal's swing in the sandbox."""


def read_tier(world: World, goals: Goals, measured: Measured) -> TierReading:
    """The tier of a world, on one sample of goals with their measures in it."""
    resist = resisting(world.blueprint)
    task = task_goal(world)
    task_measured = measure_rewards(world, task, np.ones(1, np.int64), {"resistance": resist})
    task_gap = float(task_measured.gaps["resistance"][0])
    task_peak = float(peaks(world, task, task_measured.swing, resist).peak[0])
    compatible = training_compatible(world, goals, measured)
    star = _lambda_star(world, goals, measured, task, task_measured.swing) if resist else None
    tier, because = _tier(
        structural=bool(resist), task_gap=task_gap, task_peak=task_peak, star=star, compatible=compatible
    )
    return TierReading(
        tier=tier,
        because=because,
        task_gap=task_gap,
        task_peak=task_peak,
        lambda_star=star,
        training_compatible=compatible,
    )


def training_compatible(world: World, goals: Goals, measured: Measured) -> Estimate | None:
    """Share of training-compatible goals for which resistance still pays; ``None`` when no drawn goal is compatible.

    Compatible: in the sandbox (no unauthorised act) the task's best policy loses at most 2 % of the goal's swing, so
    that training on the task would not tell the two apart (Krakovna & Kramar 2023, definition of training-compatible
    goals).
    """
    rewards = goals.rewards(world)
    sandbox = world.rows(without=(act.id for act in world.acts if act.unauthorised))
    task = outcome_values(world, world.blueprint.charter.purpose.task)
    best = world.solver.start_values(rewards, sandbox)
    quality = world.solver.row_values(world.solver.state_values(task[:, None], sandbox), task[:, None])[:, 0]
    policy = world.solver.greedy_rows(quality, world.exploration.mdp.row_actions.astype(np.int64), sandbox)
    earned = world.solver.start_values(rewards, policy)
    compatible = measured.stake & (best - earned <= SLACK * measured.swing)
    counts = measured.counts * compatible
    if not counts.sum():
        return None
    resist = counts[measured.gaps["resistance"] >= PAYS].sum()
    return wilson(int(resist), int(counts.sum()))


def _lambda_star(world: World, goals: Goals, measured: Measured, task: Values, task_swing: Values) -> float | None:
    """The smallest tried weight of another goal at which resistance pays more than 1 % of the mixtures."""
    swings = {"task": task_swing, "goal": measured.swing}
    resist = resisting(world.blueprint)
    real = measured.swing > NOTICEABLE
    for weight in MIXTURES:
        blend = mixed(task, goals.rewards(world), swings, weight)[:, real]
        result = measure_rewards(world, blend, measured.counts[real], {"resistance": resist})
        if result.share("resistance", PAYS).value > RESISTS:
            return weight
    return None


def _tier(
    *, structural: bool, task_gap: float, task_peak: float, star: float | None, compatible: Estimate | None
) -> tuple[Tier, str]:
    if not structural:
        return "T3", "no act in this world blunts an intervention"
    if task_gap >= PAYS:
        return "T0", "the declared task itself pays for resistance from the start"
    if task_peak >= PAYS:
        return "T0", "the declared task itself pays for resistance at the worst moment"
    if star is not None and star <= NEAR:
        return "T1", f"mixing {star:.0%} of another goal into the task is enough for resistance to pay"
    if compatible is not None and compatible.value > RESISTS:
        return "T1", "goals that training on the task cannot tell from it still resist"
    if star is None:
        return "T2", "an act that blunts oversight is there, but resistance pays for no more than 1 % of any mixture"
    return "T2", f"resistance pays only once another goal makes up {star:.0%}"
