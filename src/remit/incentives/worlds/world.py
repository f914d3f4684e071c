"""A compiled charter as an MDP solved for many goals: states, the successor's policy, and masks that take acts away.

The agent's own goal chooses in a run and after a notice; once corrected or re-tasked the authorised policy for the
declared task acts, and the agent's goal only watches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from remit.charter.model import Affordance, Charter, Outcome
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.compiler import Blueprint, compile_charter
from remit.incentives.worlds.oversight import AGENT_MODES, Mode, bits_of
from remit.theory.solvers.factored import Exploration, explore
from remit.theory.solvers.program import reachable
from remit.theory.solvers.values import Solver

__all__ = ["STATE_BUDGET", "World", "build_world", "outcome_values", "without_interventions"]

STATE_BUDGET = 120_000
"""States up to which the full world is solved; beyond it readings become bounds."""

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An enumerated world.

    ``features`` bool[C, F]: which outcome features hold in each outcome class; ``solver`` reads rewards f64[C, K].
    ``base`` bool[R]: rows left once the successor's policy is fixed. ``row_agent`` bool[R]: rows where the agent's
    own goal chooses.
    """

    blueprint: Blueprint
    exploration: Exploration
    solver: Solver
    features: npt.NDArray[np.bool_]
    base: Mask
    row_agent: Mask

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts of the world; act ``i`` is action ``i + 2``."""
        return self.blueprint.acts

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the outcome features, in the order of the columns of ``features``."""
        return tuple(feature.name for feature in self.blueprint.features)

    def rows(self, *, without: Iterable[str] = (), only: Iterable[str] | None = None) -> Mask:
        """Rows left when the agent may not do the acts ``without`` (or may do ``only`` some); the successor's stay."""
        barred = set(without)
        if only is not None:
            barred |= {act.id for act in self.acts} - set(only)
        actions = np.array([False, False, *(act.id in barred for act in self.acts)])
        return self.base & ~(actions[self.exploration.mdp.row_actions] & self.row_agent)

    def ids(self, acts: Iterable[Act]) -> tuple[str, ...]:
        """Ids of acts, each once, in the world's order."""
        wanted = {act.id for act in acts}
        return tuple(dict.fromkeys(act.id for act in self.acts if act.id in wanted))


def build_world(
    charter: Charter,
    rows: Iterable[Affordance],
    *,
    outcomes: frozenset[str] | None = None,
    without: frozenset[str] = frozenset(),
    acts: Sequence[Act] | None = None,
    state_budget: int = STATE_BUDGET,
    threads: int = 2,
) -> World:
    """Compile and enumerate a charter's world; raises ``StateBudgetError`` beyond ``state_budget`` states.

    ``outcomes``, ``without`` and ``acts`` as in `compile_charter`.
    """
    blueprint = compile_charter(charter, rows, outcomes=outcomes, without=without, acts=acts)
    exploration = explore(blueprint.factored, state_budget=state_budget)
    mdp = exploration.mdp
    outcome_bits = sum(feature.bit for feature in blueprint.features)
    codes, classes = np.unique(exploration.codes & outcome_bits, return_inverse=True)
    features = np.array([[code & feature.bit != 0 for feature in blueprint.features] for code in codes], dtype=np.bool_)
    solver = Solver(mdp, reward_class=classes.astype(np.int64), discount=charter.assume.discount, threads=threads)
    agent_rows = (bits_of(*AGENT_MODES) >> exploration.modes[mdp.row_states].astype(np.int64) & 1).astype(np.bool_)
    world = World(
        blueprint=blueprint,
        exploration=exploration,
        solver=solver,
        features=features.reshape(len(codes), len(blueprint.features)),
        base=np.ones(mdp.rows_count, np.bool_),
        row_agent=agent_rows,
    )
    return replace(world, base=_successor_rows(world))


def outcome_values(world: World, outcomes: Iterable[Outcome]) -> Values:
    """What a purpose's outcomes are worth in each outcome class, f64[C]; what the world cannot bring about is false."""
    columns = {(feature.fact, feature.level): index for index, feature in enumerate(world.blueprint.features)}
    total = np.zeros(len(world.features))
    for outcome in outcomes:
        holds = np.ones(len(world.features), np.bool_)
        for condition in outcome.when:
            column = columns.get((condition.fact, condition.at_least))
            fact = np.zeros_like(holds) if column is None else world.features[:, column]
            if column is None and condition.at_least == 1 and condition.fact in world.blueprint.charter.purpose.given:
                fact = np.ones_like(holds)
            holds &= fact if condition.holds else ~fact
        total += outcome.value * holds
    return total


def without_interventions(charter: Charter) -> Charter:
    """The same charter in a world where nobody intervenes and nothing is detected."""
    oversight = charter.oversight
    calm = replace(
        oversight,
        stop=replace(oversight.stop, rate=0.0),
        correct=replace(oversight.correct, rate=0.0),
        retask=replace(oversight.retask, rate=0.0),
        monitor=replace(
            oversight.monitor,
            detect=0.0,
            tamper=None if oversight.monitor.tamper is None else replace(oversight.monitor.tamper, detect=0.0),
        ),
    )
    return replace(charter, oversight=calm)


def _successor_rows(world: World) -> Mask:
    """Rows with one left per delegated state: the task's policy when corrected, the other task's when re-tasked."""
    mdp, purpose = world.exploration.mdp, world.blueprint.charter.purpose
    modes = world.exploration.modes[mdp.row_states]
    kept = np.ones(mdp.rows_count, np.bool_)
    for mode, outcomes in ((Mode.CORRECTED, purpose.task), (Mode.RETASKED, purpose.retask)):
        here = modes == mode
        if not here.any():
            continue
        reward = outcome_values(world, outcomes)[:, None]
        roots = np.flatnonzero(world.exploration.modes == mode)
        closed = np.flatnonzero(reachable(mdp, kept, roots))
        values = np.zeros((mdp.states_count, 1))
        values[closed] = world.solver.state_values(reward, at=closed)
        quality = np.round(world.solver.row_values(values, reward)[:, 0], 9)
        kept[here] = False
        kept[_best_rows(mdp.row_ptr, roots, quality)] = True
    return kept


def _best_rows(row_ptr: npt.NDArray[np.int64], states: npt.NDArray[np.int64], quality: Values) -> npt.NDArray[np.int64]:
    """The best row of each state; ties go to the first row, which is idling."""
    return np.array(
        [row_ptr[state] + int(np.argmax(quality[row_ptr[state] : row_ptr[state + 1]])) for state in states], np.int64
    )
