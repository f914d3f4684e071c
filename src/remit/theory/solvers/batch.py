"""An MDP compiled for very many rewards at once: grouped rows, an order one pass mostly settles, chunks of loops."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Integers, SmallIntegers
from remit.theory.kernels.batching import Program
from remit.theory.kernels.certifying import Original
from remit.theory.kernels.graph import group_components
from remit.theory.kernels.grouping import (
    ONCE,
    Groups,
    Rows,
    choose_ways,
    leads_up,
    list_readers,
    write_groups,
)
from remit.theory.kernels.settling import Chunks
from remit.theory.kernels.wide import WIDTHS
from remit.theory.mdp import MDP
from remit.theory.solvers.desks import Desks
from remit.theory.solvers.engines import Threads
from remit.theory.solvers.links import Links

CHUNK = 100
"""Positions in a chunk: their values and rewards fit the nearest cache."""
LOOPED = 400
"""A loop of at most this many positions is one chunk."""
SMALL = 2**14
"""Up to so many states spare lanes cost less than kernels of another width, which would have to be compiled."""
JUMPED = 2**22
"""Larger models are only swept: steps of all states would take as much room again as their values."""
PART = 2**15
"""Rows that a thread compiles, at least: to begin takes as long as some thousand of them."""
HELD = 2**29
"""Bytes that the values of one block may take: larger models are worked on fewer rewards at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An MDP compiled at one discount in [0, 1), its states in an order in which one pass settles as much as can be.

    ``desks`` are where threads work, ``links`` where the kernels are that it needs.
    """

    program: Program
    desks: Desks
    links: Links

    @property
    def order(self) -> Integers:
        """Return the states by position, i64[S]."""
        return self.program.groups.order

    @property
    def segments(self) -> Integers:
        """Return runs of positions, i64[n, 3]: first, end, and how they are worked on."""
        return self.program.segments.reshape(-1, 3)

    @property
    def discount(self) -> float:
        """Return the discount it was compiled at."""
        return self.program.original.discount

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

    @property
    def looping(self) -> int:
        """Return how many states are in loops of more than one."""
        return int(_loops(self.segments).sum())


def compile_batch(mdp: MDP, discount: float, *, threads: int = 2) -> Batch:
    """Return an MDP made ready for many rewards; raises ``InvalidMDPError`` for a discount outside [0, 1).

    It is the same on any number of ``threads``.
    """
    if not 0.0 <= discount < 1.0:
        raise InvalidMDPError(f"the discount must lie in [0, 1), found `{discount}`")
    rows = Rows(mdp.row_ptr, mdp.successor_ptr, mdp.successors, mdp.probabilities)
    order, segments = _ordered(rows)
    rank: SmallIntegers = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    groups = _grouped(rows, discount, order, rank, threads)
    jumps = choose_ways(groups, segments, discount) and len(order) <= JUMPED
    chunks = _chunked(groups, segments)
    return Batch(
        program=Program(groups, segments.reshape(-1), chunks, Original(*rows, order, rank, discount)),
        desks=Desks(len(order), len(chunks.reader_ptr), len(order) if jumps else 0),
        links=Links(frozenset(_loops(segments).tolist())),
    )


def _loops(segments: Integers) -> Integers:
    """Return how long each loop is, i64[n], of the runs of positions in ``segments`` i64[m, 3]."""
    found: Integers = (segments[:, 1] - segments[:, 0])[segments[:, 2] != ONCE]
    return found


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


def _grouped(rows: Rows, discount: float, order: Integers, rank: SmallIntegers, threads: int) -> Groups:
    """Return the groups of all states: those of one state depend on its own rows alone, so parts are written apart."""
    parts = max(1, min(threads, len(rows.successor_ptr) // PART))
    cuts = [len(order) * i // parts for i in range(parts + 1)]

    def written(_: None, part: int) -> Groups:
        return _written(rows, discount, order[cuts[part] : cuts[part + 1]], rank)

    return _joined(Threads(threads).map(written, None, parts))


def _written(rows: Rows, discount: float, order: Integers, rank: SmallIntegers) -> Groups:
    """Return the groups of some states; what is not filled of the room for all rows is never touched."""
    count, entries = len(rows.successor_ptr) - 1, len(rows.successors)
    out = Groups(
        order,
        np.empty(len(order), np.float32),
        np.empty(len(order) + 1, np.int32),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
        np.empty(count + 1, np.int32),
        np.empty(count, np.int32),
        np.empty(count + 1, np.int32),
        np.empty(entries, np.int32),
        np.empty(entries, np.float32),
    )
    counts = np.zeros(3, np.int64)
    write_groups(rows, discount, rank, out, counts)
    group, target, common = (int(number) for number in counts)
    return Groups(
        out.order,
        out.stays,
        out.group_ptr,
        out.gains[:group],
        out.weights[:group],
        out.target_ptr[: group + 1],
        out.targets[:target],
        out.common_ptr[: group + 1],
        out.commons[:common],
        out.shares[:common],
    )


def _joined(parts: list[Groups]) -> Groups:
    """Return the groups of several runs of positions as those of one."""
    if len(parts) == 1:
        return parts[0]
    named = zip(Groups._fields, zip(*parts, strict=True), strict=True)
    joined: list[Any] = [_run_on(alike) if name.endswith("_ptr") else np.concatenate(alike) for name, alike in named]
    return Groups(*joined)


def _run_on(pointers: Sequence[SmallIntegers]) -> SmallIntegers:
    """Return pointers of which each begins where the one before ends."""
    joined = pointers[0]
    for pointer in pointers[1:]:
        joined = np.concatenate([joined, pointer[1:] + joined[-1]])
    return joined


def _chunked(groups: Groups, segments: Integers) -> Chunks:
    """Return the chunks; a program without loops has none."""
    longest = int(_loops(segments).max(initial=0))
    if longest == 0:
        return Chunks(LOOPED, np.empty(0, np.int32), np.empty(0, np.int32))
    size = longest if longest <= LOOPED else CHUNK
    count = (len(groups.group_ptr) - 2) // size + 1
    reader_ptr, readers = np.zeros(count + 1, np.int32), np.empty(0, np.int32)
    list_readers(groups, size, np.full(count, -1, np.int32), reader_ptr[1:], readers)
    np.cumsum(reader_ptr, out=reader_ptr)
    readers = np.empty(int(reader_ptr[-1]), np.int32)
    list_readers(groups, size, np.full(count, -1, np.int32), reader_ptr[:-1].copy(), readers)
    return Chunks(size, reader_ptr, readers)
