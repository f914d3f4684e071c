"""Very many rewards, one per state each, on one MDP: solved sixty-four at a time in single precision, and certified.

For POWER over thousands of goals. ``values.Solver`` is the oracle: double precision, any classes of states, any mask
of rows.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

import numpy as np

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.batching import Chunks, Desk, sample_batch, solve_batch
from remit.theory.kernels.certifying import Original
from remit.theory.kernels.graph import group_components
from remit.theory.kernels.grouping import Bench, Groups, Rows, count_readers, leads_up, list_readers, write_groups
from remit.theory.kernels.wide import WIDE
from remit.theory.mdp import MDP

CHUNK = 100
"""Positions in a chunk: their values and rewards fit the nearest cache."""
SINGLE = 2.0**-24
"""How much of a number one rounding to single precision can change."""
TASKS = 16
"""Rewards are cut into at most this many tasks; each has sums of its own, added up in order."""
LOOPED = 400
"""A loop of at most this many positions is one chunk."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An MDP compiled at one discount in [0, 1), its states in an order in which one pass settles as much as can be.

    ``order`` i64[S] lists the states by position; ``segments`` i64[n, 3] are runs of positions (first, end, whether it
    loops). ``desks`` are where threads work, kept from one call to the next.
    """

    groups: Groups
    order: Integers
    segments: Integers
    chunks: Chunks
    original: Original
    desks: SimpleQueue[Desk]

    @property
    def discount(self) -> float:
        """Return the discount it was compiled at."""
        return self.original.discount

    @property
    def sure(self) -> bool:
        """Return whether some loop has steps that lead to one place only."""
        group_ptr, common_ptr = self.groups.group_ptr, self.groups.common_ptr
        loops = self.segments[self.segments[:, 2] == 1]
        return bool((common_ptr[group_ptr[loops[:, 0]]] == common_ptr[group_ptr[loops[:, 1]]]).any())

    @property
    def looping(self) -> int:
        """Return how many states are in loops of more than one."""
        loops = self.segments[self.segments[:, 2] == 1]
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
    return Batch(
        groups=groups,
        order=order,
        segments=segments,
        chunks=_chunked(groups, segments),
        original=Original(*rows, rank, discount),
        desks=SimpleQueue(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """Normalised values f32[S, K] and how far any of them can be from the truth (``None``: nobody looked)."""

    values: Singles
    bound: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums over rewards of V and of V squared, f64[S, 2], and how far any V in them can be from the truth."""

    sums: Floats
    bound: float | None


def solve(
    batch: Batch, rewards: Floats | Singles, *, tolerance: float = 1e-6, threads: int = 2, certify: bool = True
) -> Solved:
    """Return the normalised optimal value of every state for every reward, V = (1-g) r + g max P V, from f[S, K].

    ``tolerance`` is what the sweeps aim at, as a share of one unit of reward; single precision ends near 1e-7 of their
    range. ``bound`` is proved by one step of lookahead in double precision (Puterman 1994, theorem 6.3.1) and counts
    the rounding of rewards. Raises ``InvalidMDPError`` for rewards of another shape or not finite,
    ``NotConvergedError`` when the sweeps run out.
    """
    table, count = _blocks(batch, rewards)
    values = np.empty(table.shape, np.float32)
    sums, residuals = np.zeros((_tasks(count), 0, 2)), np.zeros((_tasks(count), int(certify)))
    room = _Room(sums=sums, values=values.reshape(-1), residuals=residuals)
    residual = _work(batch, table, count, room, tolerance=tolerance, threads=threads)
    bound = _bound(batch, rewards, table, residual)
    if bound is not None:
        bound += float(np.abs(values).max()) * SINGLE  # the shift was added back in single precision
    return Solved(values=values[:, :count], bound=bound)


