"""Breadth-first enumeration of a factored world, with hash tables of its own.

A row is kept as a mixture: one *part* per state of affairs that an operator's outcome leaves behind, which holds the
distribution over what the events then make of it. Parts are shared by all rows that lead to them.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.addresses import by_address
from remit.theory.kernels.compiling import inner_kernel, kernel, linked_kernel
from remit.theory.kernels.records import record

NEGLIGIBLE = 1e-15
EXCESS = 1e-9
DONE, OVER_BUDGET, EVENTS_EXCEED_ONE, DEAD_END, NO_ROOM, NO_SCRATCH = 0, 1, 2, 3, 4, 5
STATES, PARTS, STATE, ROWS, MIXED, SPREAD, FAULT = 0, 1, 2, 3, 4, 5, 6
EXCEEDED, FULL = -1, -2


@record
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


@record
class Search(NamedTuple):
    """What enumeration has found so far, with room for more; ``counts`` i64[7] says how much is in use.

    States and parts have hash tables (keys i64[2^n], at most half full, numbers i32[2^n]) and codes by number. Then
    row_ptr, the operator of each row, the rows as a mixture (as in ``mdp.Mixture``), and scratch space: what the events
    make of one part, and the operators one state offers.
    """

    keys: Integers
    numbers: SmallIntegers
    codes: Integers
    part_keys: Integers
    part_numbers: SmallIntegers
    part_codes: Integers
    row_ptr: Integers
    operators: SmallIntegers
    mix_ptr: Integers
    mix_parts: SmallIntegers
    mix_weights: Floats
    part_ptr: Integers
    targets: SmallIntegers
    chances: Floats
    after_codes: Integers
    after_chances: Floats
    offered: Integers
    counts: Integers


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


@kernel
def fill_table(keys: Integers, numbers: SmallIntegers, codes: Integers, count: int) -> None:
    """Enter the first ``count`` codes into an empty table."""
    for number in range(count):
        number_of(keys, numbers, codes, number, codes[number])


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


@linked_kernel
def spread_events(rules: Rules, code: int, search: Search) -> int:
    """Fill ``after_codes`` and ``after_chances`` with what the events make of ``code``.

    Returns how many there are, or what went wrong.
    """
    codes, chances = search.after_codes, search.after_chances
    fact_mask, width = (np.int64(1) << rules.width) - 1, rules.width
    group_ptr, conditions, changes = rules.group_ptr, rules.event_conditions, rules.event_changes
    codes[0], chances[0] = code, 1.0
    count = 1
    for group in range(len(group_ptr) - 1):
        for i in range(count):
            facts, mode, chance, total = codes[i] & fact_mask, codes[i] >> width, chances[i], 0.0
            for e in range(group_ptr[group], group_ptr[group + 1]):
                if holds(conditions[e, 0], conditions[e, 1], conditions[e, 2], facts, mode):
                    if count == len(codes):
                        return FULL
                    codes[count] = changed(changes[e, 0], changes[e, 1], changes[e, 2], facts, mode, width)
                    chances[count] = chance * rules.event_chances[e]
                    total += rules.event_chances[e]
                    count += 1
            if total > 1.0 + EXCESS:
                return EXCEEDED
            chances[i] = chance * (1.0 - total if total < 1.0 else 0.0)
        count = merge_codes(codes, chances, count)
    return count


spread_events_at = by_address(spread_events)


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
def enter_part(rules: Rules, search: Search, code: int, spreading: int) -> int:
    """Number the part that an outcome leaves behind, and spread it when it is new; a negative number is a fault."""
    counts, parts = search.counts, search.counts[PARTS]
    part = number_of(search.part_keys, search.part_numbers, search.part_codes, parts, code)
    if part < parts:
        return part
    counts[PARTS] = parts + 1
    count: int = spread_events_at(spreading, rules, code, search)
    if count < 0:
        return count
    spread = counts[SPREAD]
    for i in range(count):
        number = number_of(search.keys, search.numbers, search.codes, counts[STATES], search.after_codes[i])
        if number == counts[STATES]:
            counts[STATES] = number + 1
        search.targets[spread + i], search.chances[spread + i] = number, search.after_chances[i]
    counts[SPREAD] = spread + count
    search.part_ptr[parts + 1] = spread + count
    return part


@inner_kernel
def enter_rows(rules: Rules, search: Search, facts: int, mode: int, options: int, spreading: int) -> int:
    """Write the rows of the operators on offer; return a status."""
    counts, changes, outcome_ptr = search.counts, rules.outcome_changes, rules.outcome_ptr
    rows, mixed = counts[ROWS], counts[MIXED]
    for k in range(options):
        operator, first = search.offered[k], mixed
        for j in range(outcome_ptr[operator], outcome_ptr[operator + 1]):
            if rules.outcome_chances[j] <= NEGLIGIBLE:
                continue
            code = changed(changes[j, 0], changes[j, 1], changes[j, 2], facts, mode, rules.width)
            part = enter_part(rules, search, code, spreading)
            if part < 0:
                counts[FAULT] = code
                return NO_SCRATCH if part == FULL else EVENTS_EXCEED_ONE
            mixed = add_weight(search.mix_parts, search.mix_weights, first, mixed, part, rules.outcome_chances[j])
        search.operators[rows] = operator
        rows += 1
        search.mix_ptr[rows] = mixed
    counts[ROWS], counts[MIXED] = rows, mixed
    return DONE


@inner_kernel
def has_room(search: Search, outcomes: int) -> bool:
    """Return whether a state with so many outcomes fits, whatever the events make of them."""
    counts, states = search.counts, outcomes * len(search.after_codes)
    fits: bool = (
        2 * (counts[STATES] + states) < len(search.keys)
        and counts[STATES] + states < len(search.codes)
        and counts[SPREAD] + states < len(search.targets)
        and 2 * (counts[PARTS] + outcomes) < len(search.part_keys)
        and counts[PARTS] + outcomes + 1 < len(search.part_codes)
        and counts[STATE] + 1 < len(search.row_ptr)
        and counts[ROWS] + outcomes < len(search.operators)
        and counts[MIXED] + outcomes < len(search.mix_parts)
    )
    return fits


@kernel
def search_states(rules: Rules, search: Search, state_budget: int, longest: int, spreading: int) -> int:
    """Work through the states breadth first, from where the last call stopped; return a status.

    ``longest`` is the largest number of outcomes of an operator, ``spreading`` where ``spread_events`` is. At
    ``NO_ROOM`` and ``NO_SCRATCH`` nothing of the state at hand has been kept that could not be met again: the search
    goes on there once the arrays are larger.
    """
    counts, fact_mask = search.counts, (np.int64(1) << rules.width) - 1
    while counts[STATE] < counts[STATES]:
        code = search.codes[counts[STATE]]
        facts, mode = code & fact_mask, code >> rules.width
        options = offered_operators(
            rules.operator_conditions,
            rules.kept,
            rules.outcome_ptr,
            rules.outcome_changes,
            facts,
            mode,
            search.offered,
        )
        if options == 0:
            counts[FAULT] = code
            return DEAD_END
        if not has_room(search, options * longest):
            return NO_ROOM
        status = enter_rows(rules, search, facts, mode, options, spreading)
        if status != DONE:
            return status
        if counts[STATES] > state_budget:
            return OVER_BUDGET
        counts[STATE] += 1
        search.row_ptr[counts[STATE]] = counts[ROWS]
    return DONE


@kernel
def expand_rows(
    mix_ptr: Integers,
    mix_parts: SmallIntegers,
    mix_weights: Floats,
    part_ptr: Integers,
    targets: SmallIntegers,
    chances: Floats,
    place: Integers,
    owner: Integers,
    successor_ptr: Integers,
    successors: SmallIntegers,
    probabilities: Floats,
) -> int:
    """Fill the last three arrays with rows given as mixtures, equal successors added up; return how many there are.

    ``place`` i64[S] is scratch, ``owner`` i64[S] too and must hold -1.
    """
    count = 0
    for row in range(len(mix_ptr) - 1):
        for i in range(mix_ptr[row], mix_ptr[row + 1]):
            for j in range(part_ptr[mix_parts[i]], part_ptr[mix_parts[i] + 1]):
                target = targets[j]
                if owner[target] != row:
                    owner[target], place[target] = row, count
                    successors[count], probabilities[count] = target, 0.0
                    count += 1
                probabilities[place[target]] += mix_weights[i] * chances[j]
        successor_ptr[row + 1] = count
    return count
