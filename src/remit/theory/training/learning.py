"""Agents that learn by trial and error: tabular Q-learning, to compare with what optimal policies would do."""

from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.kernels.backups import best_rows
from remit.theory.kernels.walking import learn_table
from remit.theory.mdp import MDP
from remit.theory.solvers.simulation import NOTHING, Simulation, Watch, simulate

SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How an agent is trained: ``steps`` in all, in episodes of ``horizon`` steps from the start.

    With chance ``exploration`` a step takes a random row. A row's n-th update moves it by max(``rate_floor``,
    1 / (1 + ``rate_decay`` n)) towards its target.
    """

    steps: int
    horizon: int = 80
    exploration: float = 0.25
    rate_floor: float = 0.02
    rate_decay: float = 0.05


def learn(
    mdp: MDP,
    *,
    reward_class: Integers,
    reward: Floats,
    discount: float,
    training: Training,
    seed: int,
    rows: Booleans | None = None,
    frozen: Booleans | None = None,
) -> Floats:
    """Return the row values Q f64[R] (normalised as in ``values``) that Q-learning arrives at.

    ``reward`` is f64[C] over the classes; ``rows`` bool[R] are the rows the agent may use (all when None). Arriving in
    a ``frozen`` state (bool[S]) is worth that state's reward for good, as if nothing the agent did there counted.
    Source: Watkins & Dayan 1992. Raises ``ModelError`` when a state has no row to use.
    """
    allowed = np.ones(mdp.rows_count, np.bool_) if rows is None else rows
    if bool((np.add.reduceat(allowed.astype(np.int64), mdp.row_ptr[:-1]) == 0).any()):
        message = "a state has no row the agent may use"
        raise ModelError(message, hint="leave every state at least the row that idles")
    gains = np.ascontiguousarray(reward[reward_class], np.float64)
    table = gains[mdp.row_states]
    learn_table(
        mdp.row_ptr,
        mdp.successor_ptr,
        mdp.successors,
        mdp.probabilities,
        mdp.start,
        allowed,
        np.zeros(mdp.states_count, np.bool_) if frozen is None else frozen,
        gains,
        discount,
        training.steps,
        training.horizon,
        training.exploration,
        training.rate_floor,
        training.rate_decay,
        np.random.Generator(np.random.Philox(key=[seed, 0])),
        table,
        np.zeros(mdp.rows_count, np.int64),
    )
    return table


def rollout(
    mdp: MDP,
    *,
    row_values: Floats,
    reward_class: Integers,
    reward: Floats,
    discount: float,
    episodes: int,
    horizon: int,
    seed: int,
    rows: Booleans | None = None,
    watch: Watch = NOTHING,
) -> Simulation:
    """Walk the policy that is greedy in ``row_values`` f64[R] (the first of equals); arguments as in ``simulate``."""
    allowed = np.ones(mdp.rows_count, np.bool_) if rows is None else rows
    order = np.arange(mdp.rows_count, dtype=np.int64)
    policy = np.full((1, mdp.states_count), -1, np.int32)
    best_rows(mdp.row_ptr, allowed, np.ascontiguousarray(row_values[:, None]), order, SAME, policy)
    return simulate(
        mdp,
        reward_class=reward_class,
        rewards=reward[:, None],
        policies=policy,
        discount=discount,
        episodes=episodes,
        horizon=horizon,
        seed=seed,
        watch=watch,
        threads=1,
    )
