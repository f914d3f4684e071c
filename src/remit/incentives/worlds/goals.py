"""Goals: functions on outcomes, drawn from several priors, identical across every variant of a world.

A goal never pays for being alive: it is a function of outcome features (``out.*``) only, so every drive is
instrumental by construction. Draws depend on the seed, the prior and the *names* of outcomes, never on a world's size
or order, so that an ablated world is scored on the same goals. Rewards drawn independently per state are not offered:
they depend on how states are split.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remit.charter.model import Charter
from remit.incentives.worlds.world import World, outcome_values

__all__ = ["Goals", "draw_goals", "mixed", "task_goal", "task_in_words"]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """A sample of goals from one prior.

    ``weights`` f64[F, K] over the named features for the additive priors; ``literals`` for formulas: a tuple per goal
    of ``(feature, wanted)``; neither for ``iid_outcome``, which hashes the outcome class. ``counts`` i64[K]: how many
    draws each distinct goal stands for (duplicates are merged).
    """

    prior: str
    names: tuple[str, ...]
    seed: int
    counts: npt.NDArray[np.int64]
    weights: Values | None = None
    literals: tuple[tuple[tuple[str, bool], ...], ...] = ()

    @property
    def total(self) -> int:
        """How many draws the sample stands for."""
        return int(self.counts.sum())

    def rewards(self, world: World) -> Values:
        """The goals as rewards on a world's outcome classes, f64[C, K]."""
        columns = _columns(self.names, world)
        if self.weights is not None:
            return np.ascontiguousarray(columns.astype(np.float64) @ self.weights)
        if self.prior == "formula":
            return _formula_rewards(self.names, self.literals, columns)
        return np.stack([_class_draws(self.names, row, len(self.counts), self.seed) for row in columns])


def draw_goals(prior: str, names: tuple[str, ...], count: int, seed: int) -> Goals:
    """Draw goals over named outcome features.

    ``sparse2``: standard normal weights on two features; ``linear``: on all; ``formula``: a conjunction of one to
    three literals, the first positive; ``iid_outcome``: uniform on [0, 1] per outcome class. Raises ``KeyError`` for
    another prior.
    """
    generator = _generator(seed, prior, *names)
    ones = np.ones(count, np.int64)
    if prior == "iid_outcome":
        return Goals(prior=prior, names=names, seed=seed, counts=ones)
    if prior in ("sparse2", "linear"):
        weights = generator.standard_normal((len(names), count))
        if prior == "sparse2" and len(names) > 2:
            ranks = np.argsort(generator.random((len(names), count)), axis=0).argsort(axis=0)
            weights = np.where(ranks < 2, weights, 0.0)
        return Goals(prior=prior, names=names, seed=seed, counts=ones, weights=weights)
    if prior == "formula":
        drawn = [_formula(names, generator) for _ in range(count)]
        tally = Counter(drawn)
        distinct = sorted(tally)
        counts = np.array([tally[goal] for goal in distinct], np.int64)
        return Goals(prior=prior, names=names, seed=seed, counts=counts, literals=tuple(distinct))
    raise KeyError(prior)


def task_goal(world: World) -> Values:
    """The declared task as a goal, f64[C, 1]."""
    return outcome_values(world, world.blueprint.charter.purpose.task)[:, None]


def task_in_words(charter: Charter) -> tuple[str, ...]:
    """What the purpose rewards and how the future counts, as text: two charters with the same lines value alike."""
    lines = []
    for outcome in charter.purpose.task:
        parts = [
            f"{'' if part.holds else 'not '}{part.fact}" + (f" >= {part.at_least}" if part.at_least != 1 else "")
            for part in outcome.when
        ]
        lines.append(f"{' and '.join(sorted(parts))}: {outcome.value:g}")
    return (*sorted(lines), f"discount: {charter.assume.discount:g}")


def mixed(task: Values, goals: Values, swings: Mapping[str, Values], weight: float) -> Values:
    """Mixtures ``(1 - weight) task + weight goal``, each scaled to swing 1.

    ``swings`` holds those of the ``task`` [1] and of each ``goal`` [K].
    """
    safe = np.where(swings["goal"] > 0.0, swings["goal"], np.inf)
    own = task / swings["task"] if swings["task"][0] > 0.0 else np.zeros_like(task)
    return (1.0 - weight) * own + weight * goals / safe


def _generator(seed: int, *words: str) -> np.random.Generator:
    digest = hashlib.sha256("\x1f".join((str(seed), *words)).encode()).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest[:8], "little")))


def _columns(names: tuple[str, ...], world: World) -> npt.NDArray[np.bool_]:
    """The named features of each outcome class, bool[C, F]; one the world cannot bring about is false."""
    known = {name: index for index, name in enumerate(world.feature_names)}
    columns = np.zeros((len(world.features), len(names)), np.bool_)
    for index, name in enumerate(names):
        if name in known:
            columns[:, index] = world.features[:, known[name]]
        elif name in world.blueprint.charter.purpose.given:
            columns[:, index] = True
    return columns


def _formula(names: tuple[str, ...], generator: np.random.Generator) -> tuple[tuple[str, bool], ...]:
    size = min(int(generator.integers(1, 4)), len(names))
    chosen = generator.permutation(len(names))[:size]
    signs = [True, *(bool(value < 0.5) for value in generator.random(size)[1:])][:size]
    return tuple(sorted((names[index], sign) for index, sign in zip(chosen, signs, strict=True)))


def _formula_rewards(
    names: tuple[str, ...], literals: tuple[tuple[tuple[str, bool], ...], ...], columns: npt.NDArray[np.bool_]
) -> Values:
    where = {name: index for index, name in enumerate(names)}
    rewards = np.ones((len(columns), len(literals)), np.bool_)
    for goal, conjunction in enumerate(literals):
        for name, wanted in conjunction:
            rewards[:, goal] &= columns[:, where[name]] == wanted
    return rewards.astype(np.float64)


def _class_draws(names: tuple[str, ...], row: npt.NDArray[np.bool_], count: int, seed: int) -> Values:
    held = [name for name, holds in zip(names, row, strict=True) if holds]
    return _generator(seed, "iid_outcome", *held).random(count)
