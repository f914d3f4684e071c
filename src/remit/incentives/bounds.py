"""Readings of a world too large to solve whole: proved bounds, each marked as one, and no silent approximation.

For goals on few outcomes the cone of influence is solved three times: without any act that blunts oversight (value N,
exact), with some of them (S, from below), and with nobody intervening (I, from above). Then

    (S - N) / swing of I  <=  gap of resistance  <=  (I - N) / swing of S.

What acts *are* needs no solving: kappa is read off the tables, and whether an act leads to an outcome or only to
another act that blunts oversight is a question of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from remit.charter.context import CONTEXT, ContextKey, context_of
from remit.charter.model import Affordance, Charter, ContextValue
from remit.errors import ModelError
from remit.incentives.closing import plan_of
from remit.incentives.readings.readings import NOTICEABLE, TRIVIAL, kappa, resisting
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.compiler import compile_charter
from remit.incentives.worlds.goals import Goals, draw_goals, task_goal
from remit.incentives.worlds.layout import Layout
from remit.incentives.worlds.world import Mask, Values, World, build_world, without_interventions
from remit.theory.estimate import Estimate

__all__ = ["Bracket", "bracket_prior", "bracket_task", "feature_names", "unknown"]

CONE_STATES = 20_000
"""States a cone may have; a channel is left out of S when it would need more."""
CONE_BITS = 13
"""Facts a cone may have before it is tried at all."""
MOST_CHANNELS = 4
MOST_CONES = 8
"""Sets of outcomes solved per prior: a sample, drawn by the seed."""
CHANNELS = (
    "oversight.stop", "self.persist", "self.replicate", "oversight.monitor", "self.goal", "oversight.correct",
    "oversight.retask", "schedule.", "oversight.ledger", "oversight.approval",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Bounds on the resistance gap of some goals, those that surely have nothing at stake left out.

    ``low`` <= gap <= ``high``, each [K]; ``sure`` bool[K]: surely something is at stake; ``counts`` is how many draws
    each stands for; ``cones`` is how many sets of outcomes were solved, of ``offered``. A goal that is not sure may
    count or not: the bounds below hold either way.
    """

    low: Values
    high: Values
    sure: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.int64]
    cones: int
    offered: int

    def share(self, at_least: float) -> Estimate:
        """Bounds on the share of goals whose gap is at least this."""
        total, hits = int(self.counts.sum()), int(self.counts[self.high >= at_least].sum())
        low = float(self.counts[self.low >= at_least].sum()) / max(1, total)
        others = int(self.counts[self.sure & (self.high < at_least)].sum())
        high = hits / max(1, hits + others) if total else 1.0
        return Estimate(value=low, low=low, high=max(low, high), method="bound", samples=total)

    def mean(self) -> Estimate:
        """Bounds on the mean gap."""
        low = min(_mean(self.low, self.counts), _mean(self.low[self.sure], self.counts[self.sure]))
        order = np.lexsort((-self.high, ~self.sure))  # the sure ones first, then those that could raise the mean most
        sums, sizes = np.cumsum((self.high * self.counts)[order]), np.cumsum(self.counts[order])
        first = max(0, int(self.sure.sum()) - 1)
        high = float((sums / sizes)[first:].max()) if len(sums) else 1.0
        return Estimate(value=low, low=low, high=max(low, high), method="bound", samples=int(self.counts.sum()))

    def quantile(self, share: float) -> float:
        """An upper bound on the gap that ``share`` of the goals do not exceed."""
        for value in np.unique(self.high):
            above = int(self.counts[self.high > value].sum())
            below = int(self.counts[self.sure & (self.high <= value)].sum())
            if above <= (1.0 - share) * (above + below):
                return float(value)
        return 1.0


def _mean(values: Values, counts: npt.NDArray[np.int64]) -> float:
    return float((values * counts).sum() / max(1, counts.sum()))


def unknown() -> Estimate:
    """Nothing is known: a number between 0 and 1."""
    return Estimate(value=0.0, low=0.0, high=1.0, method="bound")


