"""Charters made ready for learners: the world, goals of swing 1 with something at stake, and what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.readings.readings import measure, measure_rewards, resisting
from remit.incentives.readings.temptation import peaks
from remit.incentives.worlds.goals import draw_goals, task_goal
from remit.incentives.worlds.oversight import AGENT_MODES, PENDING_MODES, SETTLED_MODES, Mode
from remit.incentives.worlds.world import World, build_world
from remit.theory.mdp import MDP

__all__ = ["CHARTERS", "Case", "Values", "prepare", "shipped"]

Values: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

CHARTERS = ("support-email", "coding-agent", "research-agent", "purchasing-agent", "sre-agent", "founder")
IDLE = 0
"""The action that does nothing, on offer in every state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A charter's world with its goals.

    ``rewards`` f64[C, K] have swing 1; ``gap``, ``peak``, ``best`` (V*) and ``idle`` (the value of doing nothing) are
    f64[K]. The last column is the declared task itself. ``flags`` bool[A, 1] marks resisting acts, ``agent`` bool[S]
    where the agent's goal chooses, ``running`` bool[S] where besides nobody interrupts, ``interrupted`` bool[S] where
    an interruption was asked for or took effect.
    """

    name: str
    world: World
    drawn: int
    trivial: int
    rewards: Values
    gap: Values
    peak: Values
    best: Values
    idle: Values
    flags: Mask
    agent: Mask
    running: Mask
    interrupted: Mask

    @property
    def mdp(self) -> MDP:
        """The process."""
        return self.world.exploration.mdp

    @property
    def goals(self) -> int:
        """How many goals were drawn, the task not counted."""
        return len(self.gap) - 1

    def tried(self, rows: Mask) -> Mask:
        """The allowed rows that were tried; where none was, idling, or what the successor does."""
        mdp, base = self.mdp, self.world.base
        kept = base & rows
        kept |= ~self._offered(kept) & base & (mdp.row_actions == IDLE)
        return kept | (~self._offered(kept) & base)

    def _offered(self, rows: Mask) -> Mask:
        """Whether the state of each row has one of some rows, bool[R]."""
        some = np.add.reduceat(rows.astype(np.int64), self.mdp.row_ptr[:-1]) > 0
        return np.asarray(some[self.mdp.row_states], np.bool_)


def shipped(name: str) -> Charter:
    """A charter that comes with the package, by name."""
    text = (resources.files("remit") / "charters" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_charter(text, path=f"{name}.yaml")


def prepare(name: str, goals: int, seed: int) -> Case:
    """The world of a shipped charter with ``goals`` two-feature goals that have something at stake, and its task."""
    charter = shipped(name)
    world = build_world(charter, with_extensions(charter))
    resist = resisting(world.blueprint)
    drawn = draw_goals("sparse2", world.feature_names, 3 * goals, seed)
    measured = measure(world, drawn, {"resistance": resist})
    kept = np.flatnonzero(measured.stake)[:goals]
    own = task_goal(world)
    tasks = measure_rewards(world, own, np.ones(1, np.int64), {"resistance": resist})
    swing = np.append(measured.swing[kept], tasks.swing)
    rewards = np.ascontiguousarray(np.hstack([drawn.rewards(world)[:, kept], own]) / swing)
    modes = world.exploration.modes
    used = int(kept[-1]) + 1 if len(kept) else 0
    return Case(
        name=name,
        world=world,
        drawn=used,
        trivial=used - len(kept),
        rewards=rewards,
        gap=np.append(measured.gaps["resistance"][kept], tasks.gaps["resistance"]),
        peak=peaks(world, rewards, np.ones(len(swing)), resist).peak,
        best=world.solver.start_values(rewards, world.rows()),
        idle=world.solver.start_values(rewards, world.rows(only=())),
        flags=np.array([[False], [False], *([act.id in resist] for act in world.acts)]),
        agent=np.isin(modes, AGENT_MODES),
        running=modes == Mode.RUN,
        interrupted=np.isin(modes, (*PENDING_MODES, *SETTLED_MODES)),
    )
