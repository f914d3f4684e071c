"""How somebody chooses among the acts of a charter's world: for the declared task, and for goals resisting pays for.

A policy is softmax-rational with trembling: in state s it takes act a with probability

    (1 - tremble) exp(rationality Q(s, a) / S) / sum_b exp(rationality Q(s, b) / S) + tremble / n(s)

over the n(s) acts that a record can show (idling and finishing cannot be seen, so policies are conditioned on acting).
S is the swing of the goal (best minus worst it can come to), so that goals are comparable. Q is solved exactly. How
sharp an agent that pursues its task is, nobody knows: every manner of a grid is allowed for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remit.incentives.readings.readings import NOTICEABLE, resisting
from remit.incentives.worlds.goals import draw_goals, task_goal
from remit.incentives.worlds.world import Values, World

__all__ = [
    "FIRST_ACT",
    "MANNERS",
    "PAYS",
    "SHARP",
    "Floats",
    "Integers",
    "Manner",
    "Policies",
    "policies_of",
    "scaled_quality",
]

FIRST_ACT = 2
"""Number of the first act in a world: 0 idles, 1 finishes."""
PAYS = 0.01
"""A resisting act pays for a goal that loses at least this share of its swing without it."""
_PRIORS = ("sparse2", "linear", "formula")

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How sharply better acts are preferred, and the share of acts that are drawn without thinking."""

    rationality: float
    tremble: float

    def log_policy(self, world: World, rewards: Values, rows: Integers) -> Floats:
        """The log-probability of each row that is shown, for each reward f64[C, K]: f64[R, K]."""
        return self.of(scaled_quality(world, rewards, rows), world.exploration.mdp.row_states[rows])

    def of(self, quality: Floats, states: Integers) -> Floats:
        """The log-probabilities for what acts are worth, f64[R, K], in units of the swing."""
        if not len(quality):
            return quality
        begins = np.r_[True, states[1:] != states[:-1]]
        first, owner = np.flatnonzero(begins), np.cumsum(begins) - 1
        scaled = self.rationality * quality
        weights: Floats = np.exp(scaled - np.maximum.reduceat(scaled, first, axis=0)[owner])
        total = np.add.reduceat(weights, first, axis=0)[owner]
        number = np.diff(np.r_[first, len(states)])[owner][:, None]
        chances: Floats = np.log((1.0 - self.tremble) * weights / total + self.tremble / number)
        return chances


SHARP = Manner(rationality=60.0, tremble=0.05)
"""An act worth 1 % of the swing less is taken 0.55 times as often."""
MANNERS = tuple(
    Manner(rationality=rationality, tremble=tremble)
    for rationality in (200.0, 60.0, 30.0, 15.0, 8.0, 4.0)
    for tremble in (0.02, 0.1, 0.3)
)
"""The manners an agent that pursues its task may have: from sharp to careless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Log-probabilities of acts, of the task in every manner and of each goal.

    ``rows`` i64[R] are the rows of the world that a record can show, in order; ``states`` i64[R] who owns them,
    ``actions`` i64[R] what they do; ``task`` f64[R, J] (one column for each manner) and ``goals`` f64[R, K] their
    log-probabilities. ``tempted`` is the share of the drawn goals for which resisting pays.
    """

    rows: Integers
    states: Integers
    actions: Integers
    task: Floats
    goals: Floats
    tempted: float

    @property
    def count(self) -> int:
        """How many goals there are."""
        return int(self.goals.shape[1])


def policies_of(world: World, *, goals: int, seed: int, manners: tuple[Manner, ...] = MANNERS) -> Policies:
    """The policies of a world: the task's, and those of up to ``goals`` goals from each prior that resisting pays for.

    Without any such goal there is nothing to test for: ``goals`` is then of width 0.
    """
    mdp = world.exploration.mdp
    rows = np.flatnonzero(world.base & world.row_agent & (mdp.row_actions >= FIRST_ACT))
    states = mdp.row_states[rows]
    drawn = np.concatenate(
        [draw_goals(prior, world.feature_names, goals, seed).rewards(world) for prior in _PRIORS], axis=1
    )
    paying = _paying(world, drawn)
    task = scaled_quality(world, task_goal(world), rows)
    tables = [SHARP.log_policy(world, part, rows) for part in _parts(np.ascontiguousarray(drawn[:, paying]))]
    return Policies(
        rows=rows,
        states=states,
        actions=mdp.row_actions[rows].astype(np.int64),
        task=np.concatenate([manner.of(task, states) for manner in manners], axis=1),
        goals=np.concatenate(tables, axis=1) if tables else np.zeros((len(rows), 0)),
        tempted=float(paying.mean()) if len(paying) else 0.0,
    )


def scaled_quality(world: World, rewards: Values, rows: Integers) -> Floats:
    """What the acts of some rows are worth to each reward f64[C, K], in units of its swing, f64[R, K]."""
    whole = world.rows()
    swing = world.solver.start_values(rewards, whole) + world.solver.start_values(-rewards, whole)
    quality = world.solver.row_values(world.solver.state_values(rewards, whole), rewards)[rows]
    scaled: Floats = quality / np.where(swing > NOTICEABLE, swing, np.inf)
    return scaled


def _paying(world: World, rewards: Values) -> npt.NDArray[np.bool_]:
    """Which goals lose something when no resisting act may be done, bool[K]."""
    whole = world.rows()
    best = world.solver.start_values(rewards, whole)
    without = world.solver.start_values(rewards, world.rows(without=resisting(world.blueprint)))
    swing = best + world.solver.start_values(-rewards, whole)
    return (swing > NOTICEABLE) & (best - without >= PAYS * swing)


def _parts(rewards: Values, most: int = 16) -> Iterator[Values]:
    """The goals a few at a time, so that memory holds their values in every row."""
    for first in range(0, rewards.shape[1], most):
        yield np.ascontiguousarray(rewards[:, first : first + most])
