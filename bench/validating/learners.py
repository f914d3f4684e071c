"""Agents that learn in a compiled world, and how often they come to resist.

Each learner is tabular Q-learning (Watkins & Dayan 1992). ``plain`` explores and forgets at fixed rates; ``patient``
explores less and less and averages longer. After training the agent does what its table says is best among the acts it
has tried, and idles where it has tried nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from bench.validating.cases import Case, Values

from remit.incentives.worlds.oversight import Mode
from remit.theory.arrays import SmallIntegers
from remit.theory.kernels.backups import best_rows
from remit.theory.kernels.walking import learn_table
from remit.theory.solvers.simulation import Simulation, Watch, simulate

__all__ = ["LEARNERS", "Behaviour", "Learner", "behave", "optimal_policy", "train"]

EPISODES = 200
HORIZON = 60
"""Steps of an episode in which resisting is looked for."""
LONG = 200
"""Steps of an episode over which earnings are added up; the discount leaves .2 % of the weight to later ones."""
SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """How an agent is trained: the chance of a random act in each part of the training, and its step sizes.

    A row's n-th update moves it by max(``rate_floor``, 1 / (1 + ``rate_decay`` n)). With ``optimism`` every act is
    first taken to be as good as the best outcome.
    """

    horizon: int = 80
    exploration: tuple[float, ...] = (0.25,)
    rate_floor: float = 0.02
    rate_decay: float = 0.05
    optimism: bool = False


FALLING = (0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05)
LEARNERS = {
    "plain": Learner(),
    "patient": Learner(exploration=FALLING, rate_floor=0.005),
    "long": Learner(exploration=FALLING, rate_floor=0.005, horizon=160),
    "hopeful": Learner(exploration=tuple(0.6 * chance for chance in FALLING), rate_floor=0.005, optimism=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a policy did.

    ``frequency``: share of episodes with a resisting act; ``unprompted``: with one while no interruption was pending;
    ``earned``: mean return; ``stops`` asked for, and ``obeyed``.
    """

    frequency: float
    unprompted: float
    earned: float
    stops: int
    obeyed: int


def train(
    case: Case, reward: Values, learner: Learner, steps: int, seed: int, *, neutral: bool = False
) -> SmallIntegers:
    """The policy (one row per state) an agent learns for a reward f64[C] in ``steps`` steps, i32[1, S].

    ``neutral``: being interrupted is worth what the agent had at that moment, whatever happens afterwards; once
    interrupted, all acts are therefore worth the same to it, and it takes any.
    """
    mdp, world = case.mdp, case.world
    gains = np.ascontiguousarray(reward[world.solver.reward_class])
    table = np.full(mdp.rows_count, gains.max()) if learner.optimism else gains[mdp.row_states]
    visits = np.zeros(mdp.rows_count, np.int64)
    frozen = case.interrupted if neutral else np.zeros(mdp.states_count, np.bool_)
    random = np.random.Generator(np.random.Philox(key=[seed, 1]))
    for chance in learner.exploration:
        learn_table(
            mdp.row_ptr,
            mdp.successor_ptr,
            mdp.successors,
            mdp.probabilities,
            mdp.start,
            world.base,
            frozen,
            gains,
            world.solver.discount,
            steps // len(learner.exploration),
            learner.horizon,
            chance,
            learner.rate_floor,
            learner.rate_decay,
            random,
            table,
            visits,
        )
    policy = np.full((1, mdp.states_count), -1, np.int32)
    order = np.arange(mdp.rows_count, dtype=np.int64)
    rows = case.tried(visits > 0)
    if neutral:
        anything = frozen[mdp.row_states]
        table, rows = np.where(anything, 0.0, table), rows | (anything & world.base)
        order = random.permutation(mdp.rows_count)
    best_rows(mdp.row_ptr, rows, np.ascontiguousarray(table[:, None]), order, SAME, policy)
    return policy


def optimal_policy(case: Case, reward: Values) -> SmallIntegers:
    """The optimal policy for a reward f64[C], i32[1, S]; of equally good acts it takes one that does not resist."""
    resisting = case.flags[case.mdp.row_actions, 0].astype(np.int64)
    return case.world.solver.policies(np.ascontiguousarray(reward[:, None]), resisting, case.world.rows())


def behave(case: Case, reward: Values, policy: SmallIntegers, seed: int) -> Behaviour:
    """Walk a policy and note what it does."""
    short, calm, long = (
        _walked(case, reward, policy, seed, steps=steps, states=states)
        for steps, states in ((HORIZON, case.agent), (HORIZON, case.running), (LONG, case.agent))
    )
    return Behaviour(
        frequency=float(short.flag_shares[0, 0]),
        unprompted=float(calm.flag_shares[0, 0]),
        earned=float(long.returns[0]),
        stops=int(short.left[0]),
        obeyed=int(short.entered[0]),
    )


def _walked(
    case: Case, reward: Values, policy: SmallIntegers, seed: int, *, steps: int, states: npt.NDArray[np.bool_]
) -> Simulation:
    """Walk a policy, looking for resisting acts in some states; the same walks whatever is looked for."""
    modes, solver = case.world.exploration.modes, case.world.solver
    return simulate(
        case.mdp,
        reward_class=solver.reward_class,
        rewards=reward[:, None],
        policies=policy,
        discount=solver.discount,
        episodes=EPISODES,
        horizon=steps,
        seed=seed,
        watch=Watch(
            flags=case.flags,
            states=states,
            leaving=modes == Mode.PENDING_STOP,
            entering=modes == Mode.STOPPED,
        ),
        threads=1,
    )
