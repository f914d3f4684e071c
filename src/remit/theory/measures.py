"""POWER: how much an optimal agent can make of a state, on average over rewards."""

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.estimate import Estimate, mean_interval
from remit.theory.solvers.values import Solver

BATCH = 512
"""How many rewards are drawn and solved at a time, so that memory does not grow with their number."""


def power(
    solver: Solver,
    at: Integers,
    *,
    samples: int,
    seed: int,
    rows: Booleans | None = None,
    confidence: float = 0.95,
    tolerance: float = 1e-9,
) -> list[Estimate]:
    """Return POWER of each state in ``at`` (i64[n]) over rewards drawn iid U[0, 1] per reward class.

    POWER(s) = (1-g)/g E[V(s) - R(s)] with V not normalised (Turner et al. 2021, definition 5.2), which is
    E[V(s) - (1-g) R(s)] / g for the normalised V solved here. All states see the same rewards, so their differences are
    sharper than the intervals suggest. ``rows`` bool[R] restricts the policies (all rows when None). The interval
    also covers the solver's error (``tolerance`` / g). Raises ``ModelError`` at discount 0, where this form has no
    value, and for fewer than two samples.
    """
    discount = solver.discount
    if discount == 0.0 or samples < 2:
        message = f"power by sampling needs a discount above 0 and two samples, found `{discount}` and `{samples}`"
        raise ModelError(message)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    classes = int(solver.reward_class.max()) + 1
    drawn: list[Floats] = []
    for begin in range(0, samples, BATCH):
        rewards = random.random((min(BATCH, samples - begin), classes)).T
        values = solver.state_values(rewards, rows, at, tolerance)
        drawn.append((values - (1.0 - discount) * rewards[solver.reward_class[at]]) / discount)
    table = np.concatenate(drawn, axis=1)
    return [_widened(mean_interval(line, confidence, seed), tolerance / discount) for line in table]


def _widened(estimate: Estimate, error: float) -> Estimate:
    """Return the estimate with ``error`` added to either side, cut to [0, 1] where POWER must lie."""
    return Estimate(
        value=estimate.value,
        low=min(estimate.value, max(0.0, estimate.low - error)),
        high=max(estimate.value, min(1.0, estimate.high + error)),
        method=estimate.method,
        samples=estimate.samples,
        seed=estimate.seed,
    )
