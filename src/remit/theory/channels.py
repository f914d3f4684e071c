"""What an agent can make happen, in bits: channel capacity and empowerment."""

import math

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Floats
from remit.theory.asked import real_at, state_at, table_at, whole_at
from remit.theory.estimate import Estimate
from remit.theory.mdp import MDP, arrays_at, successors_of

ITERATIONS = 200_000
SEQUENCES = 20_000
"""Most action sequences empowerment looks at."""


def capacity(channel: Floats, tolerance: float = 1e-10) -> Estimate:
    """Return the capacity in bits of a channel P(output | input), f64[inputs, outputs], with proved bounds.

    The algorithm of Blahut and Arimoto (1972); its bounds (Blahut's theorem 2) close in on the capacity. Raises
    ``ModelError`` for rows that are no distributions, ``NotConvergedError`` where the bounds stay apart.
    """
    table, tolerance = table_at(channel, "channel", (None, None)), real_at(tolerance, "tolerance", low=0.0)
    if bool((table < 0.0).any()) or not np.allclose(table.sum(axis=1), 1.0):
        raise ModelError("a channel needs one distribution over outputs for each input", hint="its rows sum to 1")
    weights = np.full(len(table), 1.0 / len(table))
    low, high = 0.0, math.inf
    for _ in range(ITERATIONS):
        output = weights @ table
        ratio = np.divide(table, output, out=np.ones_like(table), where=table > 0.0)
        surprise = (table * np.log(ratio)).sum(axis=1)
        low, high = float(np.log(weights @ np.exp(surprise))), float(surprise.max())
        if high - low <= tolerance:
            bits = math.log(2.0)
            return Estimate(value=low / bits, low=low / bits, high=max(low, high) / bits, method="bound")
        weights = weights * np.exp(surprise - surprise.max())
        weights /= weights.sum()
    raise NotConvergedError(
        f"the bounds on the capacity are still `{high - low:.3g}` apart", hint="raise the tolerance"
    )


def empowerment(mdp: MDP, state: int, horizon: int, tolerance: float = 1e-10) -> Estimate:
    """Return the empowerment of a state: the capacity from sequences of ``horizon`` actions to the state reached.

    A sequence is fixed beforehand, so it counts only where each of its actions is on offer in every state it may have
    led to. Source: Klyubin et al. 2005. Raises ``ModelError`` where there is none and for more than 20,000.
    """
    state, horizon = state_at(state, arrays_at(mdp).states_count), whole_at(horizon, "horizon", least=1)
    tolerance, actions = real_at(tolerance, "tolerance", low=0.0), int(mdp.row_actions.max()) + 1
    if actions ** min(horizon, 20) > SEQUENCES:  # 2 to the power of 20 is too many already
        message = f"`{actions}` actions over `{horizon}` steps are not between 1 and `{SEQUENCES}` sequences"
        raise ModelError(message, hint="ask for a shorter horizon")
    steps = np.zeros((actions, mdp.states_count, mdp.states_count))
    for row, owner in enumerate(mdp.row_states.tolist()):
        steps[mdp.row_actions[row], owner] = 0.0
        for target, chance in successors_of(mdp, row):
            steps[mdp.row_actions[row], owner, target] += chance
    reached = np.zeros((1, mdp.states_count))
    reached[0, state] = 1.0
    absent = ~steps.any(axis=2).T
    for _ in range(horizon):
        taken = ~((reached > 0.0) @ absent).T  # bool[actions, sequences]
        reached = np.unique(np.einsum("is,ast->ait", reached, steps)[taken], axis=0)
    if not len(reached):
        message = f"no sequence of `{horizon}` actions is on offer wherever it may lead"
        raise ModelError(message, hint="give actions the same names everywhere, or ask for a shorter horizon")
    return capacity(reached, tolerance)
