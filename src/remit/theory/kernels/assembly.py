"""From the rows of a process to a system of max-linear equations over states and shared parts.

Node v has the value: the largest, over its rows, of ``reward * r(class of v) + sum of coefficient * node``. States
come first; then the parts that several rows share, each with a single row and no reward of its own.
"""

from typing import NamedTuple

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel, kernel
from remit.theory.kernels.records import record


@record
class Process(NamedTuple):
    """The rows of an MDP as mixtures: row_ptr of the states, then the six arrays of ``mdp.Mixture``."""

    row_ptr: Integers
    mix_ptr: Integers
    mix_parts: SmallIntegers
    mix_weights: Floats
    part_ptr: Integers
    targets: SmallIntegers
    chances: Floats


@record
class System(NamedTuple):
    """Equations: row_ptr i64[N+1], term_ptr i64[L+1], nodes i32 and coefficients f64 of the terms, rewards f64[L]."""

    row_ptr: Integers
    term_ptr: Integers
    nodes: SmallIntegers
    coefficients: Floats
    rewards: Floats


@inner_kernel
def add_term(system: System, work: Integers, line: int, size: int, node: int, coefficient: float) -> int:
    """Add ``coefficient * node`` to the line that ends at ``size``; return its new end."""
    if work[0, node] == line + 1:
        system.coefficients[work[1, node]] += coefficient
        return size
    work[0, node], work[1, node] = line + 1, size
    system.nodes[size], system.coefficients[size] = node, coefficient
    return size + 1


@inner_kernel
def assemble_row(
    process: Process,
    row: int,
    discount: float,
    local: SmallIntegers,
    parts: SmallIntegers,
    system: System,
    work: Integers,
    line: int,
    size: int,
) -> int:
    """Write the terms of one row, parts without a node written out; return their end."""
    for k in range(process.mix_ptr[row], process.mix_ptr[row + 1]):
        part, weight = process.mix_parts[k], discount * process.mix_weights[k]
        if parts[part] >= 0:
            size = add_term(system, work, line, size, parts[part], weight)
            continue
        for j in range(process.part_ptr[part], process.part_ptr[part + 1]):
            target = local[process.targets[j]]
            size = add_term(system, work, line, size, target, weight * process.chances[j])
    return size


@kernel
def assemble(
    process: Process,
    states: Integers,
    rows: Booleans,
    discount: float,
    local: SmallIntegers,
    parts: SmallIntegers,
    system: System,
    work: Integers,
) -> int:
    """Fill ``system`` with the equations of the listed states under the allowed rows; return how many terms it has.

    ``local`` i32[S] is the node of each state, ``parts`` i32[D] that of each part (-1: written out where it is used).
    ``work`` i64[2, N] is scratch and zero at first.
    """
    line, size = 0, 0
    for i in range(len(states)):
        for row in range(process.row_ptr[states[i]], process.row_ptr[states[i] + 1]):
            if rows[row]:
                size = assemble_row(process, row, discount, local, parts, system, work, line, size)
                system.rewards[line] = 1.0 - discount
                line += 1
                system.term_ptr[line] = size
        system.row_ptr[i + 1] = line
    for part in range(len(parts)):
        if parts[part] >= 0:
            for j in range(process.part_ptr[part], process.part_ptr[part + 1]):
                system.nodes[size], system.coefficients[size] = local[process.targets[j]], process.chances[j]
                size += 1
            system.rewards[line] = 0.0
            line += 1
            system.term_ptr[line] = size
            system.row_ptr[parts[part] + 1] = line
    return size
