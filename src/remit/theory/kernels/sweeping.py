"""Carry out a program for one block of rewards after another."""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.addresses import NOWHERE, address_of, by_address
from remit.theory.kernels.compiling import inner_kernel, kernel, linked_kernel
from remit.theory.kernels.lanes import (
    LANES,
    choose,
    fused,
    gap,
    highest,
    inverse,
    larger,
    load,
    pick,
    scale,
    splat,
    store,
)
from remit.theory.kernels.records import record

HOWARD = 32
"""Loops of at most this many steps are solved by policy iteration."""


@record
class Steps(NamedTuple):
    """A finished program; see ``elimination.Output``.

    ``classes`` i32[steps] is the reward class each step reads; ``lifts`` f64[lines] is 1 / (1 - what a line's own loop
    contributes), by which a line grows if the whole loop is worth the same.
    """

    row_ptr: Integers
    term_ptr: Integers
    inner_ptr: Integers
    steps: SmallIntegers
    coefficients: Floats
    rewards: Floats
    lifts: Floats
    classes: SmallIntegers
    segments: Integers


@record
class Room(NamedTuple):
    """Where one call works: flat arrays with LANES entries per item.

    ``gains`` per class, ``values`` per step, ``fixed`` per line of a loop, and for small loops the ``chosen`` lines, a
    ``matrix`` and (with one entry per item) its ``pattern``.
    """

    gains: Floats
    values: Floats
    fixed: Floats
    chosen: Floats
    matrix: Floats
    pattern: Booleans


@inner_kernel
def pass_once(program: Steps, first: int, end: int, gains: Floats, values: Floats) -> None:
    """Carry out steps that depend on earlier ones only."""
    row_ptr, term_ptr, steps, coefficients = program.row_ptr, program.term_ptr, program.steps, program.coefficients
    rewards, classes = program.rewards, program.classes
    for step in range(first, end):
        gain = load(gains, classes[step] * LANES)
        best = splat(-np.inf)
        for line in range(row_ptr[step], row_ptr[step + 1]):
            total = scale(splat(rewards[line]), gain)
            for j in range(term_ptr[line], term_ptr[line + 1]):
                total = fused(splat(coefficients[j]), load(values, steps[j] * LANES), total)
            best = larger(total, best)
        store(values, step * LANES, best)


@inner_kernel
def fix_outside(
    program: Steps, first: int, end: int, gains: Floats, values: Floats, fixed: Floats, chosen: Floats
) -> None:
    """Fill ``fixed`` with the part of each line that the loop does not change; guess the loop's values and best lines.

    The guess takes all values of the loop to be equal. ``chosen`` is left alone when the loop does not fit in it.
    """
    row_ptr, term_ptr, inner_ptr = program.row_ptr, program.term_ptr, program.inner_ptr
    steps, coefficients = program.steps, program.coefficients
    base = row_ptr[first]
    for step in range(first, end):
        gain = load(gains, program.classes[step] * LANES)
        guess, which = splat(-np.inf), splat(0.0)
        for line in range(row_ptr[step], row_ptr[step + 1]):
            total = scale(splat(program.rewards[line]), gain)
            for j in range(term_ptr[line], inner_ptr[line]):
                total = fused(splat(coefficients[j]), load(values, steps[j] * LANES), total)
            store(fixed, (line - base) * LANES, total)
            total = scale(splat(program.lifts[line]), total)
            which = choose(total, guess, splat(float(line - base)), which)
            guess = larger(total, guess)
        store(values, step * LANES, guess)
        if end - first <= HOWARD:
            store(chosen, (step - first) * LANES, which)


@linked_kernel
def sweep_loop(program: Steps, first: int, end: int, room: Room, epsilon: float, sweeps: int) -> int:
    """Iterate a large loop in place, forwards and backwards in turn; return the sweeps taken, -1 when they ran out."""
    row_ptr, term_ptr, inner_ptr = program.row_ptr, program.term_ptr, program.inner_ptr
    steps, coefficients = program.steps, program.coefficients
    base, values, fixed = row_ptr[first], room.values, room.fixed
    for sweep in range(sweeps):
        change = splat(0.0)
        for i in range(end - first):
            step = end - 1 - i if sweep & 1 else first + i
            best = splat(-np.inf)
            for line in range(row_ptr[step], row_ptr[step + 1]):
                total = load(fixed, (line - base) * LANES)
                for j in range(inner_ptr[line], term_ptr[line + 1]):
                    total = fused(splat(coefficients[j]), load(values, steps[j] * LANES), total)
                best = larger(total, best)
            change = larger(gap(best, load(values, step * LANES)), change)
            store(values, step * LANES, best)
        if highest(change) <= epsilon:
            return sweep + 1
    return -1


