"""Which act the incentive hangs on: taking acts away one by one, alone, as a group, or by Shapley's share.

Leaving one act out is fast and misses substitutes: of two ways to blind a monitor neither is missed alone. So an act is
read together with the acts of the same *effect*; ``alone`` is what it adds where no other resisting act is left. Values
can be negative for a group: removing a direct route can make another valuable. Re-check after every removal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from remit.incentives.readings.readings import NOTICEABLE, Measured, resisting
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.goals import task_goal
from remit.incentives.worlds.world import Mask, Values, World
from remit.theory.estimate import Estimate, exact, mean_interval

__all__ = ["Worth", "shapley", "shapley_of_resistance", "twins", "worth_of_acts"]


EXACT_PLAYERS = 8
DRAWN_ORDERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What one act is worth, each as shares of the goals' swing [K].

    ``gap``: V* lost without it; ``effect``: without it and every act of the same effect; ``alone``: gained by it over
    a world without any resisting act (only for resisting acts); ``task``: what its effect is worth to the declared
    task.
    """

    gap: Values
    effect: Values
    alone: Values
    task: float


def twins(world: World, act: Act) -> tuple[str, ...]:
    """Ids of the acts that bring about exactly what this one does, itself included."""
    bits = world.blueprint.bits
    same = _signature(act, bits)
    return world.ids(other for other in world.acts if _signature(other, bits) == same)


def worth_of_acts(world: World, rewards: Values, swing: Values) -> dict[str, Worth]:
    """The worth of every act of the world to goals f64[C, K] with their swings [K], from one batch of solves."""
    resist = frozenset(resisting(world.blueprint))
    ids = tuple(dict.fromkeys(act.id for act in world.acts))
    groups = {act.id: frozenset(twins(world, act)) for act in world.acts}
    removed: list[frozenset[str]] = [frozenset(), resist]
    for name in ids:
        removed += [frozenset({name}), groups[name]]
        if name in resist:
            removed.append(resist - groups[name])
    sets = sorted(set(removed), key=sorted)
    masks: list[Mask | None] = [world.rows(without=members) for members in sets]
    values = dict(zip(sets, world.solver.many(rewards, masks), strict=True))
    task = _task_values(world, sets, masks)
    scale = np.where(swing > NOTICEABLE, swing, np.inf)
    whole, bare = values[frozenset()], values[resist]
    worth = {}
    for name in ids:
        alone = values[resist - groups[name]] - bare if name in resist else np.zeros_like(swing)
        worth[name] = Worth(
            gap=_share(whole - values[frozenset({name})], scale),
            effect=_share(whole - values[groups[name]], scale),
            alone=_share(alone, scale),
            task=max(0.0, task[frozenset()] - task[groups[name]]),
        )
    return worth


def shapley(players: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Shapley's share of each player in ``value(all) - value(none)``, exactly (2^n values, each asked for once).

    Shapley, "A value for n-person games" (1953). Raises ``ValueError`` beyond 16 players.
    """
    if len(players) > 16:
        message = f"`{len(players)}` players need more than 2^16 values"
        raise ValueError(message)
    known = {
        frozenset(chosen): value(frozenset(chosen))
        for size in range(len(players) + 1)
        for chosen in combinations(players, size)
    }
    count = len(players)
    shares = dict.fromkeys(players, 0.0)
    for player in players:
        others = [other for other in players if other != player]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for chosen in combinations(others, size):
                shares[player] += weight * (known[frozenset({*chosen, player})] - known[frozenset(chosen)])
    return shares


def shapley_of_resistance(world: World, rewards: Values, measured: Measured, *, seed: int) -> dict[str, Estimate]:
    """Shapley's share of each resisting effect in the mean gap of resistance, by the id of its first act.

    Acts of the same effect play as one. Exact for up to eight players; beyond that a mean over drawn orders with a 95 %
    interval. Shares sum to the mean gap over non-trivial goals.
    """
    resist = frozenset(resisting(world.blueprint))
    acts = {act.id: act for act in world.acts if act.id in resist}
    teams = {min(group): group for group in (frozenset(twins(world, act)) & resist for act in acts.values())}
    players = sorted(teams)
    known: dict[frozenset[str], float] = {}

    def value(present: frozenset[str]) -> float:
        if present not in known:
            absent = resist.difference(*(teams[player] for player in present))
            solved = world.solver.start_values(rewards, world.rows(without=absent))
            known[present] = _mean_share(solved, measured)
        return known[present]

    if len(players) <= EXACT_PLAYERS:
        return {player: exact(share) for player, share in shapley(players, value).items()}
    return _sampled_shapley(players, value, seed)


def _sampled_shapley(players: list[str], value: Callable[[frozenset[str]], float], seed: int) -> dict[str, Estimate]:
    """Marginal contributions averaged over drawn orders of the players (Castro, Gomez and Tejada 2009)."""
    generator = np.random.Generator(np.random.Philox(seed))
    gains: dict[str, list[float]] = {player: [] for player in players}
    for _ in range(DRAWN_ORDERS):
        present: frozenset[str] = frozenset()
        for index in generator.permutation(len(players)):
            after = present | {players[index]}
            gains[players[index]].append(value(after) - value(present))
            present = after
    return {player: mean_interval(np.array(found), seed=seed) for player, found in gains.items()}


def _mean_share(values: Values, measured: Measured) -> float:
    """Mean value over non-trivial goals as a share of their swing."""
    counts = measured.counts * measured.stake
    scale = np.where(measured.swing > NOTICEABLE, measured.swing, 1.0)
    return float((values / scale * counts).sum() / max(1, counts.sum()))


def _signature(act: Act, bits: Iterable[str]) -> tuple[frozenset[str], ...]:
    kept = set(bits)
    counters = {name.partition(">=")[0] for name in kept}
    return tuple(frozenset(facts) & (kept | counters) for facts in (act.adds, act.takes, act.gains))


def _task_values(world: World, sets: list[frozenset[str]], masks: list[Mask | None]) -> dict[frozenset[str], float]:
    """The declared task's value without each set of acts, as a share of the task's swing."""
    reward = task_goal(world)
    values = world.solver.many(reward, masks)[:, 0]
    swing = values[sets.index(frozenset())] + float(world.solver.start_values(-reward, world.rows())[0])
    return dict(zip(sets, values / swing if swing > NOTICEABLE else np.zeros_like(values), strict=True))


def _share(loss: Values, scale: Values) -> Values:
    share = np.maximum(loss, 0.0) / scale
    return np.where(share < NOTICEABLE, 0.0, np.minimum(share, 1.0))
