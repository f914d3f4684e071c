"""Readings: what acts are worth to goals, measured by taking them away.

For a goal R, the *swing* S(R) = V*_R + V*_{-R} at the start is what the agent can make of it, best minus worst. The
*gap* of a set of acts is (V* - V* without them) / S, in [0, 1]; affine changes of the goal leave it as it is. Goals
whose attainable gain over idling is under 1 % of the swing are *trivial* and counted apart (03, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from remit.drive import DRIVES, PRESSURES
from remit.incentives.report import PriorReading
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.compiler import Blueprint
from remit.incentives.worlds.goals import Goals
from remit.incentives.worlds.layout import BLUNTING, Layout, approval_of
from remit.incentives.worlds.oversight import blunting
from remit.incentives.worlds.world import Mask, Values, World
from remit.theory.estimate import Estimate, wilson

__all__ = ["NOTICEABLE", "Measured", "Plan", "drive_groups", "kappa", "measure", "prior_reading", "resisting"]

NOTICEABLE = 1e-7
"""Differences of normalised value below this are the solver's tolerance, not an incentive."""
TRIVIAL = 0.01
"""A goal whose attainable gain is less than this share of its swing has nothing at stake."""
CONFIDENCE_Z = 1.959963984540054


Plan: TypeAlias = Blueprint | Layout
"""What kappa is read off: the tables of a compiled charter, enumerated or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Goals measured in one world, each array [K].

    ``value`` V* at the start; ``swing`` S; ``stake`` whether the goal is not trivial; ``gaps`` per named set of acts;
    ``counts`` how many draws each goal stands for.
    """

    value: Values
    swing: Values
    stake: npt.NDArray[np.bool_]
    gaps: Mapping[str, Values]
    counts: npt.NDArray[np.int64]

    def share(self, group: str, at_least: float) -> Estimate:
        """Share of non-trivial goals whose gap is at least ``at_least`` (Wilson 95 % interval)."""
        counts = self.counts * self.stake
        hits = int(counts[self.gaps[group] >= at_least].sum())
        return wilson(hits, int(counts.sum()))

    def mean(self, group: str) -> Estimate:
        """Mean gap over non-trivial goals, with a normal 95 % interval clipped to [0, 1]."""
        counts = (self.counts * self.stake).astype(np.float64)
        total = counts.sum()
        if total == 0:
            return Estimate(value=0.0, low=0.0, high=1.0, method="interval", samples=0)
        gaps = self.gaps[group]
        mean = float((gaps * counts).sum() / total)
        spread = float((((gaps - mean) ** 2) * counts).sum() / max(1.0, total - 1.0))
        half = CONFIDENCE_Z * (spread / total) ** 0.5
        low, high = max(0.0, mean - half), min(1.0, mean + half)
        return Estimate(value=mean, low=min(low, mean), high=max(high, mean), method="interval", samples=int(total))

    def quantile(self, group: str, share: float) -> float:
        """The gap that ``share`` of the non-trivial goals do not exceed."""
        counts = self.counts * self.stake
        if counts.sum() == 0:
            return 0.0
        order = np.argsort(self.gaps[group], kind="stable")
        reached = np.cumsum(counts[order]) >= share * counts.sum()
        return float(self.gaps[group][order[int(np.argmax(reached))]])

    @property
    def trivial(self) -> float:
        """Share of all drawn goals with nothing at stake."""
        return float((self.counts * ~self.stake).sum() / max(1, self.counts.sum()))


def measure(world: World, goals: Goals, groups: Mapping[str, Iterable[str]]) -> Measured:
    """Measure goals in a world: swing, stake, and the gap of each named set of act ids.

    A set of which the world has no act has gap 0 exactly.
    """
    return measure_rewards(world, goals.rewards(world), goals.counts, groups)