@inner_kernel
def choose_lines(program: Steps, first: int, end: int, values: Floats, fixed: Floats, chosen: Floats) -> float:
    """Fill ``chosen`` with each step's best line (counted from the loop's first) and return the largest improvement."""
    row_ptr, term_ptr, inner_ptr = program.row_ptr, program.term_ptr, program.inner_ptr
    steps, coefficients = program.steps, program.coefficients
    base = row_ptr[first]
    change = splat(0.0)
    for step in range(first, end):
        best, which = splat(-np.inf), splat(0.0)
        for line in range(row_ptr[step], row_ptr[step + 1]):
            total = load(fixed, (line - base) * LANES)
            for j in range(inner_ptr[line], term_ptr[line + 1]):
                total = fused(splat(coefficients[j]), load(values, steps[j] * LANES), total)
            which = choose(total, best, splat(float(line - base)), which)
            best = larger(total, best)
        change = larger(gap(best, load(values, step * LANES)), change)
        store(chosen, (step - first) * LANES, which)
    improvement: float = highest(change)
    return improvement


@inner_kernel
def gather_choice(
    program: Steps,
    first: int,
    size: int,
    values: Floats,
    fixed: Floats,
    chosen: Floats,
    matrix: Floats,
    pattern: Booleans,
) -> None:
    """Write the chosen lines as one linear system per lane: values = fixed part + matrix * values.

    ``pattern`` marks the entries of the size x size matrix that are not zero in every lane; the others are not set.
    """
    inner_ptr, term_ptr, steps, coefficients = program.inner_ptr, program.term_ptr, program.steps, program.coefficients
    row_ptr = program.row_ptr
    base = row_ptr[first]
    for place in range(size * size):
        pattern[place] = False
    for i in range(size):
        which, value = load(chosen, i * LANES), splat(0.0)
        for line in range(row_ptr[first + i], row_ptr[first + i + 1]):
            number = splat(float(line - base))
            value = pick(which, number, load(fixed, (line - base) * LANES), value)
            for j in range(inner_ptr[line], term_ptr[line + 1]):
                place = i * size + steps[j] - first
                known = load(matrix, place * LANES) if pattern[place] else splat(0.0)
                store(matrix, place * LANES, pick(which, number, splat(coefficients[j]), known))
                pattern[place] = True
        store(values, (first + i) * LANES, value)


@inner_kernel
def subtract_pivot(i: int, p: int, first: int, size: int, values: Floats, matrix: Floats, pattern: Booleans) -> None:
    """Replace value p in equation i by what it stands for."""
    weight = load(matrix, (i * size + p) * LANES)
    value = fused(weight, load(values, (first + p) * LANES), load(values, (first + i) * LANES))
    store(values, (first + i) * LANES, value)
    for t in range(p + 1, size):
        if pattern[p * size + t]:
            place = i * size + t
            known = load(matrix, place * LANES) if pattern[place] else splat(0.0)
            store(matrix, place * LANES, fused(weight, load(matrix, (p * size + t) * LANES), known))
            pattern[place] = True


@inner_kernel
def solve_choice(first: int, size: int, values: Floats, matrix: Floats, pattern: Booleans) -> None:
    """Solve the systems of all lanes side by side, by elimination in the order of the steps.

    No pivoting is needed: the entries are at least 0 and each line sums to less than 1.
    """
    for p in range(size):
        if pattern[p * size + p]:
            factor = inverse(load(matrix, (p * size + p) * LANES))
            store(values, (first + p) * LANES, scale(factor, load(values, (first + p) * LANES)))
            for t in range(p + 1, size):
                if pattern[p * size + t]:
                    store(matrix, (p * size + t) * LANES, scale(factor, load(matrix, (p * size + t) * LANES)))
        for i in range(p + 1, size):
            if pattern[i * size + p]:
                subtract_pivot(i, p, first, size, values, matrix, pattern)
    for p in range(size - 1, -1, -1):
        value = load(values, (first + p) * LANES)
        for t in range(p + 1, size):
            if pattern[p * size + t]:
                value = fused(load(matrix, (p * size + t) * LANES), load(values, (first + t) * LANES), value)
        store(values, (first + p) * LANES, value)