def total(
    batch: Batch, rewards: Floats | Singles, *, tolerance: float = 1e-6, threads: int = 2, certify: bool = True
) -> Totals:
    """Return the sums of V and of V squared over rewards: no array of all values is ever held. Errors as ``solve``."""
    table, count = _blocks(batch, rewards)
    sums, residuals = np.zeros((_tasks(count), len(batch.order), 2)), np.zeros((_tasks(count), int(certify)))
    room = _Room(sums=sums, values=np.empty(0, np.float32), residuals=residuals)
    residual = _work(batch, table, count, room, tolerance=tolerance, threads=threads)
    return Totals(sums=sums.sum(axis=0), bound=_bound(batch, rewards, table, residual))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """POWER of every state over sampled rewards: means and standard errors, f64[S], and what no sample adds.

    ``bound`` is how far each sample's POWER can be from the truth because values are not exact (``None``: unknown).
    """

    means: Floats
    errors: Floats
    samples: int
    seed: int
    bound: float | None


def sample_power(
    batch: Batch, *, samples: int, seed: int, tolerance: float = 1e-6, threads: int = 2, certify: bool = True
) -> Sampled:
    """Return POWER = (1-g)/g E[V* - R] of every state for rewards drawn independently from U[0, 1) for each state.

    Rewards are drawn where they are used (Philox4x32-10, ``kernels.drawing``): memory does not grow with ``samples``,
    and the same seed gives the same bits on any number of threads. Source: Turner et al. 2021, definition 5.2. Raises
    ``InvalidMDPError`` at discount 0, for fewer than two samples, and for a seed outside [0, 2**63).
    """
    if batch.discount == 0.0 or samples < 2 or not 0 <= seed < 2**63:
        raise InvalidMDPError("sampling needs a discount in (0, 1), two samples and a seed in [0, 2**63)")
    count, tasks, cuts = len(batch.order), _tasks(samples), _cuts(samples)
    sums, residuals = np.zeros((tasks, count, 2)), np.zeros((tasks, int(certify)))

    def run(task: int) -> int:
        desk, drawn = _desk(batch), np.empty(count * WIDE, np.float32)
        taken = sample_batch(
            batch.groups,
            batch.segments,
            batch.order,
            batch.chunks,
            int(seed),
            cuts[task],
            cuts[task + 1],
            drawn,
            desk,
            tolerance * (1.0 - batch.discount),
            _turns(batch),
            sums[task],
            batch.original,
            residuals[task],
        )
        batch.desks.put(desk)
        return taken

    _settled(_on_threads(run, tasks, threads), tolerance)
    means, squares = (sums.sum(axis=0) / samples / np.array([batch.discount, batch.discount**2])).T
    errors = np.sqrt(np.maximum(squares - means**2, 0.0) / (samples - 1))
    bound = float(residuals.max()) / (1.0 - batch.discount) / batch.discount if certify else None
    return Sampled(means=means, errors=errors, samples=samples, seed=seed, bound=bound)


def _bound(batch: Batch, rewards: Floats | Singles, table: Singles, residual: float | None) -> float | None:
    """Return how far a value can be off: the residual, and what rounding took from the rewards."""
    if residual is None:
        return None
    exact = rewards.dtype == np.float32
    rounding = 0.0 if exact else float(np.abs(table[:, : rewards.shape[1]] - rewards).max())
    return residual / (1.0 - batch.discount) + rounding


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
    order = order[np.lexsort((order, part))]
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


def _chunked(groups: Groups, segments: Integers) -> Chunks:
    """Return the chunks; a program without loops needs none."""
    loops = segments[segments[:, 2] == 1]
    if len(loops) == 0:
        return Chunks(1, np.zeros(1, np.int32), np.empty(0, np.int32))
    longest = int((loops[:, 1] - loops[:, 0]).max())
    size = longest if longest <= LOOPED else CHUNK
    count = (len(groups.group_ptr) - 2) // size + 1
    reader_ptr = np.zeros(count + 1, np.int32)
    count_readers(groups, size, np.full(count, -1, np.int32), reader_ptr)
    np.cumsum(reader_ptr, out=reader_ptr)
    readers = np.empty(int(reader_ptr[-1]), np.int32)
    list_readers(groups, size, np.full(count, -1, np.int32), reader_ptr[:-1].copy(), readers)
    return Chunks(size, reader_ptr, readers)


