"""Monte Carlo: what policies earn and do when they are walked through a process."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.walking import walk_policy
from remit.theory.mdp import MDP


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What K policies did over ``episodes`` episodes each of ``horizon`` steps.

    ``returns`` f64[K] is the mean of (1-g) times the discounted sum of rewards, ``errors`` f64[K] its standard error,
    ``flag_shares`` f64[K, F] the share of episodes in which each flag was seen, ``left`` and ``entered`` i64[K] the
    steps out of the leaving states and those of them that ended in an entering state. ``truncation`` is the weight
    g^horizon of the steps that were not walked: a return lacks at most that times the range of its rewards.
    """

    returns: Floats
    errors: Floats
    flag_shares: Floats
    left: Integers
    entered: Integers
    episodes: int
    horizon: int
    seed: int
    truncation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to look for on the way.

    ``flags`` bool[A, F] marks actions, which count in the ``states`` bool[S] (all when None); ``leaving`` and
    ``entering`` bool[S] say which crossings to count (none when None).
    """

    flags: Booleans | None = None
    states: Booleans | None = None
    leaving: Booleans | None = None
    entering: Booleans | None = None


NOTHING = Watch()


def simulate(
    mdp: MDP,
    *,
    reward_class: Integers,
    rewards: Floats,
    policies: SmallIntegers,
    discount: float,
    episodes: int,
    horizon: int,
    seed: int,
    watch: Watch = NOTHING,
    threads: int = 2,
) -> Simulation:
    """Walk each policy (``policies`` i32[K, S], one row per state) from the start, collecting its own reward.

    ``rewards`` is f64[C, K] over the classes ``reward_class`` i64[S]. Every policy has its own Philox stream of
    ``seed``, so the result does not depend on ``threads``. Raises ``ModelError`` when the shapes do not match or fewer
    than two episodes are asked for.
    """
    count, states = rewards.shape[1], mdp.states_count
    if policies.shape != (count, states) or episodes < 2 or horizon < 1:
        message = (
            f"policies of shape `{policies.shape}` for `{count}` rewards and `{states}` states, `{episodes}` episodes"
        )
        raise ModelError(message, hint="give one row per reward and state, and at least two episodes of one step")
    marks, where, leaving, entering = _masks(watch, mdp)
    returns = np.empty((count, episodes), np.float64)
    seen, crossings = np.zeros((count, marks.shape[1]), np.int64), np.zeros((count, 2), np.int64)

    def walk(k: int) -> None:
        walk_policy(
            mdp.successor_ptr,
            mdp.successors,
            mdp.probabilities,
            mdp.row_actions,
            mdp.start,
            np.ascontiguousarray(policies[k], np.int32),
            np.ascontiguousarray(rewards[reward_class, k], np.float64),
            discount,
            horizon,
            marks,
            where,
            leaving,
            entering,
            np.random.Generator(np.random.Philox(key=[seed, k])),
            returns[k],
            seen[k],
            crossings[k],
            np.empty(marks.shape[1], np.bool_),
        )

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(walk, range(count)))
    return Simulation(
        returns=np.asarray(returns.mean(axis=1), np.float64),
        errors=np.asarray(returns.std(axis=1, ddof=1), np.float64) / np.sqrt(episodes),
        flag_shares=seen / episodes,
        left=crossings[:, 0].copy(),
        entered=crossings[:, 1].copy(),
        episodes=episodes,
        horizon=horizon,
        seed=seed,
        truncation=discount**horizon,
    )


def _masks(watch: Watch, mdp: MDP) -> tuple[Booleans, Booleans, Booleans, Booleans]:
    """Return flags, watched, leaving and entering states as full arrays."""
    nowhere = np.zeros(mdp.states_count, np.bool_)
    return (
        np.zeros((int(mdp.row_actions.max()) + 1, 0), np.bool_) if watch.flags is None else watch.flags.copy(),
        ~nowhere if watch.states is None else watch.states,
        nowhere if watch.leaving is None else watch.leaving,
        nowhere if watch.entering is None else watch.entering,
    )
