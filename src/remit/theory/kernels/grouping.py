"""Rows written so that one pass costs little: loops of a row onto itself solved, equal rows once, like rows together.

V(s) = (1-g) r(s) + g max_a sum P V is, for each row, V >= gain r + weight V(target) + sum of the common part, after the
row's way back to s is solved for. Rows of a state that differ in their target only are one *group*: one product for
the group, one comparison for each row.
"""

from typing import NamedTuple

from remit.theory.arrays import Booleans, Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel, kernel
from remit.theory.kernels.vectors import entry, lean

ONCE, IN_TURN, FORWARDS, BACKWARDS = 0, 1, 2, 3
"""How a run of positions is worked on: it does not loop, or is swept both ways in turn, or one way only."""


class Rows(NamedTuple):
    """The rows of an MDP, as ``MDP`` keeps them."""

    row_ptr: Integers
    successor_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats


class Groups(NamedTuple):
    """Positions (states in the order they are worked on), the groups of each, the targets and common parts of those.

    ``group_ptr`` i32[S+1]; per group ``gains`` and ``weights`` f32[G], ``target_ptr`` and ``common_ptr`` i32[G+1];
    ``targets`` i32[T], ``commons`` i32[C] and ``shares`` f32[C] name positions.
    """

    group_ptr: SmallIntegers
    gains: Singles
    weights: Singles
    target_ptr: SmallIntegers
    targets: SmallIntegers
    common_ptr: SmallIntegers
    commons: SmallIntegers
    shares: Singles


class Bench(NamedTuple):
    """Room for the rows of one state: group, target, gain, weight, and where each row's common part is.

    ``commons`` and ``shares`` have room for all entries of the longest state; ``heads`` is the first row of each group.
    """

    groups: SmallIntegers
    heads: SmallIntegers
    targets: SmallIntegers
    gains: Floats
    weights: Floats
    common_ptr: Integers
    commons: SmallIntegers
    shares: Floats


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
def read_row(rows: Rows, row: int, state: int, discount: float, rank: SmallIntegers, bench: Bench, place: int) -> None:
    """Put a row on the bench: its own loop solved, its likeliest successor as the target, the rest in order."""
    lean()
    first, end = entry(rows.successor_ptr, row), entry(rows.successor_ptr, row + 1)
    back, likeliest, chance = 0.0, -1, -1.0
    for j in range(first, end):
        probability = entry(rows.probabilities, j)
        if entry(rows.successors, j) == state:
            back += probability
        elif probability > chance:
            likeliest, chance = j, probability
    factor = 1.0 / (1.0 - discount * back)
    start = entry(bench.common_ptr, place)
    count = start
    for j in range(first, end):
        if entry(rows.successors, j) == state or j == likeliest:
            continue
        target, at = entry(rank, entry(rows.successors, j)), count
        while at > start and entry(bench.commons, at - 1) > target:
            bench.commons[at], bench.shares[at] = entry(bench.commons, at - 1), entry(bench.shares, at - 1)
            at -= 1
        bench.commons[at], bench.shares[at] = target, discount * entry(rows.probabilities, j) * factor
        count += 1
    bench.common_ptr[place + 1] = count
    bench.gains[place] = (1.0 - discount) * factor
    bench.weights[place] = discount * chance * factor if likeliest >= 0 else 0.0
    bench.targets[place] = entry(rank, entry(rows.successors, likeliest)) if likeliest >= 0 else -1


@inner_kernel
def alike(bench: Bench, one: int, other: int) -> bool:
    """Return whether two rows on the bench differ in their target only."""
    left, right = entry(bench.common_ptr, one), entry(bench.common_ptr, other)
    size = entry(bench.common_ptr, one + 1) - left
    if (
        entry(bench.gains, one) != entry(bench.gains, other)
        or entry(bench.weights, one) != entry(bench.weights, other)
        or (entry(bench.targets, one) < 0) != (entry(bench.targets, other) < 0)
        or entry(bench.common_ptr, other + 1) - right != size
    ):
        return False
    for i in range(size):
        if entry(bench.commons, left + i) != entry(bench.commons, right + i):
            return False
        if entry(bench.shares, left + i) != entry(bench.shares, right + i):
            return False
    return True