def _blocks(batch: Batch, rewards: Floats | Singles) -> tuple[Singles, int]:
    """Return rewards in single precision and whole blocks, the last column repeated, and how many count."""
    if rewards.ndim != 2 or len(rewards) != len(batch.order) or rewards.shape[1] < 1:
        hint = "give one line per state and one column per reward"
        raise InvalidMDPError(f"rewards of shape `{rewards.shape}` for `{len(batch.order)}` states", hint=hint)
    count = rewards.shape[1]
    spare = -count % WIDE
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused below
        table = np.ascontiguousarray(rewards, np.float32)
    if spare:
        table = np.ascontiguousarray(np.concatenate([table, np.repeat(table[:, -1:], spare, axis=1)], axis=1))
    if not np.isfinite(table).all():
        raise InvalidMDPError("a reward is not a finite number of single precision")
    return table, count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Where results go: ``sums`` f64[tasks, S or 0, 2], ``values`` flat or empty, ``residuals`` f64[tasks, 1 or 0]."""

    sums: Floats
    values: Singles
    residuals: Floats


def _tasks(count: int) -> int:
    """Return into how many tasks rewards are cut: it does not depend on who works on them, and neither do the sums."""
    return min(TASKS, -(-count // WIDE))


def _cuts(count: int) -> list[int]:
    """Return where the tasks begin, and the end; each begins with a whole block."""
    blocks, tasks = -(-count // WIDE), _tasks(count)
    return [min(count, WIDE * (blocks * i // tasks)) for i in range(tasks + 1)]


def _work(batch: Batch, table: Singles, count: int, room: _Room, *, tolerance: float, threads: int) -> float | None:
    """Solve all blocks task by task, on as many threads as are given; return the largest residual, where wanted."""
    cuts, turns = _cuts(count), _turns(batch)

    def run(task: int) -> int:
        desk = _desk(batch)
        taken = solve_batch(
            batch.groups,
            batch.segments,
            batch.order,
            batch.chunks,
            table.reshape(-1),
            table.shape[1],
            cuts[task],
            cuts[task + 1],
            desk,
            tolerance * (1.0 - batch.discount),
            turns,
            room.sums[task],
            room.values,
            batch.original,
            room.residuals[task],
        )
        batch.desks.put(desk)
        return taken

    _settled(_on_threads(run, len(room.sums), threads), tolerance)
    return float(room.residuals.max()) if room.residuals.size else None


def _turns(batch: Batch) -> int:
    """Return how many turns a loop gets."""
    return 1000 + int(100.0 / (1.0 - batch.discount))


def _settled(taken: list[int], tolerance: float) -> None:
    """Raise ``NotConvergedError`` where a task ran out of turns."""
    if min(taken) < 0:
        raise NotConvergedError(
            f"a loop did not settle to `{tolerance}` in single precision",
            hint="ask for a larger tolerance, or use the solver in double precision",
        )


def _desk(batch: Batch) -> Desk:
    """Return where one thread works: one that is free, else a new one."""
    try:
        return batch.desks.get_nowait()
    except Empty:
        size = len(batch.order) * WIDE
    tops, bottoms = np.empty(WIDE, np.float32), np.empty(WIDE, np.float32)
    rewards = np.empty(size if batch.looping else 0, np.float32)
    stirred = np.zeros(len(batch.chunks.reader_ptr), np.uint8)
    room = len(batch.order) if batch.sure else 0
    steps, marks, trail = np.empty(room * WIDE, np.float32), np.zeros(room, np.int32), np.zeros(room, np.int32)
    return Desk(np.empty(size, np.float32), rewards, tops, bottoms, stirred, steps, marks, trail)


def _on_threads(run: Callable[[int], Result], tasks: int, threads: int) -> list[Result]:
    """Return what a job gives for each task, in order."""
    if min(tasks, threads) == 1:
        return [run(task) for task in range(tasks)]
    with ThreadPoolExecutor(min(tasks, threads)) as pool:
        return list(pool.map(run, range(tasks)))
