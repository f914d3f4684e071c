"""Blocks of rewards through a grouped program: one pass where nothing loops.

Loops, draws and proofs have kernels of their own, called by their address: what a model does not need is not compiled
for it.
"""

from typing import NamedTuple

from remit.theory.arrays import Integers
from remit.theory.kernels.addresses import by_address
from remit.theory.kernels.blocks import (
    GIVEN,
    Addresses,
    Block,
    Desk,
    Results,
    Table,
    choose_shift,
    count_loop,
    guess,
    open_sums,
    pass_once_at,
)
from remit.theory.kernels.certifying import Original, residual_of
from remit.theory.kernels.compiling import inner_kernel, kernel
from remit.theory.kernels.grouping import ONCE, Groups
from remit.theory.kernels.records import record
from remit.theory.kernels.settling import Aim, Chunks, settle_loop
from remit.theory.kernels.vectors import entry, lean
from remit.theory.kernels.wide import load, plus, store, width

settle_at, residual_at = by_address(settle_loop), by_address(residual_of)


@record
class Program(NamedTuple):
    """An MDP ready for blocks of rewards, and as it was given.

    ``segments`` i64[3 n] are runs of positions: first, end, and how they are worked on (``ONCE``, or the way a loop is
    swept).
    """

    groups: Groups
    segments: Integers
    chunks: Chunks
    original: Original


@inner_kernel
def solve_block(program: Program, block: Block, aim: Aim, results: Results) -> int:
    """Fill ``values`` of the desk and count them in; return the most turns a loop took, -1 when they ran out."""
    lean()
    longest, groups, segments = 0, program.groups, program.segments
    for begin in range(0, len(segments), 3):
        first, end, way = entry(segments, begin), entry(segments, begin + 1), entry(segments, begin + 2)
        if way == ONCE:
            pass_once_at(block.addresses.once, groups, first, end, block, results)
            continue
        guess(groups, first, end, block)
        taken = settle_at(block.addresses.settle, groups, program.chunks, first, end, way, block, aim)
        if taken < 0:
            return -1
        longest = taken if taken > longest else longest
        if len(results.sums) > 0:
            count_loop(groups, first, end, block.desk, results)
    return longest


@inner_kernel
def keep_values(order: Integers, block: Block, blocks: int, results: Results) -> None:
    """Write the values of a solved block, one of so many, no longer shifted, by state."""
    lean()
    values, top = block.desk.values, load(block.desk.tops, 0)
    for position in range(len(order)):
        store(results.values, entry(order, position) * blocks + block.number, plus(load(values, position), top))


@kernel
def solve_batch(
    program: Program, table: Table, begin: int, end: int, desk: Desk, aim: Aim, results: Results, addresses: Addresses
) -> int:
    """Solve the rewards ``begin : end``, block by block; return the most turns a loop took, -1 when they ran out.

    ``begin`` is a whole block; how many rewards that is, the types of the desk say. A table of given rewards holds at
    least one block. ``results`` get what they have room for: ``sums`` grow, ``values`` are filled in, ``residual``
    rises (for drawn rewards the desk has to keep them). A last block that is not full reaches back to rewards of the
    one before, or goes on behind ``end`` where they are drawn: those are solved and not counted.
    """
    lean()
    longest, wide = 0, width(desk.tops)
    for number in range(begin // wide, (end + wide - 1) // wide):
        back = (number + 1) * wide - table.columns
        back = back if table.seed == GIVEN and back > 0 else 0
        block = Block(table, desk, number * table.step - back, number, addresses)
        choose_shift(program.groups, block)
        open_sums(results, block, back, end - number * wide + back)
        taken = solve_block(program, block, aim, results)
        if taken < 0:
            return -1
        longest = taken if taken > longest else longest
        if len(results.residual) > 0:
            found = residual_at(addresses.residual, program.original, block)
            results.residual[0] = found if found > results.residual[0] else results.residual[0]
        if len(results.values) > 0:
            keep_values(program.groups.order, block, table.columns // wide, results)
    return longest
