"""What an action takes away: discounted reachability, relative reachability and attainable utility.

Sources: Krakovna et al. 2018 (relative reachability), Turner et al. 2020 (attainable utility preservation, AUP).
"""

from collections.abc import Sequence

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Floats
from remit.theory.asked import real_at, state_at, table_at, whole_at
from remit.theory.mdp import MDP, arrays_at
from remit.theory.solvers.reference import row_expectations
from remit.theory.solvers.values import Solver

STATES = 3_000
"""Largest model whose table of all pairs of states is made."""
SWEEPS = 1_000_000
LEAST = 1e-15
"""The smallest discount and the smallest error that floating point can serve."""


def reachability(mdp: MDP, discount: float, tolerance: float = 1e-10) -> Floats:
    """Return the best discounted chance R(s, t) = max E[g^steps from s to t] of reaching each state, f64[S, S].

    R(s, s) = 1; at discount 1 it is the best probability, approached from below. The error is at most ``tolerance`` for
    discounts below 1. Raises ``ModelError`` for more than 3,000 states or a discount outside (0, 1].
    """
    real_at(discount, "discount", low=LEAST, high=1.0)
    real_at(tolerance, "tolerance", low=LEAST)
    if arrays_at(mdp).states_count > STATES:
        message = f"reachability is a table of at most `{STATES}` states, found `{mdp.states_count}`"
        raise ModelError(message, hint="give a smaller model")
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
    table = table_at(reached, "reached", (None, None))
    if table.shape[0] != table.shape[1]:
        raise ModelError(f"`reached` has the shape `{table.shape}`", hint="`reachability` gives the table")
    before, after = state_at(baseline, len(table)), state_at(state, len(table))
    loss = np.maximum(table[before] - table[after], 0.0)
    return float(loss.mean())


def attainable_utility_penalty(
    mdp: MDP, row: int, idle: int, *, auxiliary: Floats, discount: float, tolerance: float = 1e-9
) -> float:
    """Return the AUP penalty of a row against idling in the same state: the mean of |Q(row) - Q(idle)| over rewards.

    ``auxiliary`` f64[S, K] holds the auxiliary rewards; Q is normalised as in ``values``, so the penalty lies between 0
    and the range of rewards. Raises ``ModelError`` for rows of different states.
    """
    real_at(discount, "discount", low=0.0, high=1.0)
    real_at(tolerance, "tolerance", low=LEAST)
    owners, most = arrays_at(mdp).row_states, mdp.rows_count - 1
    row, idle = whole_at(row, "row", least=0, most=most), whole_at(idle, "idle", least=0, most=most)
    auxiliary = table_at(auxiliary, "auxiliary", (mdp.states_count, None))
    if owners[row] != owners[idle]:
        message = f"rows `{mdp.row_name(row)}` and `{mdp.row_name(idle)}` belong to different states"
        raise ModelError(message, hint="`attainable_rows` lists those of a state")
    solver = Solver(mdp, reward_class=np.arange(mdp.states_count, dtype=np.int64), discount=discount)
    values = solver.row_values(solver.state_values(auxiliary, tolerance=tolerance), auxiliary)
    return float(np.abs(values[row] - values[idle]).mean())


def attainable_rows(mdp: MDP, state: int) -> Sequence[int]:
    """Return the rows of a state, to compare with its idling one."""
    return range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