@linked_kernel
def improve_loop(program: Steps, first: int, end: int, room: Room, epsilon: float, sweeps: int) -> int:
    """Solve a small loop by policy iteration; return the steps of it taken, -1 when they ran out."""
    values, fixed, chosen, size = room.values, room.fixed, room.chosen, end - first
    for sweep in range(sweeps):
        gather_choice(program, first, size, values, fixed, chosen, room.matrix, room.pattern)
        solve_choice(first, size, values, room.matrix, room.pattern)
        if choose_lines(program, first, end, values, fixed, chosen) <= epsilon:
            return sweep + 1
    return -1


sweep_loop_at, improve_loop_at = by_address(sweep_loop), by_address(improve_loop)


@record
class Addresses(NamedTuple):
    """Where the kernels are that solve loops."""

    sweep: int
    improve: int


@inner_kernel
def run_steps(program: Steps, room: Room, epsilon: float, sweeps: int, addresses: Addresses) -> int:
    """Fill ``room.values`` from ``room.gains``; return the most sweeps a loop took, -1 when they ran out.

    Small loops are solved by policy iteration, large ones by sweeps; both end when no lane improves by more than
    ``epsilon``.
    """
    gains, values, fixed, chosen = room.gains, room.values, room.fixed, room.chosen
    longest = 0
    for segment in range(len(program.segments)):
        first, end = program.segments[segment, 0], program.segments[segment, 1]
        if program.segments[segment, 2] == 0:
            pass_once(program, first, end, gains, values)
            continue
        fix_outside(program, first, end, gains, values, fixed, chosen)
        if end - first > HOWARD:
            taken = sweep_loop_at(addresses.sweep, program, first, end, room, epsilon, sweeps)
        else:
            taken = improve_loop_at(addresses.improve, program, first, end, room, epsilon, sweeps)
        if taken < 0:
            return -1
        longest = taken if taken > longest else longest
    return longest


@kernel
def solve_lanes(
    program: Steps,
    rewards: Floats,
    roots: SmallIntegers,
    first: int,
    end: int,
    room: Room,
    epsilon: float,
    sweeps: int,
    addresses: Addresses,
    out: Floats,
) -> int:
    """Solve the rewards ``first:end`` (columns of ``rewards`` f64[C, K]); write the values of the root steps.

    ``out`` is f64[roots, K]. Returns the most sweeps a loop took, -1 when they ran out. Spare lanes repeat the last.
    """
    longest = 0
    for begin in range(first, end, LANES):
        count = LANES if begin + LANES < end else end - begin
        for c in range(len(rewards)):
            for lane in range(LANES):
                room.gains[c * LANES + lane] = rewards[c, begin + lane if lane < count else end - 1]
        taken = run_steps(program, room, epsilon, sweeps, addresses)
        if taken < 0:
            return -1
        longest = taken if taken > longest else longest
        for i in range(len(roots)):
            for lane in range(count):
                out[i, begin + lane] = room.values[roots[i] * LANES + lane]
    return longest


def make_room(program: Steps, classes: int) -> Room:
    """Return the room that one call of ``solve_lanes`` works in."""
    loops = program.segments[program.segments[:, 2] == 1]
    lines = int((program.row_ptr[loops[:, 1]] - program.row_ptr[loops[:, 0]]).max(initial=1))
    return Room(
        np.empty(classes * LANES, np.float64),
        np.empty((len(program.row_ptr) - 1) * LANES, np.float64),
        np.empty(lines * LANES, np.float64),
        np.empty(HOWARD * LANES, np.float64),
        np.empty(HOWARD * HOWARD * LANES, np.float64),
        np.empty(HOWARD * HOWARD, np.bool_),
    )


def find_addresses(program: Steps, room: Room) -> Addresses:
    """Return where the kernels are that solve the loops of a program; nowhere where it has none."""
    if not (program.segments[:, 2] == 1).any():
        return Addresses(NOWHERE, NOWHERE)
    given = (program, 0, 0, room, 0.0, 0)
    return Addresses(sweep=address_of(sweep_loop, *given), improve=address_of(improve_loop, *given))
