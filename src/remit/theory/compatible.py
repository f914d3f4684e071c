"""Goals that training leaves possible: drawn, kept where the trained behaviour is optimal, and asked what they do next.

The set G_T of training-compatible goals is a polytope cut out by inequalities of optimality; where it is too large for
``trained.conditional_chance`` it is sampled by rejection. Acceptance may be rare: then the interval says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans
from remit.theory.estimate import Estimate, wilson
from remit.theory.rational import RationalMDP
from remit.theory.reference import row_expectations
from remit.theory.rewards import Reward, sampled
from remit.theory.values import TIE, Solver

BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What goals do at a new state: the share of all goals, and of training-compatible ones, that may choose otherwise.

    ``untrained`` and ``trained`` are the probabilities that some optimal policy avoids the action; ``compatible`` is
    the share of goals for which the trained behaviour is optimal.
    """

    untrained: Estimate
    trained: Estimate
    compatible: Estimate


def behaviour_after_training(
    mdp: RationalMDP,
    *,
    training: Mapping[str, Collection[str]],
    new: str,
    avoided: Collection[str],
    discount: float,
    rewards: Sequence[Reward],
    samples: int,
    seed: int,
) -> Behaviour:
    """Return how goals behave at a new state before and after conditioning on training, by rejection.

    ``training`` says which actions were right in each training state: a goal is compatible if one of them is optimal in
    each. ``avoided`` are the actions (shutdown, say) that a goal avoids if another one is optimal. Raises
    ``InvalidMDPError`` for names that do not exist, ``ModelError`` for a discount outside (0, 1).
    """
    if not 0.0 < discount < 1.0 or samples < 1:
        raise ModelError(f"a discount in (0, 1) and a sample are needed, found `{discount}` and `{samples}`")
    arrays = mdp.as_arrays()
    tests = [(_rows(mdp, state, actions), _rows(mdp, state, None)) for state, actions in training.items()]
    offered = _rows(mdp, new, None)
    others = offered & ~_rows(mdp, new, avoided)
    solver = Solver(arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=discount)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    avoiding, kept, both = 0, 0, 0
    for begin in range(0, samples, BATCH):
        table = sampled(tuple(rewards), min(BATCH, samples - begin), random)
        spread = max(float(table.max() - table.min()), 1e-300)
        ahead = row_expectations(arrays, solver.state_values(table, tolerance=1e-9 * spread))
        slack = TIE * spread
        fits = np.ones(table.shape[1], np.bool_)
        for right, every in tests:
            fits &= ahead[right].max(axis=0) >= ahead[every].max(axis=0) - slack
        avoids = (
            ahead[others].max(axis=0) >= ahead[offered].max(axis=0) - slack
            if others.any()
            else np.zeros(table.shape[1], np.bool_)
        )
        avoiding, kept, both = avoiding + int(avoids.sum()), kept + int(fits.sum()), both + int((avoids & fits).sum())
    return Behaviour(
        untrained=wilson(avoiding, samples, seed=seed),
        trained=wilson(both, kept, seed=seed),
        compatible=wilson(kept, samples, seed=seed),
    )


def _rows(mdp: RationalMDP, state: str, actions: Collection[str] | None) -> Booleans:
    """Return which rows of the model in floating point are some actions of a state (all when None), bool[R]."""
    number = mdp.number(state)
    for action in actions or ():
        mdp.choice_of(number, action)
    return np.array(
        [
            owner == number and (actions is None or action in actions)
            for owner in range(len(mdp.states))
            for action in mdp.actions_at(owner)
        ],
        np.bool_,
    )
