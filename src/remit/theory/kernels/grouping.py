"""Rows written so that one pass costs little: loops of a row onto itself solved, equal rows once, like rows together.

V(s) = (1-g) r(s) + g max_a sum P V is, for each row, V >= gain r + weight V(target) + sum of the common part, after the
row's way back to s is solved for; a row that only stays is a gain and no more. Rows of a state that differ in their
target only are one *group*: one product for the group, one comparison for each row.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel, kernel
from remit.theory.kernels.records import held, record
from remit.theory.kernels.vectors import entry, lean

ONCE, IN_TURN, FORWARDS, BACKWARDS = 0, 1, 2, 3
"""How a run of positions is worked on: it does not loop, or is swept both ways in turn, or one way only."""


@record
class Rows(NamedTuple):
    """The rows of an MDP, as ``MDP`` keeps them."""

    row_ptr: Integers
    successor_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats


@record
class Groups(NamedTuple):
    """Positions (states in the order they are worked on), the groups of each, the targets and common parts of those.

    ``order`` i64[S] lists the states by position. ``stays`` f32[S] is the gain of staying, no number where one cannot;
    ``group_ptr`` i32[S+1]; per group ``gains`` and ``weights`` f32[G], ``target_ptr`` (each group has one or more) and
    ``common_ptr`` i32[G+1]; ``targets`` i32[T], ``commons`` i32[C] and ``shares`` f32[C] name positions.
    """

    order: Integers
    stays: Singles
    group_ptr: SmallIntegers
    gains: Singles
    weights: Singles
    target_ptr: SmallIntegers
    targets: SmallIntegers
    common_ptr: SmallIntegers
    commons: SmallIntegers
    shares: Singles


@kernel
def leads_up(rows: Rows, ends: Booleans) -> bool:
    """Mark the states that lead nowhere else in ``ends`` bool[S]; return whether all other steps lead up, or there.

    Then those states, and the others from the last to the first, are an order in which one pass is exact.
    """
    for state in range(len(rows.row_ptr) - 1):
        first = entry(rows.successor_ptr, entry(rows.row_ptr, state))
        end = entry(rows.successor_ptr, entry(rows.row_ptr, state + 1))
        goes_on = False
        for j in range(first, end):
            target = entry(rows.successors, j)
            if target != state:
                goes_on = True
            if target < state and not ends[target]:
                return False
        ends[state] = not goes_on
    return True


@inner_kernel
def split_row(rows: Rows, row: int, state: int) -> tuple[int, float, float]:
    """Return the entry of a row's likeliest successor (-1: it only stays), the chance of that, and that of staying."""
    lean()
    likeliest, chance, back = -1, 0.0, 0.0
    for j in range(entry(rows.successor_ptr, row), entry(rows.successor_ptr, row + 1)):
        probability = entry(rows.probabilities, j)
        if entry(rows.successors, j) == state:
            back += probability
        elif probability > chance or likeliest < 0:
            likeliest, chance = j, probability
    return likeliest, chance, back


@inner_kernel
def write_common(
    rows: Rows,
    row: int,
    state: int,
    likeliest: int,
    discount: float,
    factor: float,
    rank: SmallIntegers,
    out: Groups,
    start: int,
) -> int:
    """Write what a row leads to beside ``state`` and its target, in order, behind all groups; return the end of it."""
    lean()
    end = start
    for j in range(entry(rows.successor_ptr, row), entry(rows.successor_ptr, row + 1)):
        if entry(rows.successors, j) == state or j == likeliest:
            continue
        place, at = entry(rank, entry(rows.successors, j)), end
        while at > start and entry(out.commons, at - 1) > place:
            out.commons[at], out.shares[at] = entry(out.commons, at - 1), entry(out.shares, at - 1)
            at -= 1
        out.commons[at], out.shares[at] = place, discount * entry(rows.probabilities, j) * factor
        end += 1
    return end


@inner_kernel
def alike(out: Groups, left: int, right: int, size: int) -> bool:
    """Return whether two common parts of one size are the same."""
    for i in range(size):
        if entry(out.commons, left + i) != entry(out.commons, right + i):
            return False
        if entry(out.shares, left + i) != entry(out.shares, right + i):
            return False
    return True


@inner_kernel
def group_of(out: Groups, first: int, end: int, gain: np.float32, weight: np.float32, size: int) -> int:
    """Return which of the groups ``first:end`` a row is of whose common part stands behind theirs; ``end`` for none."""
    lean()
    behind = entry(out.common_ptr, end)
    for group in range(end - 1, first - 1, -1):
        start = entry(out.common_ptr, group)
        if (
            entry(out.gains, group) == gain
            and entry(out.weights, group) == weight
            and entry(out.common_ptr, group + 1) - start == size
            and alike(out, start, behind, size)
        ):
            return group
    return end


@inner_kernel
def add_target(out: Groups, group: int, end: int, target: int) -> None:
    """Add a target to a group unless it has it; those of later groups, up to the group ``end``, make room."""
    lean()
    first, stop = entry(out.target_ptr, group), entry(out.target_ptr, group + 1)
    for j in range(first, stop):
        if entry(out.targets, j) == target:
            return
    for j in range(entry(out.target_ptr, end), stop, -1):
        out.targets[j] = entry(out.targets, j - 1)
    out.targets[stop] = target
    for later in range(group + 1, end + 1):
        out.target_ptr[later] += 1


