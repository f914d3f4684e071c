"""One step of lookahead on the original arrays: row values, greedy rows, and the residual that certifies a solution."""

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import kernel


@kernel
def row_expectations(
    successor_ptr: Integers, successors: SmallIntegers, probabilities: Floats, values: Floats, result: Floats
) -> None:
    """Add the expected next value of each row to ``result`` f64[R, K], from values f64[S, K]."""
    lanes = values.shape[1]
    for row in range(len(successor_ptr) - 1):
        for j in range(successor_ptr[row], successor_ptr[row + 1]):
            probability, successor = probabilities[j], successors[j]
            for k in range(lanes):
                result[row, k] += probability * values[successor, k]


@kernel
def best_rows(
    row_ptr: Integers, rows: Booleans, row_values: Floats, preference: Integers, tie: float, best: SmallIntegers
) -> None:
    """Fill ``best`` i32[K, S], which holds -1, with each state's best allowed row per lane; see ``greedy_rows``."""
    for state in range(len(row_ptr) - 1):
        for k in range(row_values.shape[1]):
            highest = -np.inf
            for row in range(row_ptr[state], row_ptr[state + 1]):
                if rows[row] and row_values[row, k] > highest:
                    highest = row_values[row, k]
            for row in range(row_ptr[state], row_ptr[state + 1]):
                if rows[row] and row_values[row, k] >= highest - tie:
                    known = best[k, state]
                    if known < 0 or preference[row] < preference[known]:
                        best[k, state] = row


@kernel
def largest_residual(
    row_ptr: Integers,
    successor_ptr: Integers,
    successors: SmallIntegers,
    probabilities: Floats,
    rows: Booleans,
    states: Booleans,
    classes: Integers,
    rewards: Floats,
    values: Floats,
    discount: float,
    work: Floats,
) -> float:
    """Return max |T V - V| over the marked states and all lanes, for values f64[S, K] and class rewards f64[C, K].

    ``work`` f64[2, K] is scratch.
    """
    lanes, worst = values.shape[1], 0.0
    for state in range(len(row_ptr) - 1):
        if not states[state]:
            continue
        for k in range(lanes):
            work[1, k] = -np.inf
        for row in range(row_ptr[state], row_ptr[state + 1]):
            if not rows[row]:
                continue
            for k in range(lanes):
                work[0, k] = 0.0
            for j in range(successor_ptr[row], successor_ptr[row + 1]):
                probability, successor = probabilities[j], successors[j]
                for k in range(lanes):
                    work[0, k] += probability * values[successor, k]
            for k in range(lanes):
                work[1, k] = max(work[1, k], work[0, k])
        for k in range(lanes):
            after = (1.0 - discount) * rewards[classes[state], k] + discount * work[1, k]
            worst = max(worst, abs(after - values[state, k]))
    return worst