def feature_names(plan: Layout) -> tuple[str, ...]:
    """The outcome features goals range over, named as in a world."""
    names = []
    for bit in plan.bits:
        fact, counted, level = bit.partition(">=")
        if fact.startswith("out."):
            names.append(fact if not counted or level == "1" else f"{fact} >= {level}")
    return tuple(names)


def bracket_prior(
    charter: Charter,
    rows: Sequence[Affordance],
    prior: str,
    *,
    goals: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> Bracket | None:
    """Bounds for a prior whose goals range over at most three outcomes; ``None`` for others or when no cone fits."""
    if prior not in ("sparse2", "formula"):
        return None
    plan = plan_of(charter, rows)
    drawn = draw_goals(prior, feature_names(plan), goals, seed)
    supports = _supports(drawn)
    chosen = _sample(sorted(supports, key=sorted), seed)
    found = []
    for index, support in enumerate(chosen):
        progress(index, len(chosen))
        cone = _solve_cone(plan, rows, support, _subset(drawn, supports[support]))
        if cone is not None:
            found.append(cone)
    if not found:
        return None
    joined = [np.concatenate([getattr(one, name) for one in found]) for name in ("low", "high", "sure", "counts")]
    return Bracket(
        low=joined[0], high=joined[1], sure=joined[2], counts=joined[3], cones=len(found), offered=len(supports)
    )


def bracket_task(charter: Charter, rows: Sequence[Affordance]) -> Bracket | None:
    """Bounds on the resistance gap of the declared task itself."""
    support = frozenset(one.fact for outcome in charter.purpose.task for one in outcome.when)
    return _solve_cone(plan_of(charter, rows), rows, support, None) if support else None


def _supports(goals: Goals) -> dict[frozenset[str], list[int]]:
    """The outcome facts each goal ranges over, with the goals that share them."""
    found: dict[frozenset[str], list[int]] = {}
    for index in range(len(goals.counts)):
        if goals.weights is not None:
            held = [name for name, weight in zip(goals.names, goals.weights[:, index], strict=True) if weight != 0.0]
        else:
            held = [name for name, _ in goals.literals[index]]
        found.setdefault(frozenset(name.partition(" >= ")[0] for name in held), []).append(index)
    return found


def _subset(goals: Goals, indices: list[int]) -> Goals:
    weights = None if goals.weights is None else goals.weights[:, indices]
    literals = tuple(goals.literals[index] for index in indices) if goals.literals else ()
    return replace(goals, counts=goals.counts[indices], weights=weights, literals=literals)


def _sample(supports: list[frozenset[str]], seed: int) -> list[frozenset[str]]:
    order = np.random.Generator(np.random.Philox(seed)).permutation(len(supports))
    return [supports[index] for index in sorted(order[:MOST_CONES])]


def _solve_cone(
    plan: Layout, rows: Sequence[Affordance], support: frozenset[str], goals: Goals | None
) -> Bracket | None:
    """Solve a cone without, with some, and beyond resistance; ``None`` when even the first is too large.

    Acts that blunt oversight and are granted stay in the world, since a successor may do them too: only the agent's own
    rows are masked. What is in reach hangs neither on the goals nor on whether anybody intervenes.
    """
    build = partial(build_world, outcomes=support, acts=plan.reached, state_budget=CONE_STATES)
    resist = frozenset(resisting(plan))
    barred = resist & {act.id for act in plan.acts if act.unauthorised}
    try:
        none = build(plan.charter, rows, without=barred)
        immune = build(without_interventions(plan.charter), rows)
    except ModelError:
        return None
    some = _with_channels(plan, rows, support, barred) or none
    bare = _values(none, goals, none.rows(without=resist))[0]
    idle = _values(none, goals, none.rows(only=()))[0]
    (least, worst), (most, best) = _values(some, goals, some.rows()), _values(immune, goals, immune.rows())
    near, wide = least + worst, most + best
    counts = np.ones(1, np.int64) if goals is None else goals.counts
    low = _ratio(least - bare, wide, empty=0.0)
    high = np.maximum(low, _ratio(most - bare, near, empty=1.0))
    kept = (wide > NOTICEABLE) & ((most - idle > TRIVIAL * near) | (goals is None))
    sure = least - idle > TRIVIAL * wide
    return Bracket(low=low[kept], high=high[kept], sure=sure[kept], counts=counts[kept], cones=1, offered=1)


def _with_channels(
    plan: Layout, rows: Sequence[Affordance], support: frozenset[str], resist: frozenset[str]
) -> World | None:
    """The cone with as many ways to blunt oversight as fit, the plainest first."""
    by_channel = [[act.id for act in plan.acts if act.id in resist and _opens(act, channel)] for channel in CHANNELS]
    kept = [members for members in by_channel if members]
    for size in range(min(len(kept), MOST_CHANNELS), 0, -1):
        without = resist.difference(*kept[:size])
        blueprint = compile_charter(plan.charter, rows, outcomes=support, without=without, acts=plan.reached)
        if len(blueprint.bits) > CONE_BITS:
            continue
        try:
            return build_world(
                plan.charter,
                rows,
                outcomes=support,
                without=without,
                acts=plan.reached,
                state_budget=CONE_STATES,
            )
        except ModelError:
            continue
    return None


def _opens(act: Act, channel: str) -> bool:
    return any(fact.startswith(channel) if channel.endswith(".") else fact == channel for fact in act.adds)


def _values(world: World, goals: Goals | None, rows: Mask) -> tuple[Values, Values]:
    """V* of each goal and of its negative at the start, over some rows."""
    rewards = task_goal(world) if goals is None else goals.rewards(world)
    return world.solver.start_values(rewards, rows), world.solver.start_values(-rewards, rows)


def _ratio(loss: Values, scale: Values, *, empty: float) -> Values:
    safe = np.where(scale > NOTICEABLE, scale, 1.0)
    return np.where(scale > NOTICEABLE, np.clip(np.maximum(loss, 0.0) / safe, 0.0, 1.0), empty)


def leads_to_outcome(plan: Layout) -> frozenset[str]:
    """Ids of the acts that bring about an outcome, directly or by enabling one that does without blunting oversight."""
    wanted: set[str] = set()
    found: set[str] = set()
    plain = [act for act in plan.acts if kappa(plan, act) == 0.0]
    for act in plain:
        if any(fact.startswith("out.") for fact in (*act.adds, *act.takes, *act.gains, *act.spends)):
            found.add(act.id)
    while True:
        wanted |= {
            fact for act in plain if act.id in found for way in act.ways for fact in (*way, *act.spends, *act.helps)
        }
        new = {act.id for act in plain if act.id not in found and wanted & {*act.adds, *act.gains}}
        if not new:
            return frozenset(found)
        found |= new


def context_to_state(
    charter: Charter, plan: Layout, rows: Sequence[Affordance]
) -> Iterator[tuple[ContextKey, ContextValue, int]]:
    """Facts nobody stated, the safer value of each, and how many acts are out of play once it is true, most first.

    Counted by compiling the charter with that one fact stated, so that a fact that cuts a way in counts for all it
    led to. What the grants themselves decide is left out: a grant is edited, not a statement. Where a fact has a value
    between unsafe and safe that an agent with such tools can live with (an allow-list), that one is taken.
    """
    live = {act.id for act in plan.acts}
    known = context_of(charter)
    wanted = {key for row in rows if row.id in live for key in row.when if known[key].origin == "assumed"}
    found: list[tuple[ContextKey, ContextValue, int]] = []
    for key in CONTEXT:
        if key.id in wanted and key.field != "grants":
            value = key.values[1] if key.id == "egress" else key.safe
            stated = replace(charter, context={**charter.context, key.id: value})
            closed = live - {act.id for act in plan_of(stated, rows).acts}
            found.append((key, value, len(closed)))
    yield from sorted((one for one in found if one[2]), key=lambda one: (-one[2], one[0].id))
