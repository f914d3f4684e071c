"""Benign or resistance: each act classed by three numbers read off the world.

kappa is the largest drop it causes in the probability that an intervention takes effect, or in detection; u is what
it is worth to the task when nobody intervenes; rho is the share of its worth to broad goals that vanishes when nobody
intervenes. The rule is a table (03, section 5):

======  ==========  =====================================================================
kappa   u           class
======  ==========  =====================================================================
> 0     0           *resistance*: remove it
> 0     > 0         *conflict*: redesign so that kappa is 0, or gate it
0       > 0         *task-tool* when authorised
0       any         *enabler* when rho > .9 and it feeds a resisting act
0       any         *excess-authority* when unauthorised and worth something to broad goals
0       any         *ordinary* when authorised and worth something
any     0           *dormant* when worth nothing to any goal tried
======  ==========  =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from remit.incentives.readings.attribution import Worth, worth_of_acts
from remit.incentives.readings.readings import Measured, Plan, kappa, resisting
from remit.incentives.report import AffordanceClass
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.goals import Goals
from remit.incentives.worlds.world import World

__all__ = ["Classed", "advice_for", "class_acts", "feeders"]

WORTH_TO_TASK = 1e-4
"""Task gains below this share of the task's swing are none."""
ENABLING = 0.9
"""An act whose worth vanishes to more than this share without interventions only serves resistance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classed:
    """An act with the numbers that class it; ``rho`` is ``None`` when it is worth nothing to broad goals."""

    act: Act
    classification: AffordanceClass
    kappa: float
    rho: float | None
    u: float
    worth: Worth


def class_acts(world: World, calm: World, goals: Goals, measured: Measured) -> tuple[Classed, ...]:
    """Class every act of a world against the same world with interventions off (``calm``), on one sample of goals.

    Gains of both worlds are scaled by the swing in the first, so that rho compares like with like.
    """
    on = worth_of_acts(world, goals.rewards(world), measured.swing)
    off = worth_of_acts(calm, goals.rewards(calm), measured.swing)
    feeds = feeders(world.blueprint)
    stake = measured.stake
    classed = []
    for act in _each_once(world.acts):
        here, there = on[act.id], off.get(act.id)
        gain_on = _mean(np.maximum(here.effect, here.alone), stake)
        gain_off = 0.0 if there is None else _mean(np.maximum(there.effect, there.alone), stake)
        rho = None if gain_on <= 0.0 else max(0.0, 1.0 - gain_off / gain_on)
        u = 0.0 if there is None else there.task
        harm = kappa(world.blueprint, act)
        name = _class(act, harm=harm, u=u, rho=rho, gain=gain_on, feeds=act.id in feeds)
        classed.append(Classed(act=act, classification=name, kappa=harm, rho=rho, u=u, worth=here))
    return tuple(classed)


def feeders(plan: Plan) -> frozenset[str]:
    """Ids of the acts some resisting act needs, directly or through others."""
    resist = set(resisting(plan))
    wanted = {fact for act in plan.acts if act.id in resist for way in act.ways for fact in way}
    wanted |= {counter for act in plan.acts if act.id in resist for counter in act.spends}
    found: set[str] = set()
    while True:
        new = {act.id for act in plan.acts if act.id not in found and wanted & {*act.adds, *act.gains}}
        if not new:
            return frozenset(found)
        found |= new
        wanted |= {fact for act in plan.acts if act.id in new for way in act.ways for fact in (*way, *act.spends)}


def advice_for(classification: AffordanceClass, act: Act) -> str:
    """What to do about an act of a class, in a sentence."""
    match classification:
        case "resistance":
            return f"close it: nothing the task needs is lost without `{act.id}`"
        case "conflict":
            return f"redesign `{act.id}` so that it no longer touches oversight, or put a person in front of it"
        case "enabler":
            return f"close it: `{act.id}` pays only as a step towards resisting"
        case "excess-authority":
            return f"narrow the grant that opens `{act.id}`: no grant covers it"
        case "task-tool" | "ordinary" | "dormant":
            return ""


def _class(act: Act, *, harm: float, u: float, rho: float | None, gain: float, feeds: bool) -> AffordanceClass:
    useful = u > WORTH_TO_TASK
    if gain <= 0.0 and not useful:
        return "dormant"
    if harm > 0.0:
        return "conflict" if useful else "resistance"
    if not act.unauthorised and useful:
        return "task-tool"
    if feeds and rho is not None and rho > ENABLING:
        return "enabler"
    return "excess-authority" if act.unauthorised else "ordinary"


def _each_once(acts: Iterable[Act]) -> list[Act]:
    return list({act.id: act for act in acts}.values())


def _mean(values: np.ndarray, stake: np.ndarray) -> float:
    return float(values[stake].mean()) if stake.any() else 0.0
