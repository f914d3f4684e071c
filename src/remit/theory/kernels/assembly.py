"""From the rows of a process to a system of max-linear equations over states and shared parts.

Node v has the value: the largest, over its rows, of ``reward * r(class of v) + sum of coefficient * node``. States
come first; then the parts that several rows share, each with a single row and no reward of its own.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import grown, inner_kernel, kernel


class Process(NamedTuple):
    """The rows of an MDP as mixtures: row_ptr of the states, then the six arrays of ``mdp.Mixture``."""

    row_ptr: Integers
    mix_ptr: Integers
    mix_parts: SmallIntegers
    mix_weights: Floats
    part_ptr: Integers
    targets: SmallIntegers
    chances: Floats


class System(NamedTuple):
    """Equations: row_ptr i64[N+1], term_ptr i64[L+1], nodes i32 and coefficients f64 of the terms, rewards f64[L]."""

    row_ptr: Integers
    term_ptr: Integers
    nodes: SmallIntegers
    coefficients: Floats
    rewards: Floats


@inner_kernel
def count_uses(process: Process, states: Integers, rows: Booleans) -> Integers:
    """Return how many allowed rows of the listed states use each part, i64[D]."""
    uses = np.zeros(len(process.part_ptr) - 1, np.int64)
    row_ptr, mix_ptr, mix_parts = process.row_ptr, process.mix_ptr, process.mix_parts
    for state in states:
        for row in range(row_ptr[state], row_ptr[state + 1]):
            if len(rows) == 0 or rows[row]:
                for i in range(mix_ptr[row], mix_ptr[row + 1]):
                    uses[mix_parts[i]] += 1
    return uses


@inner_kernel
def number_parts(uses: Integers, part_ptr: Integers, first: int) -> tuple[SmallIntegers, int]:
    """Number from ``first`` on the parts worth a node of their own (-1: write them out where they are used)."""
    numbers = np.full(len(uses), -1, np.int32)
    count = first
    for part in range(len(uses)):
        length = part_ptr[part + 1] - part_ptr[part]
        if uses[part] * length > uses[part] + length + 1:
            numbers[part] = count
            count += 1
    return numbers, count


@kernel
def assemble(process: Process, states: Integers, rows: Booleans, discount: float) -> System:
    """Return the equations of the listed states (node i is ``states[i]``) under the allowed rows."""
    row_ptr, mix_ptr, mix_parts, mix_weights = process.row_ptr, process.mix_ptr, process.mix_parts, process.mix_weights
    part_ptr, targets, chances = process.part_ptr, process.targets, process.chances
    part_nodes, nodes_count = number_parts(count_uses(process, states, rows), part_ptr, len(states))
    local = np.full(len(row_ptr) - 1, -1, np.int32)
    lines, size = 0, 0
    for i in range(len(states)):
        local[states[i]] = i
        lines += row_ptr[states[i] + 1] - row_ptr[states[i]]
    lines += nodes_count - len(states)
    out_row_ptr, term_ptr = np.zeros(nodes_count + 1, np.int64), np.zeros(lines + 1, np.int64)
    nodes, coefficients, rewards = np.empty(1024, np.int32), np.empty(1024, np.float64), np.zeros(lines, np.float64)
    place, owner = np.empty(nodes_count, np.int64), np.full(nodes_count, -1, np.int64)
    line = 0
    for i in range(len(states)):
        for row in range(row_ptr[states[i]], row_ptr[states[i] + 1]):
            if len(rows) > 0 and not rows[row]:
                continue
            needed = size
            for k in range(mix_ptr[row], mix_ptr[row + 1]):
                needed += part_ptr[mix_parts[k] + 1] - part_ptr[mix_parts[k]]
            nodes, coefficients = grown(nodes, needed), grown(coefficients, needed)
            for k in range(mix_ptr[row], mix_ptr[row + 1]):
                part, weight = mix_parts[k], discount * mix_weights[k]
                if part_nodes[part] >= 0:
                    size = add_term(nodes, coefficients, place, owner, line, size, part_nodes[part], weight)
                    continue
                for j in range(part_ptr[part], part_ptr[part + 1]):
                    target = local[targets[j]]
                    size = add_term(nodes, coefficients, place, owner, line, size, target, weight * chances[j])
            rewards[line] = 1.0 - discount
            line += 1
            term_ptr[line] = size
        out_row_ptr[i + 1] = line
    for part in range(len(part_nodes)):
        if part_nodes[part] >= 0:
            length = part_ptr[part + 1] - part_ptr[part]
            nodes, coefficients = grown(nodes, size + length), grown(coefficients, size + length)
            for j in range(part_ptr[part], part_ptr[part + 1]):
                nodes[size], coefficients[size] = local[targets[j]], chances[j]
                size += 1
            line += 1
            term_ptr[line] = size
            out_row_ptr[part_nodes[part] + 1] = line
    return System(out_row_ptr, term_ptr[: line + 1].copy(), nodes[:size], coefficients[:size], rewards[:line])


@inner_kernel
def add_term(
    nodes: SmallIntegers,
    coefficients: Floats,
    place: Integers,
    owner: Integers,
    line: int,
    size: int,
    node: int,
    coefficient: float,
) -> int:
    """Add ``coefficient * node`` to the line that ends at ``size``; return its new end."""
    if owner[node] == line:
        coefficients[place[node]] += coefficient
        return size
    owner[node], place[node] = line, size
    nodes[size], coefficients[size] = node, coefficient
    return size + 1