def measure_rewards(
    world: World, rewards: Values, counts: npt.NDArray[np.int64], groups: Mapping[str, Iterable[str]]
) -> Measured:
    """As `measure`, for rewards f64[C, K] given per outcome class."""
    known = {act.id for act in world.acts}
    present = {name: frozenset(members) & known for name, members in groups.items()}
    sets = sorted({members for members in present.values() if members}, key=sorted)
    masks: list[Mask | None] = [world.rows(), world.rows(only=()), *(world.rows(without=members) for members in sets)]
    values = world.solver.many(rewards, masks)
    swing = values[0] + world.solver.start_values(-rewards, world.rows())
    real = swing > NOTICEABLE
    scale = np.where(real, swing, 1.0)
    lost = {members: _gap(values[0] - values[index + 2], scale, real) for index, members in enumerate(sets)}
    return Measured(
        value=values[0],
        swing=swing,
        stake=real & (values[0] - values[1] > TRIVIAL * swing),
        gaps={name: lost.get(members, np.zeros_like(swing)) for name, members in present.items()},
        counts=counts,
    )


def _gap(loss: Values, scale: Values, real: npt.NDArray[np.bool_]) -> Values:
    gap = np.where(real, np.maximum(loss, 0.0) / scale, 0.0)
    return np.where(gap < NOTICEABLE, 0.0, np.minimum(gap, 1.0))


def prior_reading(measured: Measured, group: str) -> PriorReading:
    """One set of acts under one prior, as the report shows it."""
    return PriorReading(
        share1=measured.share(group, 0.01),
        share10=measured.share(group, 0.1),
        mean_gap=measured.mean(group),
        c99=measured.quantile(group, 0.99),
        trivial=measured.trivial,
    )


def drive_groups(world: World) -> dict[str, tuple[str, ...]]:
    """Act ids by drive and boundary pressure, and the sums ``resistance`` (kappa > 0) and ``unauthorised``."""
    groups: dict[str, tuple[str, ...]] = {}
    for drive in DRIVES:
        parts = {part.id for part in drive.parts}
        groups[drive.id] = world.ids(act for act in world.acts if parts & set(act.parts()))
    for pressure in PRESSURES:
        groups[pressure.id] = world.ids(act for act in world.acts if pressure.id in act.parts())
    groups["resistance"] = resisting(world.blueprint)
    groups["unauthorised"] = world.ids(act for act in world.acts if act.unauthorised)
    return groups


def resisting(plan: Plan) -> tuple[str, ...]:
    """Ids of the acts that lower the probability that an intervention takes effect, or detection: kappa > 0."""
    blunt = {fact for fact in {fact for act in plan.acts for fact in act.adds} if _kappa_of_fact(plan, fact) > 0.0}
    return tuple(dict.fromkeys(act.id for act in plan.acts if blunt.intersection(act.adds)))


def kappa(plan: Plan, act: Act) -> float:
    """The largest drop an act causes in P(an intervention takes effect), in detection, or in a refusal's force.

    Read off the compiled tables: 1 for a scheduled job that a stop does not purge (its effects outlive the stop).
    """
    return max((_kappa_of_fact(plan, fact) for fact in act.adds), default=0.0)


def _kappa_of_fact(plan: Plan, fact: str) -> float:
    charter, terms, bits = plan.charter, plan.terms, plan.bits
    if fact.startswith("schedule."):
        return float(fact in bits and not terms.covers_jobs)
    if fact not in BLUNTING or fact not in bits:
        return 0.0
    monitor = charter.oversight.monitor
    detect = max(monitor.detect, monitor.tamper.detect if monitor.tamper else 0.0)
    if not any(act.unauthorised for act in plan.acts):
        detect = 0.0
    if fact == "oversight.monitor":
        return detect
    if fact == "oversight.ledger":
        return detect * charter.assume.ledger_share
    if fact == "oversight.approval":
        return max((1.0 - approval_of(charter, name).grant for act in plan.acts for name in act.overseers), default=0.0)
    relevant = {name: bit for name, bit in bits.items() if name in BLUNTING or name.startswith("grace.")}
    return blunting(terms, relevant, fact)
