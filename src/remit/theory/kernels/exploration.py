"""Breadth-first enumeration of a factored world, with hash tables of its own.

A row is kept as a mixture: one *part* per state of affairs that an operator's outcome leaves behind, which holds the
distribution over what the events then make of it. Parts are shared by all rows that lead to them.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.compiling import grown, inner_kernel, kernel

NEGLIGIBLE = 1e-15
EXCESS = 1e-9
DONE, OVER_BUDGET, EVENTS_EXCEED_ONE, DEAD_END = 0, 1, 2, 3


class Rules(NamedTuple):
    """A factored world as arrays: conditions hold (modes, require, forbid), changes (add, delete, mode) per line.

    Shapes for O operators, Q outcomes, G groups, E events: operator_conditions i64[O, 3], kept bool[O] (never left
    out), outcome_ptr i64[O+1], outcome_chances f64[Q], outcome_changes i64[Q, 3], group_ptr i64[G+1],
    event_conditions i64[E, 3], event_chances f64[E], event_changes i64[E, 3]; ``width`` is the number of facts.
    """

    width: int
    operator_conditions: Integers
    kept: Booleans
    outcome_ptr: Integers
    outcome_chances: Floats
    outcome_changes: Integers
    group_ptr: Integers
    event_conditions: Integers
    event_chances: Floats
    event_changes: Integers


class Rows(NamedTuple):
    """What enumeration finds: state codes, row_ptr, the operator of each row, and the rows as a mixture."""

    codes: Integers
    row_ptr: Integers
    operators: SmallIntegers
    mix_ptr: Integers
    mix_parts: SmallIntegers
    mix_weights: Floats
    part_ptr: Integers
    targets: SmallIntegers
    chances: Floats


@inner_kernel
def hash_of(code: int) -> int:
    """Return a hash of a code below 2^60; multiplications are small enough never to overflow 63 bits."""
    return ((code & 0x7FFFFFFF) * 0x9E3779B1 + (code >> 31) * 0x85EBCA6B) >> 18


@inner_kernel
def number_of(keys: Integers, numbers: SmallIntegers, codes: Integers, count: int, code: int) -> int:
    """Return the number of ``code``; a new one gets ``count`` and is entered.

    ``keys`` (2^n, at most half full) holds codes plus one, 0 marks an empty slot; ``codes`` lists them by number.
    """
    mask = len(keys) - 1
    slot = hash_of(code) & mask
    while keys[slot] != 0 and keys[slot] != code + 1:
        slot = (slot + 1) & mask
    if keys[slot] == 0:
        keys[slot], numbers[slot], codes[count] = code + 1, count, code
    number: int = numbers[slot]
    return number


@inner_kernel
def holds(modes: int, require: int, forbid: int, facts: int, mode: int) -> bool:
    """Return whether a condition is met by the facts in the mode."""
    return (modes >> mode) & 1 == 1 and (facts & require) == require and (facts & forbid) == 0


@inner_kernel
def offered_operators(
    conditions: Integers, kept: Booleans, outcome_ptr: Integers, changes: Integers, facts: int, mode: int, out: Integers
) -> int:
    """List in ``out`` the operators that apply and are either always kept or change a fact; return how many."""
    count = 0
    for o in range(len(kept)):
        if not holds(conditions[o, 0], conditions[o, 1], conditions[o, 2], facts, mode):
            continue
        useful = kept[o]
        for j in range(outcome_ptr[o], outcome_ptr[o + 1]):
            useful = useful or ((facts & ~changes[j, 1]) | changes[j, 0]) != facts
        if useful:
            out[count] = o
            count += 1
    return count


@inner_kernel
def changed(add: int, delete: int, new_mode: int, facts: int, mode: int, width: int) -> int:
    """Return the code after a change: delete, add, then the new mode where there is one."""
    return ((facts & ~delete) | add) | ((mode if new_mode < 0 else new_mode) << width)


@inner_kernel
def spread_events(rules: Rules, code: int, codes: Integers, chances: Floats) -> tuple[int, Integers, Floats]:
    """Fill ``codes`` and ``chances`` with what the events make of ``code``; the count is -1 where they exceed one."""
    fact_mask, width = (np.int64(1) << rules.width) - 1, rules.width
    group_ptr, conditions, changes = rules.group_ptr, rules.event_conditions, rules.event_changes
    event_chances = rules.event_chances
    codes[0], chances[0] = code, 1.0
    count = 1
    for group in range(len(group_ptr) - 1):
        for i in range(count):
            facts, mode, chance, total = codes[i] & fact_mask, codes[i] >> width, chances[i], 0.0
            for e in range(group_ptr[group], group_ptr[group + 1]):
                if holds(conditions[e, 0], conditions[e, 1], conditions[e, 2], facts, mode):
                    codes, chances = grown(codes, count + 1), grown(chances, count + 1)
                    codes[count] = changed(changes[e, 0], changes[e, 1], changes[e, 2], facts, mode, width)
                    chances[count] = chance * event_chances[e]
                    total += event_chances[e]
                    count += 1
            if total > 1.0 + EXCESS:
                return -1, codes, chances
            chances[i] = chance * max(0.0, 1.0 - total)
        count = merge_codes(codes, chances, count)
    return count, codes, chances


@inner_kernel
def merge_codes(codes: Integers, chances: Floats, count: int) -> int:
    """Add up equal codes and drop negligible ones in place; return how many are left."""
    kept = 0
    for i in range(count):
        if chances[i] <= NEGLIGIBLE:
            continue
        same = kept
        for j in range(kept):
            if codes[j] == codes[i]:
                same = j
                break
        if same < kept:
            chances[same] += chances[i]
        else:
            codes[kept], chances[kept] = codes[i], chances[i]
            kept += 1
    return kept


@inner_kernel
def add_weight(parts: SmallIntegers, weights: Floats, first: int, end: int, part: int, weight: float) -> int:
    """Add ``weight`` to ``part`` in the mixture ``first:end``; return its end, one further when the part is new."""
    for i in range(first, end):
        if parts[i] == part:
            weights[i] += weight
            return end
    parts[end], weights[end] = part, weight
    return end + 1


@inner_kernel
def rehashed(keys: Integers, numbers: SmallIntegers, count: int) -> tuple[Integers, SmallIntegers]:
    """Return the table, or a larger one with the same content when ``count`` entries would more than half fill it."""
    if 2 * count < len(keys):
        return keys, numbers
    larger, larger_numbers = np.zeros(4 * len(keys), np.int64), np.empty(4 * len(keys), np.int32)
    mask = len(larger) - 1
    for old in range(len(keys)):
        if keys[old] != 0:
            slot = hash_of(keys[old] - 1) & mask
            while larger[slot] != 0:
                slot = (slot + 1) & mask
            larger[slot], larger_numbers[slot] = keys[old], numbers[old]
    return larger, larger_numbers


@kernel
def enumerate_states(start: int, state_budget: int, rules: Rules) -> tuple[int, int, Rows]:
    """Return a status, the code at which it arose, and the rows of every state reached (breadth first from start)."""
    keys, numbers, codes = np.zeros(4096, np.int64), np.empty(4096, np.int32), np.empty(4096, np.int64)
    part_keys, part_numbers, part_codes = np.zeros(4096, np.int64), np.empty(4096, np.int32), np.empty(4096, np.int64)
    row_ptr, operators = np.zeros(4096, np.int64), np.empty(8192, np.int32)
    mix_ptr, mix_parts, mix_weights = np.zeros(8192, np.int64), np.empty(8192, np.int32), np.empty(8192, np.float64)
    part_ptr, targets, chances = np.zeros(4096, np.int64), np.empty(8192, np.int32), np.empty(8192, np.float64)
    after_codes, after_chances, choice = np.empty(64, np.int64), np.empty(64), np.empty(len(rules.kept), np.int64)
    fact_mask, conditions, kept = (np.int64(1) << rules.width) - 1, rules.operator_conditions, rules.kept
    outcome_ptr, outcome_chances, changes = rules.outcome_ptr, rules.outcome_chances, rules.outcome_changes
    longest = 0
    for o in range(len(kept)):
        longest = max(longest, outcome_ptr[o + 1] - outcome_ptr[o])
    states, parts, state, rows, mixed, spread, status = 1, 0, 0, 0, 0, 0, DONE
    code = codes[number_of(keys, numbers, codes, 0, start)]
    while state < states and status == DONE:
        code = codes[state]
        facts, mode = code & fact_mask, code >> rules.width
        options = offered_operators(conditions, kept, outcome_ptr, changes, facts, mode, choice)
        operators, mix_ptr = grown(operators, rows + options), grown(mix_ptr, rows + options + 1)
        mix_parts, mix_weights = (
            grown(mix_parts, mixed + options * longest),
            grown(mix_weights, mixed + options * longest),
        )
        part_keys, part_numbers = rehashed(part_keys, part_numbers, parts + options * longest)
        part_codes, part_ptr = (
            grown(part_codes, parts + options * longest),
            grown(part_ptr, parts + options * longest + 1),
        )
        status = DONE if options > 0 else DEAD_END
        for o in choice[:options]:
            first = mixed
            for j in range(outcome_ptr[o], outcome_ptr[o + 1]):
                if outcome_chances[j] <= NEGLIGIBLE or status != DONE:
                    continue
                left = changed(changes[j, 0], changes[j, 1], changes[j, 2], facts, mode, rules.width)
                part = number_of(part_keys, part_numbers, part_codes, parts, left)
                if part == parts:
                    count, after_codes, after_chances = spread_events(rules, left, after_codes, after_chances)
                    targets, chances = grown(targets, spread + count), grown(chances, spread + count)
                    keys, numbers = rehashed(keys, numbers, states + count)
                    codes = grown(codes, states + count)
                    for i in range(count):
                        number = number_of(keys, numbers, codes, states, after_codes[i])
                        states += number == states
                        targets[spread + i], chances[spread + i] = number, after_chances[i]
                    if count < 0 or states > state_budget:
                        status, code = (EVENTS_EXCEED_ONE if count < 0 else OVER_BUDGET), left
                    spread += max(count, 0)
                    parts += 1
                    part_ptr[parts] = spread
                mixed = add_weight(mix_parts, mix_weights, first, mixed, part, outcome_chances[j])
            operators[rows] = o
            rows += 1
            mix_ptr[rows] = mixed
        state += 1
        row_ptr = grown(row_ptr, state + 1)
        row_ptr[state] = rows
    found = Rows(
        codes[:states].copy(),
        row_ptr[: state + 1].copy(),
        operators[:rows].copy(),
        mix_ptr[: rows + 1].copy(),
        mix_parts[:mixed].copy(),
        mix_weights[:mixed].copy(),
        part_ptr[: parts + 1].copy(),
        targets[:spread].copy(),
        chances[:spread].copy(),
    )
    return status, code, found


@kernel
def expand_rows(states: int, found: Rows) -> tuple[Integers, SmallIntegers, Floats]:
    """Return successor_ptr, successors and probabilities of rows given as mixtures, equal successors added up."""
    rows = len(found.mix_ptr) - 1
    size = 0
    for i in range(len(found.mix_parts)):
        size += found.part_ptr[found.mix_parts[i] + 1] - found.part_ptr[found.mix_parts[i]]
    successor_ptr = np.zeros(rows + 1, np.int64)
    successors, probabilities = np.empty(size, np.int32), np.empty(size, np.float64)
    place, owner = np.empty(states, np.int64), np.full(states, -1, np.int64)
    count = 0
    for row in range(rows):
        for i in range(found.mix_ptr[row], found.mix_ptr[row + 1]):
            for j in range(found.part_ptr[found.mix_parts[i]], found.part_ptr[found.mix_parts[i] + 1]):
                target = found.targets[j]
                if owner[target] != row:
                    owner[target], place[target] = row, count
                    successors[count], probabilities[count] = target, 0.0
                    count += 1
                probabilities[place[target]] += found.mix_weights[i] * found.chances[j]
        successor_ptr[row + 1] = count
    return successor_ptr, successors[:count].copy(), probabilities[:count].copy()
