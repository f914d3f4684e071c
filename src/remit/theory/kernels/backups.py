"""One step of lookahead on the original arrays: row values, greedy rows, and the residual that certifies a solution."""

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import kernel


@kernel
def row_expectations(
    successor_ptr: Integers, successors: SmallIntegers, probabilities: Floats, values: Floats
) -> Floats:
    """Return the expected next value of each row, f64[R, K], from values f64[S, K]."""
    rows, lanes = len(successor_ptr) - 1, values.shape[1]
    result = np.zeros((rows, lanes), np.float64)
    for row in range(rows):
        for j in range(successor_ptr[row], successor_ptr[row + 1]):
            probability, successor = probabilities[j], successors[j]
            for k in range(lanes):
                result[row, k] += probability * values[successor, k]
    return result


@kernel
def best_rows(row_ptr: Integers, rows: Booleans, row_values: Floats, preference: Integers, tie: float) -> SmallIntegers:
    """Return each state's best allowed row per lane, i32[K, S], -1 where none is; see ``Solver.greedy_rows``."""
    states, lanes = len(row_ptr) - 1, row_values.shape[1]
    best = np.full((lanes, states), -1, np.int32)
    for state in range(states):
        for k in range(lanes):
            highest = -np.inf
            for row in range(row_ptr[state], row_ptr[state + 1]):
                if rows[row] and row_values[row, k] > highest:
                    highest = row_values[row, k]
            for row in range(row_ptr[state], row_ptr[state + 1]):
                if rows[row] and row_values[row, k] >= highest - tie:
                    known = best[k, state]
                    if known < 0 or preference[row] < preference[known]:
                        best[k, state] = row
    return best


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
) -> float:
    """Return max |T V - V| over the marked states and all lanes, for values f64[S, K] and class rewards f64[C, K]."""
    lanes, worst = values.shape[1], 0.0
    total, best = np.empty(lanes, np.float64), np.empty(lanes, np.float64)
    for state in range(len(row_ptr) - 1):
        if not states[state]:
            continue
        best[:] = -np.inf
        for row in range(row_ptr[state], row_ptr[state + 1]):
            if not rows[row]:
                continue
            total[:] = 0.0
            for j in range(successor_ptr[row], successor_ptr[row + 1]):
                probability, successor = probabilities[j], successors[j]
                for k in range(lanes):
                    total[k] += probability * values[successor, k]
            for k in range(lanes):
                best[k] = max(best[k], total[k])
        for k in range(lanes):
            after = (1.0 - discount) * rewards[classes[state], k] + discount * best[k]
            worst = max(worst, abs(after - values[state, k]))
    return worst