@kernel
def write_groups(rows: Rows, discount: float, rank: SmallIntegers, out: Groups, counts: Integers) -> None:
    """Fill ``out`` with the groups of the states in its ``order``; ``rank`` i32[S] is where each state comes.

    Rows are told apart by what is written, in single precision: that is all their values depend on. ``counts`` i64[3]
    is zero at first and gets how many groups, targets and common entries there are.
    """
    lean()
    rows, out = held(rows), held(out)
    group, common = counts[0], counts[2]  # written as zero, they would be types of their own, compiled each by itself
    out.group_ptr[0], out.target_ptr[0], out.common_ptr[0] = 0, 0, 0
    for position in range(len(out.order)):
        state, first, stay = entry(out.order, position), group, np.float32(np.nan)
        for row in range(entry(rows.row_ptr, state), entry(rows.row_ptr, state + 1)):
            likeliest, chance, back = split_row(rows, row, state)
            factor = 1.0 / (1.0 - discount * back)
            gain, weight = np.float32((1.0 - discount) * factor), np.float32(discount * chance * factor)
            if likeliest < 0:
                stay = stay if stay > gain else gain  # also where there was none, which is no number
                continue
            end = write_common(rows, row, state, likeliest, discount, factor, rank, out, common)
            own = group_of(out, first, group, gain, weight, end - common)
            if own == group:
                out.gains[group], out.weights[group] = gain, weight
                group, common = group + 1, end
                out.target_ptr[group], out.common_ptr[group] = entry(out.target_ptr, own), common
            add_target(out, own, group, entry(rank, entry(rows.successors, likeliest)))
        out.stays[position], out.group_ptr[position + 1] = stay, group
    counts[0], counts[1], counts[2] = group, out.target_ptr[group], common


@inner_kernel
def way_of(groups: Groups, first: int, end: int) -> int:
    """Return how a loop is swept: against its reads where a quarter more of them lead one way than the other.

    A loop of two positions has no order that is better, but turning would work on one of them twice running.
    """
    earlier, later = 0, 0
    for position in range(first, end):
        begin, stop = groups.group_ptr[position], groups.group_ptr[position + 1]
        for j in range(groups.target_ptr[begin], groups.target_ptr[stop]):
            earlier += first <= groups.targets[j] < position
            later += position < groups.targets[j] < end
        for j in range(groups.common_ptr[begin], groups.common_ptr[stop]):
            earlier += first <= groups.commons[j] < position
            later += position < groups.commons[j] < end
    if end - first == 2 or 4 * later > 5 * earlier:
        return BACKWARDS
    return FORWARDS if 4 * earlier > 5 * later else IN_TURN


@inner_kernel
def is_sure(groups: Groups, first: int, end: int, discount: float) -> bool:
    """Return whether every row of some positions leads to one place for sure, or only stays.

    A try that may fail has one target as well, but a larger gain: its way back to where it began is solved for.
    """
    begin, stop = groups.group_ptr[first], groups.group_ptr[end]
    sure: bool = groups.common_ptr[begin] == groups.common_ptr[stop]
    for group in range(begin, stop):
        sure = sure and groups.gains[group] == np.float32(1.0 - discount)
    return sure


@kernel
def choose_ways(groups: Groups, segments: Integers, discount: float) -> bool:
    """Write how each loop is swept into ``segments`` i64[n, 3], of which the last says whether it is one.

    Returns whether some loop is sure.
    """
    lean()
    sure = False
    for segment in range(len(segments)):
        first, end = segments[segment, 0], segments[segment, 1]
        if segments[segment, 2] != ONCE:
            segments[segment, 2] = way_of(groups, first, end)
            sure |= is_sure(groups, first, end, discount)
    return sure


@inner_kernel
def add_reader(chunk: int, own: int, marks: SmallIntegers, free: SmallIntegers, readers: SmallIntegers) -> None:
    """Note that ``own`` reads a chunk, unless that was the last to be noted of it."""
    if marks[chunk] != own:
        marks[chunk] = own
        if len(readers) > 0:
            readers[free[chunk]] = own
        free[chunk] += 1


@kernel
def list_readers(groups: Groups, size: int, marks: SmallIntegers, free: SmallIntegers, readers: SmallIntegers) -> None:
    """Fill ``readers`` with the chunks of ``size`` positions that read each chunk, or where it is empty count them.

    ``free`` i32[n] is where each list goes on; ``marks`` i32[n], filled with -1, says which chunk was met last.
    """
    for position in range(len(groups.group_ptr) - 1):
        own = position // size
        begin, stop = own * size, own * size + size
        first, end = groups.group_ptr[position], groups.group_ptr[position + 1]
        for j in range(groups.target_ptr[first], groups.target_ptr[end]):
            if not begin <= groups.targets[j] < stop:
                add_reader(groups.targets[j] // size, own, marks, free, readers)
        for j in range(groups.common_ptr[first], groups.common_ptr[end]):
            if not begin <= groups.commons[j] < stop:
                add_reader(groups.commons[j] // size, own, marks, free, readers)
