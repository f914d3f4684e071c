"""Loops of a grouped program: chunks swept until they are still, jumps where every step is sure.

A chunk is a run of positions that fits the nearest cache; it is swept while it changes, and rests until a chunk it
reads from has changed. Sweeps run against the reads of a loop where most lead one way, else forwards and backwards.
"""

from typing import NamedTuple

from remit.theory.arrays import SmallIntegers
from remit.theory.kernels.addresses import by_address
from remit.theory.kernels.blocks import Block, Desk, backup
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, linked_kernel
from remit.theory.kernels.grouping import BACKWARDS, IN_TURN, Groups, is_sure
from remit.theory.kernels.jumping import forget_steps, jump
from remit.theory.kernels.pairs import close_pair, go_to_and_fro
from remit.theory.kernels.records import record
from remit.theory.kernels.vectors import lean
from remit.theory.kernels.wide import gap, highest, larger, load, splat, store

jump_at, close_pair_at = by_address(jump), by_address(close_pair)

JUMP = 12
"""After so many turns a loop in which every step is sure jumps."""
JUMPS = 64
"""Rewards that tie to within rounding could jump for ever: from then on sweeps finish the work."""
LOCAL = 2
"""How often a chunk is swept before others get their turn."""


@record
class Chunks(NamedTuple):
    """Runs of ``size`` positions, and which chunks read each: ``readers[reader_ptr[c]:reader_ptr[c + 1]]``."""

    size: int
    reader_ptr: SmallIntegers
    readers: SmallIntegers


@record
class Aim(NamedTuple):
    """When a loop has settled (no change above ``epsilon``), how many turns it gets, and the discount."""

    epsilon: float
    turns: int
    discount: float


@inner_kernel
def sweep_chunk(groups: Groups, first: int, end: int, backwards: int, desk: Desk) -> float:
    """Sweep a chunk once, in place; return the largest change."""
    lean()
    change = splat(0.0, desk.values)
    for i in range(end - first):
        position = end - 1 - i if backwards else first + i
        best = backup(groups, position, load(desk.rewards, position), desk.values)
        change = larger(gap(best, load(desk.values, position)), change)
        store(desk.values, position, best)
    largest: float = highest(change)
    return largest


@inlined_kernel
def stir(chunks: Chunks, low: int, high: int, desk: Desk) -> None:
    """Have every chunk of a loop looked at."""
    for chunk in range(low, high + 1):
        desk.stirred[chunk] = 1


@inlined_kernel
def runs_back(way: int, turn: int) -> int:
    """Return whether a sweep of a loop that is swept that way runs backwards."""
    return turn & 1 if way == IN_TURN else way == BACKWARDS


@inlined_kernel
def sweep_turn(
    groups: Groups, chunks: Chunks, first: int, end: int, way: int, desk: Desk, epsilon: float, turn: int
) -> bool:
    """Sweep the stirred chunks of a loop once or twice, the way it is swept; return whether there was none.

    A chunk that changed stirs those that read from it, itself among them where it may change again.
    """
    lean()
    low, high = first // chunks.size, (end - 1) // chunks.size
    still = True
    for i in range(high - low + 1):
        chunk = high - i if runs_back(way, turn) else low + i
        if desk.stirred[chunk] == 0:
            continue
        desk.stirred[chunk], still = 0, False
        begin, stop = chunk * chunks.size, (chunk + 1) * chunks.size
        begin, stop = first if first > begin else begin, end if end < stop else stop
        sweeps = 0
        while sweeps < LOCAL:
            if sweep_chunk(groups, begin, stop, runs_back(way, turn + sweeps), desk) <= epsilon:
                break
            sweeps += 1
        if sweeps > 0:
            for j in range(chunks.reader_ptr[chunk], chunks.reader_ptr[chunk + 1]):
                desk.stirred[chunks.readers[j]] = 1
            desk.stirred[chunk] = 1 if sweeps == LOCAL else 0
    return still


@linked_kernel
def settle_loop(groups: Groups, chunks: Chunks, first: int, end: int, way: int, block: Block, aim: Aim) -> int:
    """Sweep the chunks of a loop until none changes by more than ``epsilon``; return the turns taken, -1 for too many.

    A loop in which every step is sure jumps now and then, and has settled when a jump finds nothing better.
    """
    lean()
    desk = block.desk
    if end - first == 2:
        close_pair_at(block.addresses.pair, groups, first, desk, aim.epsilon)
    else:
        go_to_and_fro(groups, first, end, desk)
    low, high = first // chunks.size, (end - 1) // chunks.size
    stir(chunks, low, high, desk)
    jumps = 0
    for turn in range(aim.turns):
        if turn == JUMP - 1 and len(desk.steps) > 0 and is_sure(groups, first, end, aim.discount):
            jumps = JUMPS
            forget_steps(first, end, desk.steps, desk.lane.moves)
        if turn % JUMP == JUMP - 1 and turn < JUMP * jumps:
            if not jump_at(block.addresses.jump, groups, first, end, aim.discount, desk):
                return turn
            stir(chunks, low, high, desk)
        if sweep_turn(groups, chunks, first, end, way, desk, aim.epsilon, turn):
            return turn
    return -1
