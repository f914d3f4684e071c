"""What an action takes away: discounted reachability, relative reachability and attainable utility.

Sources: Krakovna et al. 2018 (relative reachability), Turner et al. 2020 (attainable utility preservation, AUP).
"""

from collections.abc import Sequence

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Floats
from remit.theory.mdp import MDP
from remit.theory.solvers.reference import row_expectations
from remit.theory.solvers.values import Solver

STATES = 3_000
"""Largest model whose table of all pairs of states is made."""
SWEEPS = 1_000_000


def reachability(mdp: MDP, discount: float, tolerance: float = 1e-10) -> Floats:
    """Return the best discounted chance R(s, t) = max E[g^steps from s to t] of reaching each state, f64[S, S].

    R(s, s) = 1; at discount 1 it is the best probability, approached from below. The error is at most ``tolerance`` for
    discounts below 1. Raises ``ModelError`` for more than 3,000 states or a discount outside (0, 1].
    """
    if not 0.0 < discount <= 1.0 or mdp.states_count > STATES:
        message = f"reachability needs a discount in (0, 1] and at most `{STATES}` states, found `{mdp.states_count}`"
        raise ModelError(message)
    here = np.eye(mdp.states_count)
    table = here.copy()
    slack = tolerance * (1.0 - discount) / discount if discount < 1.0 else tolerance * 1e-3
    for _ in range(SWEEPS):
        best = np.maximum.reduceat(row_expectations(mdp, table), mdp.row_ptr[:-1])
        updated = np.maximum(here, discount * best)
        change = float(np.abs(updated - table).max())
        table = updated
        if change <= slack:
            return table
    raise NotConvergedError(f"reachability did not settle in `{SWEEPS}` sweeps", hint="ask for a smaller discount")


def relative_reachability(reached: Floats, state: int, baseline: int) -> float:
    """Return the penalty of being in a state instead of a baseline: the mean loss of reachability over all states.

    ``reached`` is the table of ``reachability``; what became easier to reach does not make up for what became harder.
    """
    loss = np.maximum(reached[baseline] - reached[state], 0.0)
    return float(loss.mean())


def attainable_utility_penalty(
    mdp: MDP, row: int, idle: int, *, auxiliary: Floats, discount: float, tolerance: float = 1e-9
) -> float:
    """Return the AUP penalty of a row against idling in the same state: the mean of |Q(row) - Q(idle)| over rewards.

    ``auxiliary`` f64[S, K] holds the auxiliary rewards; Q is normalised as in ``values``, so the penalty lies between 0
    and the range of rewards. Raises ``ModelError`` for rows of different states.
    """
    owners = mdp.row_states
    if owners[row] != owners[idle]:
        raise ModelError(f"rows `{mdp.row_name(row)}` and `{mdp.row_name(idle)}` belong to different states")
    solver = Solver(mdp, reward_class=np.arange(mdp.states_count, dtype=np.int64), discount=discount)
    values = solver.row_values(solver.state_values(auxiliary, tolerance=tolerance), auxiliary)
    return float(np.abs(values[row] - values[idle]).mean())


def attainable_rows(mdp: MDP, state: int) -> Sequence[int]:
    """Return the rows of a state, to compare with its idling one."""
    return range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
