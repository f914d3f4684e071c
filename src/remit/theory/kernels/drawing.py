"""Rewards drawn where they are used: Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw 2011).

The number of a state in a block depends on the seed, the block and the state alone: not on how many states there are,
on the order they are worked on in, or on who works on them.
"""

import numpy as np

from remit.theory.arrays import Blocks
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, kernel
from remit.theory.kernels.wide import put_lane, width

ROUNDS = 10
GROUP = 16
"""How many lanes get one of the four words of each counter: four groups have counters in common."""


@inlined_kernel
def draw_uniform(seed: int, block: int, state: int, out: Blocks, place: int) -> None:
    """Write the numbers of U[0, 1), 24 bits each, of one state and a block to ``out[place]``.

    The counter is (lane, number of 64 rewards, state, 0), the key the low and the high half of the seed. Word w of it
    is for lane 16 w and on of the 64: a reward has the same numbers however wide blocks are.
    """
    mask, half, fraction = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(8)
    first, second = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
    step, other = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
    scale = np.float32(2.0**-24)
    groups = width(out) // GROUP
    begin = block * groups
    for lane in range(GROUP):
        c0, c1, c2, c3 = np.uint64(lane), np.uint64(begin // 4), np.uint64(state), np.uint64(0)
        key, word = np.uint64(seed) & mask, np.uint64(seed) >> half
        for _ in range(ROUNDS):
            left, right = first * c0, second * c2
            c0, c1, c2, c3 = (right >> half) ^ c1 ^ key, right & mask, (left >> half) ^ c3 ^ word, left & mask
            key, word = (key + step) & mask, (word + other) & mask
        for group in range(groups):
            which = (begin + group) % 4
            low, high = (c0 if which == 0 else c1), (c2 if which == 2 else c3)
            found = low if which < 2 else high
            put_lane(out, place, group * GROUP + lane, np.float32(np.int32(found >> fraction)) * scale)


@inner_kernel
def draw_block(seed: int, block: int, states: int, out: Blocks) -> None:
    """Write the rewards of a block for all states, by state."""
    for state in range(states):
        draw_uniform(seed, block, state, out, state)


@kernel
def drawn_block(seed: int, block: int, states: int, out: Blocks) -> None:
    """As ``draw_block``, for callers outside of kernels."""
    draw_block(seed, block, states, out)