@inner_kernel
def sort_rows(bench: Bench, count: int) -> int:
    """Give each row on the bench its group, -1 for one that is there already; return how many groups there are."""
    lean()
    groups = 0
    for place in range(count):
        group = groups
        for known in range(groups):
            if alike(bench, entry(bench.heads, known), place):
                group = known
                break
        if group == groups:
            bench.heads[group] = place
            groups += 1
        bench.groups[place] = group
        target = entry(bench.targets, place)
        for earlier in range(entry(bench.heads, group), place):
            if entry(bench.targets, earlier) == target and entry(bench.groups, earlier) == group:
                bench.groups[place] = -1
                break
    return groups


@kernel
def write_groups(
    rows: Rows, discount: float, order: Integers, rank: SmallIntegers, bench: Bench, out: Groups, counts: Integers
) -> None:
    """Fill ``out`` with the groups of all states in ``order`` i64[S]; ``rank`` i32[S] is where each state comes.

    ``counts`` i64[3] gets how many groups, targets and common entries there are.
    """
    lean()
    group, target, common = 0, 0, 0
    bench.common_ptr[0] = 0
    for position in range(len(order)):
        state = entry(order, position)
        first, end = entry(rows.row_ptr, state), entry(rows.row_ptr, state + 1)
        for row in range(first, end):
            read_row(rows, row, state, discount, rank, bench, row - first)
        for local in range(sort_rows(bench, end - first)):
            fresh = True
            for place in range(end - first):
                if entry(bench.groups, place) != local:
                    continue
                if fresh:
                    out.gains[group], out.weights[group] = bench.gains[place], bench.weights[place]
                    out.target_ptr[group], out.common_ptr[group] = target, common
                    for i in range(bench.common_ptr[place], bench.common_ptr[place + 1]):
                        out.commons[common], out.shares[common] = bench.commons[i], bench.shares[i]
                        common += 1
                    fresh = False
                if entry(bench.targets, place) >= 0:
                    out.targets[target] = entry(bench.targets, place)
                    target += 1
            group += 1
            out.target_ptr[group], out.common_ptr[group] = target, common
        out.group_ptr[position + 1] = group
    counts[0], counts[1], counts[2] = group, target, common


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


@kernel
def choose_ways(groups: Groups, segments: Integers) -> None:
    """Write how each loop is swept into ``segments`` i64[n, 3], of which the last says whether it is one."""
    lean()
    for segment in range(len(segments)):
        if segments[segment, 2] != ONCE:
            segments[segment, 2] = way_of(groups, segments[segment, 0], segments[segment, 1])


@kernel
def count_readers(groups: Groups, size: int, marks: SmallIntegers, reader_ptr: SmallIntegers) -> None:
    """Count, in ``reader_ptr`` i32[n+1], from how many chunks of ``size`` positions each chunk is read.

    ``marks`` i32[n], filled with -1, says which chunk was counted last.
    """
    for position in range(len(groups.group_ptr) - 1):
        own = position // size
        first, end = groups.group_ptr[position], groups.group_ptr[position + 1]
        for j in range(groups.target_ptr[first], groups.target_ptr[end]):
            chunk = groups.targets[j] // size
            if marks[chunk] != own:
                marks[chunk] = own
                reader_ptr[chunk + 1] += 1
        for j in range(groups.common_ptr[first], groups.common_ptr[end]):
            chunk = groups.commons[j] // size
            if marks[chunk] != own:
                marks[chunk] = own
                reader_ptr[chunk + 1] += 1


@kernel
def list_readers(groups: Groups, size: int, marks: SmallIntegers, free: SmallIntegers, readers: SmallIntegers) -> None:
    """Fill ``readers`` with the chunks that read each chunk; ``free`` i32[n] is where each list goes on."""
    for position in range(len(groups.group_ptr) - 1):
        own = position // size
        first, end = groups.group_ptr[position], groups.group_ptr[position + 1]
        for j in range(groups.target_ptr[first], groups.target_ptr[end]):
            chunk = groups.targets[j] // size
            if marks[chunk] != own:
                marks[chunk] = own
                readers[free[chunk]] = own
                free[chunk] += 1
        for j in range(groups.common_ptr[first], groups.common_ptr[end]):
            chunk = groups.commons[j] // size
            if marks[chunk] != own:
                marks[chunk] = own
                readers[free[chunk]] = own
                free[chunk] += 1
