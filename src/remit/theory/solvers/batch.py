"""An MDP compiled for very many rewards at once: grouped rows, an order one pass mostly settles, chunks of loops."""

from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Blocks, Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.batching import Chunks
from remit.theory.kernels.blocks import Desk, Tally
from remit.theory.kernels.certifying import Original
from remit.theory.kernels.graph import group_components
from remit.theory.kernels.grouping import (
    ONCE,
    Bench,
    Groups,
    Rows,
    choose_ways,
    count_readers,
    leads_up,
    list_readers,
    write_groups,
)
from remit.theory.kernels.jumping import Lane
from remit.theory.kernels.vectors import LINE
from remit.theory.kernels.wide import WIDTHS, blocked
from remit.theory.mdp import MDP

CHUNK = 100
"""Positions in a chunk: their values and rewards fit the nearest cache."""
LOOPED = 400
"""A loop of at most this many positions is one chunk."""
SMALL = 2**14
"""Up to so many states spare lanes cost less than kernels of another width, which would have to be compiled."""
JUMPED = 2**22
"""Larger models are only swept: steps of all states would take as much room again as their values."""
HELD = 2**29
"""Bytes that the values of one block may take: larger models are worked on fewer rewards at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An MDP compiled at one discount in [0, 1), its states in an order in which one pass settles as much as can be.

    ``order`` i64[S] lists the states by position; ``segments`` i64[n, 3] are runs of positions (first, end, and how
    they are worked on: ``grouping.ONCE`` or the way a loop is swept). ``desks`` are where threads work, by width, kept
    from one call to the next.
    """

    groups: Groups
    order: Integers
    segments: Integers
    chunks: Chunks | None
    original: Original
    desks: dict[int, SimpleQueue[Desk]]

    def __reduce__(self) -> tuple[Callable[..., "Batch"], tuple[object, ...]]:
        """Carry it to another process, without the desks."""
        return _again, (self.groups, self.order, self.segments, self.chunks, self.original)

    @property
    def discount(self) -> float:
        """Return the discount it was compiled at."""
        return self.original.discount

    @property
    def turns(self) -> int:
        """Return how many turns a loop gets."""
        return 1000 + int(100.0 / (1.0 - self.discount))

    def width(self, count: int) -> int:
        """Return how many of ``count`` rewards are worked on at a time."""
        states = len(self.order)
        if states <= SMALL:
            return WIDTHS[-1]
        held = [width for width in WIDTHS if 4 * width * states <= HELD] or [WIDTHS[0]]
        return next((width for width in held if width >= count), held[-1])

    def desk(self, width: int, *, keeping: bool = False) -> Desk:
        """Return where one thread works: a desk that is free, else a new one; it is given back by ``free``.

        ``keeping`` asks for room for the rewards of all states, which loops have anyhow.
        """
        keeping = keeping or self.looping > 0
        try:
            found = self.desks[width].get_nowait()
        except Empty:
            found = self._new_desk(width, keeping=keeping)
        if keeping and len(found.rewards) == 0:
            found = found._replace(rewards=room(len(self.order), width))
        return found

    def free(self, desk: Desk) -> None:
        """Give a desk back."""
        self.desks[len(desk.tops["lanes"][0])].put(desk)

    def _new_desk(self, width: int, *, keeping: bool) -> Desk:
        """Return a desk nobody worked at yet."""
        states = len(self.order)
        sure = states if self.sure else 0
        return Desk(
            values=room(states, width),
            rewards=room(states if keeping else 0, width),
            tops=room(1, width),
            bottoms=room(1, width),
            stirred=np.zeros(0 if self.chunks is None else len(self.chunks.reader_ptr), np.uint8),
            steps=room(sure, width),
            lane=Lane(_whole(sure), aligned(sure), aligned(sure), _whole(sure), _whole(sure), room(1, width)),
        )

    @property
    def sure(self) -> bool:
        """Return whether some loop has steps that lead to one place only, in a model small enough to keep them."""
        if len(self.order) > JUMPED:
            return False
        groups = self.groups
        tries = (np.diff(groups.target_ptr) > 0) & (groups.gains != np.float32(1.0 - self.discount))
        unsure = np.concatenate([[0], np.cumsum(tries | (np.diff(groups.common_ptr) > 0))])
        loops = groups.group_ptr[self.segments[self.segments[:, 2] != ONCE, :2]]
        return bool((unsure[loops[:, 0]] == unsure[loops[:, 1]]).any())

    @property
    def looping(self) -> int:
        """Return how many states are in loops of more than one."""
        loops = self.segments[self.segments[:, 2] != ONCE]
        return int((loops[:, 1] - loops[:, 0]).sum())


def compile_batch(mdp: MDP, discount: float) -> Batch:
    """Return an MDP made ready for many rewards; raises ``InvalidMDPError`` for a discount outside [0, 1)."""
    if not 0.0 <= discount < 1.0:
        raise InvalidMDPError(f"the discount must lie in [0, 1), found `{discount}`")
    rows = Rows(mdp.row_ptr, mdp.successor_ptr, mdp.successors, mdp.probabilities)
    order, segments = _ordered(rows)
    rank: SmallIntegers = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    groups = _grouped(rows, discount, order, rank)
    choose_ways(groups, segments)
    return Batch(
        groups=groups,
        order=order,
        segments=segments,
        chunks=_chunked(groups, segments),
        original=Original(*rows, rank, discount),
        desks=_no_desks(),
    )


