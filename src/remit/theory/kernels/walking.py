"""Walks through a process: episodes of a fixed policy, and tabular Q-learning."""

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel, kernel


@inner_kernel
def drawn(successor_ptr: Integers, successors: SmallIntegers, probabilities: Floats, row: int, uniform: float) -> int:
    """Return the successor of a row that a uniform number in [0, 1) picks."""
    total = 0.0
    last = successor_ptr[row + 1] - 1
    place: int = last
    for j in range(successor_ptr[row], last):
        total += probabilities[j]
        if uniform < total:
            place = j
            break
    successor: int = successors[place]
    return successor


@inner_kernel
def best_row(row_ptr: Integers, rows: Booleans, table: Floats, state: int) -> int:
    """Return the allowed row of a state with the largest entry, the first of equals."""
    best = -1
    for row in range(row_ptr[state], row_ptr[state + 1]):
        if rows[row] and (best < 0 or table[row] > table[best] + 1e-9):
            best = row
    return best


@kernel
def walk_policy(
    successor_ptr: Integers,
    successors: SmallIntegers,
    probabilities: Floats,
    row_actions: SmallIntegers,
    start: int,
    policy: SmallIntegers,
    gains: Floats,
    discount: float,
    horizon: int,
    flags: Booleans,
    watched: Booleans,
    leaving: Booleans,
    entering: Booleans,
    random: np.random.Generator,
    returns: Floats,
    seen: Integers,
    crossings: Integers,
    noted: Booleans,
) -> None:
    """Walk one episode per entry of ``returns``, which receives (1-g) times the discounted sum of ``gains`` f64[S].

    ``seen`` i64[F] counts episodes in which an action with each flag was taken in a watched state; ``crossings`` i64[2]
    counts steps out of ``leaving`` states, and those of them that end in an ``entering`` one. ``noted`` is scratch.
    """
    for episode in range(len(returns)):
        state, weight, total = start, 1.0 - discount, 0.0
        for flag in range(len(seen)):
            noted[flag] = False
        for _ in range(horizon):
            total += weight * gains[state]
            weight *= discount
            row = policy[state]
            if watched[state]:
                for flag in range(len(seen)):
                    noted[flag] = noted[flag] or flags[row_actions[row], flag]
            after = drawn(successor_ptr, successors, probabilities, row, random.random())
            if leaving[state]:
                crossings[0] += 1
                crossings[1] += entering[after]
            state = after
        returns[episode] = total
        for flag in range(len(seen)):
            seen[flag] += noted[flag]


@kernel
def learn_table(
    row_ptr: Integers,
    successor_ptr: Integers,
    successors: SmallIntegers,
    probabilities: Floats,
    start: int,
    rows: Booleans,
    frozen: Booleans,
    gains: Floats,
    discount: float,
    steps: int,
    horizon: int,
    exploration: float,
    rate_floor: float,
    rate_decay: float,
    random: np.random.Generator,
    table: Floats,
    visits: Integers,
) -> None:
    """Carry out Q-learning in place on ``table`` f64[R], counting ``visits`` i64[R]; see ``learning.learn``."""
    state, age = start, 0
    for _ in range(steps):
        row = best_row(row_ptr, rows, table, state)
        if random.random() < exploration:
            offered = 0
            for other in range(row_ptr[state], row_ptr[state + 1]):
                offered += rows[other]
            skip = int(random.random() * offered)
            for other in range(row_ptr[state], row_ptr[state + 1]):
                if rows[other]:
                    if skip == 0:
                        row = other
                    skip -= 1
        after = drawn(successor_ptr, successors, probabilities, row, random.random())
        ahead = gains[after] if frozen[after] else table[best_row(row_ptr, rows, table, after)]
        visits[row] += 1
        rate = max(rate_floor, 1.0 / (1.0 + rate_decay * visits[row]))
        table[row] += rate * ((1.0 - discount) * gains[state] + discount * ahead - table[row])
        state, age = after, age + 1
        if age >= horizon:
            state, age = start, 0
