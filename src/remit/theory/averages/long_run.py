"""Best average rewards of large deterministic models, and what is lost on the way there, for many rewards at once.

Howard's policy iteration (1960; Cochet-Terrasson et al. 1998 for cycle means): each policy runs into one cycle from
every state; its mean is the gain, and the bias says how much better than the mean the way there is. A policy that
cannot be improved proves both, up to a slack that is measured on the rows themselves.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Floats, Integers
from remit.theory.mdp import MDP

__all__ = ["LongRun", "first_best", "long_run"]

ROUNDS = 10_000
STRICT = 1e-13
"""By how much of the size of rewards a row must be better to be an improvement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongRun:
    """The best mean reward per step from each state, f64[S, K], and the ``bias`` of the way to the cycle that has it.

    ``rows`` i64[S, K] are taken, ``cycle`` i64[S, K] names the cycle they lead to by its lowest state. Biases of states
    with the same cycle can be compared. ``gain_error`` and ``bias_error`` are how far differences of two gains, or of
    two biases, of the rows taken can be from the truth; no rows have gains that are larger by more than the former.
    """

    gain: Floats
    bias: Floats
    cycle: Integers
    rows: Integers
    gain_error: float
    bias_error: float


def long_run(mdp: MDP, rewards: Floats) -> LongRun:
    """Return the best long run from every state for rewards f64[S, K] of a deterministic model.

    Raises ``ModelError`` for a model whose rows lead to several states, ``NotConvergedError`` where rounding keeps
    policies from settling.
    """
    if mdp.transitions_count != mdp.rows_count:
        raise ModelError("the long run is followed in deterministic models only", hint="use --exact on a small model")
    after = mdp.successors.astype(np.int64)
    first, owners = mdp.row_ptr[:-1], mdp.row_states
    size = max(float(np.abs(rewards).max()), 1e-300)
    strict = STRICT * size * max(1.0, np.sqrt(mdp.states_count))
    policy = first_best(rewards[after], first, owners)
    lanes = np.arange(rewards.shape[1])
    for _ in range(ROUNDS):
        gain, bias, cycle = _evaluated(after[policy], rewards)
        ahead = gain[after]
        best = np.maximum.reduceat(ahead, first)
        level = ahead >= best[owners] - strict
        worth = np.where(level, bias[after], -np.inf)
        candidate = first_best(worth, first, owners)
        richer = best > gain + strict
        own = rewards - gain + bias[after[candidate], lanes]
        nearer = ~richer & (own > bias + strict * 4.0)
        if not (richer | nearer).any():
            break
        policy = np.where(richer | nearer, candidate, policy)
    else:
        raise NotConvergedError(f"the best cycles did not settle in `{ROUNDS}` rounds")
    over = np.where(level, rewards[owners] - gain[owners] + bias[after] - bias[owners], 0.0).max()
    rounding = 8.0 * np.finfo(float).eps * (size + 2.0 * float(np.abs(bias).max()))
    off = float(np.abs(rewards - gain + bias[after[policy], lanes] - bias).max()) + rounding
    return LongRun(
        gain=gain,
        bias=bias,
        cycle=cycle,
        rows=policy,
        gain_error=max(2.0 * off, float(over) + rounding, float((best - gain).max()) + rounding),
        bias_error=4.0 * off * mdp.states_count,
    )


def first_best(worth: Floats, first: Integers, owners: Integers) -> Integers:
    """Return the first row of each state that has the largest worth, i64[S, K], from f64[R, K]."""
    best = np.maximum.reduceat(worth, first)
    numbers = np.where(worth == best[owners], np.arange(len(worth))[:, None], len(worth))
    result: Integers = np.minimum.reduceat(numbers, first)
    return result


def _evaluated(target: Integers, rewards: Floats) -> tuple[Floats, Floats, Integers]:
    """Return gain, bias and cycle of the policy that leads each state to ``target`` i64[S, K], by doubling steps."""
    states, lanes = target.shape[0], np.arange(target.shape[1])
    doublings = max(1, int(states - 1).bit_length())
    lowest, jump = np.minimum(np.arange(states)[:, None], target), target
    for _ in range(doublings):
        lowest = np.minimum(lowest, lowest[jump, lanes])
        jump = jump[jump, lanes]
    cycle = lowest[jump, lanes]
    stops = cycle == np.arange(states)[:, None]
    steps = np.where(stops, 0, 1)
    length, total = _until(target, stops, steps.astype(float), np.where(stops, 0.0, rewards), doublings)
    once = 1.0 + length[target, lanes]
    mean = (rewards + total[target, lanes]) / once
    gain = mean[cycle, lanes]
    _, bias = _until(target, stops, steps.astype(float), np.where(stops, 0.0, rewards - gain), doublings)
    return gain, bias, cycle


def _until(target: Integers, stops: np.ndarray, steps: Floats, worth: Floats, doublings: int) -> tuple[Floats, Floats]:
    """Return how many steps there are and what is collected until a state that stops is met."""
    lanes = np.arange(target.shape[1])
    jump = np.where(stops, np.arange(len(target))[:, None], target)
    for _ in range(doublings + 1):
        steps = steps + steps[jump, lanes]
        worth = worth + worth[jump, lanes]
        jump = jump[jump, lanes]
    return steps, worth
