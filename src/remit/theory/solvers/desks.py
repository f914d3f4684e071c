"""Where threads work on one block of rewards: the memory, in one piece, kept from one call to the next."""

from collections.abc import Callable
from queue import Empty, SimpleQueue

import numpy as np

from remit.theory.arrays import Blocks, Singles
from remit.theory.kernels.blocks import Desk, Lane
from remit.theory.kernels.jumping import TOGETHER
from remit.theory.kernels.vectors import LINE
from remit.theory.kernels.wide import WIDTHS, blocked

IN_A_LINE = LINE // 4
"""Numbers of single precision in a line of the cache."""


def aligned(count: int) -> Singles:
    """Return room for numbers of single precision that begins where a line of the cache does."""
    numbers = np.empty(count + IN_A_LINE, np.float32)
    skipped = -numbers.__array_interface__["data"][0] % LINE // 4
    return numbers[skipped : skipped + count]


def room(count: int, width: int) -> Blocks:
    """Return room for so many blocks."""
    return blocked(aligned(count * width), width)


class Desks:
    """The desks of one model: those that nobody works at are kept for the next call."""

    def __init__(self, states: int, chunks: int, sure: int) -> None:
        """Remember of how many states, of how many chunks where some loop, and of how many where steps may jump."""
        self.states, self.chunks, self.sure = states, chunks, sure
        self.free: dict[int, SimpleQueue[Desk]] = {width: SimpleQueue() for width in WIDTHS}

    def __reduce__(self) -> tuple[Callable[..., "Desks"], tuple[int, int, int]]:
        """Carry the sizes to another process, and no desk."""
        return Desks, (self.states, self.chunks, self.sure)

    def take(self, width: int, *, keeping: bool = False) -> Desk:
        """Return where one thread works: a desk that is free, else a new one; it is given back by ``put``.

        ``keeping`` asks for room for the rewards of all states, which loops have anyhow.
        """
        try:
            found = self.free[width].get_nowait()
        except Empty:
            found = self._new(width, keeping=keeping or self.chunks > 0)
        if keeping and len(found.rewards) == 0:
            found = found._replace(rewards=room(self.states, width))
        return found

    def put(self, desk: Desk) -> None:
        """Give a desk back."""
        self.free[desk.tops.dtype.itemsize // 4].put(desk)

    def _new(self, width: int, *, keeping: bool) -> Desk:
        """Return a desk nobody worked at yet, cut from one piece."""
        lane = -(-self.sure // IN_A_LINE) * IN_A_LINE
        sizes = [width * count for count in (self.states, self.states * keeping, self.sure, 1, 1, 1, 1, 1, 1)]
        blocks, sizes = len(sizes), sizes + [TOGETHER * lane] * 3 + [lane] * 2
        ends = np.cumsum(sizes)
        piece = aligned(int(ends[-1]))
        parts = [piece[end - size : end] for end, size in zip(ends, sizes, strict=True)]
        values, rewards, steps, tops, bottoms, drawn, mask, twice, moves = (
            blocked(part, width) for part in parts[:blocks]
        )
        onto, paid, worth, marks, trail = parts[blocks:]
        return Desk(
            values=values,
            rewards=rewards,
            tops=tops,
            bottoms=bottoms,
            stirred=np.zeros(self.chunks, np.uint8),
            drawn=drawn,
            mask=mask,
            twice=twice,
            moved=np.zeros(3),
            steps=steps,
            lane=Lane(onto.view(np.int32), paid, worth, marks.view(np.int32), trail.view(np.int32), moves),
        )