def aligned(count: int) -> Singles:
    """Return room for numbers of single precision that begins where a line of the cache does."""
    numbers = np.empty(count + LINE // 4, np.float32)
    skipped = -numbers.ctypes.data % LINE // 4
    return numbers[skipped : skipped + count]


def room(count: int, width: int) -> Blocks:
    """Return room for so many blocks."""
    return blocked(aligned(count * width), width)


def _whole(count: int) -> SmallIntegers:
    """Return room for whole numbers."""
    return np.empty(count, np.int32)


def tally_of(sums: Floats, share: float, width: int) -> Tally:
    """Return what counts V - share * r in to ``sums`` f64[S or 0, 2], for blocks of that width."""
    return Tally(sums, share, room(1, width), room(1, width), np.zeros(3))


def _no_desks() -> dict[int, SimpleQueue[Desk]]:
    """Return where desks will be kept."""
    return {width: SimpleQueue() for width in WIDTHS}


def _again(groups: Groups, order: Integers, segments: Integers, chunks: Chunks | None, original: Original) -> Batch:
    """Return a batch as it arrived in another process."""
    return Batch(groups=groups, order=order, segments=segments, chunks=chunks, original=original, desks=_no_desks())


def _ordered(rows: Rows) -> tuple[Integers, Integers]:
    """Return the states, successors first, and the runs of them that loop or do not."""
    states = len(rows.row_ptr) - 1
    ends = np.zeros(states, np.bool_)
    if leads_up(rows, ends):
        order = np.concatenate([np.flatnonzero(ends), np.flatnonzero(~ends)[::-1]]).astype(np.int64)
        return order, np.array([[0, states, 0]], np.int64)
    order, begins = np.empty(states, np.int64), np.empty(states + 1, np.int64)
    edge_ptr = rows.successor_ptr[rows.row_ptr]
    count = group_components(edge_ptr, rows.successors, np.zeros((5, states), np.int64), order, begins)
    sizes = np.diff(begins[: count + 1])
    part = np.repeat(np.arange(count), sizes)
    order = np.sort(part * states + order) - part * states  # within each, as they were numbered
    run = np.where(sizes > 1, np.arange(count), -1)
    cuts = np.flatnonzero(np.concatenate([[True], run[1:] != run[:-1]]))
    ends_at = np.concatenate([begins[cuts[1:]], [states]])
    return order, np.stack([begins[cuts], ends_at, sizes[cuts] > 1], axis=1).astype(np.int64)


def _grouped(rows: Rows, discount: float, order: Integers, rank: SmallIntegers) -> Groups:
    """Return the groups of all states."""
    count, entries = len(rows.successor_ptr) - 1, len(rows.successors)
    tallest = int(np.diff(rows.row_ptr).max(initial=1))
    longest = int(np.diff(rows.successor_ptr[rows.row_ptr]).max(initial=1))
    bench = Bench(
        np.empty(tallest, np.int32),
        np.empty(tallest, np.int32),
        np.empty(tallest, np.int32),
        np.empty(tallest, np.float64),
        np.empty(tallest, np.float64),
        np.zeros(tallest + 1, np.int64),
        np.empty(longest, np.int32),
        np.empty(longest, np.float64),
    )
    out = Groups(
        np.zeros(len(order) + 1, np.int32),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
        np.zeros(count + 1, np.int32),
        np.empty(count, np.int32),
        np.zeros(count + 1, np.int32),
        np.empty(entries, np.int32),
        np.empty(entries, np.float32),
    )
    counts = np.zeros(3, np.int64)
    write_groups(rows, discount, order, rank, bench, out, counts)
    group, target, common = (int(number) for number in counts)
    return Groups(
        out.group_ptr,
        out.gains[:group],
        out.weights[:group],
        out.target_ptr[: group + 1],
        out.targets[:target],
        out.common_ptr[: group + 1],
        out.commons[:common],
        out.shares[:common],
    )


def _chunked(groups: Groups, segments: Integers) -> Chunks | None:
    """Return the chunks; a program without loops has none."""
    loops = segments[segments[:, 2] != ONCE]
    if len(loops) == 0:
        return None
    longest = int((loops[:, 1] - loops[:, 0]).max())
    size = longest if longest <= LOOPED else CHUNK
    count = (len(groups.group_ptr) - 2) // size + 1
    reader_ptr = np.zeros(count + 1, np.int32)
    count_readers(groups, size, np.full(count, -1, np.int32), reader_ptr)
    np.cumsum(reader_ptr, out=reader_ptr)
    readers = np.empty(int(reader_ptr[-1]), np.int32)
    list_readers(groups, size, np.full(count, -1, np.int32), reader_ptr[:-1].copy(), readers)
    return Chunks(size, reader_ptr, readers)
