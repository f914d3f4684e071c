"""Very many rewards, one per state each, on one MDP: solved a block at a time in single precision, and certified.

For POWER over thousands of goals. ``values.Solver`` is the oracle: double precision, any classes of states, any mask
of rows.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Floats, Singles
from remit.theory.kernels.batching import solve_batch
from remit.theory.kernels.blocks import GIVEN, Desk, Results, Table
from remit.theory.kernels.settling import Aim
from remit.theory.kernels.wide import WIDTHS, blocked
from remit.theory.solvers.batch import Batch, compile_batch
from remit.theory.solvers.desks import room
from remit.theory.solvers.engines import Engine, Threads

__all__ = ["Batch", "Sampled", "Solved", "Totals", "compile_batch", "sample_power", "solve", "total"]

SINGLE = 2.0**-24
"""How much of a number one rounding to single precision can change."""
TASKS = 16
"""Rewards are cut into at most this many tasks; each has sums of its own, added up in order."""
WORTH = 2**17
"""How many values a task has at least, unless all have fewer: setting one up takes as long as some thousand of them."""
SHARED = 2**19
"""How many values there are at least for a second thread to be started, which takes as long as a quarter of them."""
SUMS = 2**26
"""Bytes that the sums of all tasks may take together: large models are cut into fewer, but at least two."""


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
    batch: Batch,
    rewards: Floats | Singles,
    *,
    tolerance: float = 1e-6,
    threads: int = 2,
    certify: bool = True,
    width: int | None = None,
) -> Solved:
    """Return the normalised optimal value of every state for every reward, V = (1-g) r + g max P V, from f[S, K].

    Rewards may lie block by block instead, f[n, S, width], which is how they are worked on and saves time on large
    models: the j-th is then ``rewards[j // width, :, j % width]``, and the values are the same to the bit.
    ``tolerance`` is what the sweeps aim at, as a share of one unit of reward; single precision ends near 1e-7 of their
    range; ``width`` rewards are worked on at a time (16, 32 or 64; ``None``: as suits their number and that of states).
    ``bound`` is proved by one step of lookahead in double precision (Puterman 1994, theorem 6.3.1) and counts
    the rounding of rewards. Raises ``InvalidMDPError`` for rewards of another shape or not finite,
    ``NotConvergedError`` when the sweeps run out.
    """
    table, count, wide = _blocks(batch, rewards, width, whole=True)
    _check_finite(table)
    values = np.empty((len(batch.order), -(-count // wide) * wide), np.float32)
    tasks = _tasks(batch, count, wide)
    sums, residuals = np.zeros((tasks, 0, 2)), np.zeros((tasks, int(certify)))
    given = _Room(width=wide, sums=sums, values=values.reshape(-1), residuals=residuals)
    residual = _work(batch, table, count, given, tolerance=tolerance, threads=threads)
    bound = _bound(batch, rewards, table, residual)
    if bound is not None:
        bound += float(np.abs(values).max()) * SINGLE  # the shift was added back in single precision
    return Solved(values=values[:, :count], bound=bound)


def total(
    batch: Batch,
    rewards: Floats | Singles,
    *,
    tolerance: float = 1e-6,
    threads: int = 2,
    certify: bool = True,
    width: int | None = None,
) -> Totals:
    """Return the sums of V and of V squared over rewards: no array of all values is ever held. Else as ``solve``."""
    table, count, wide = _blocks(batch, rewards, width, whole=False)
    tasks = _tasks(batch, count, wide)
    sums, residuals = np.zeros((tasks, len(batch.order), 2)), np.zeros((tasks, int(certify)))
    given = _Room(width=wide, sums=sums, values=np.empty(0, np.float32), residuals=residuals)
    try:
        residual = _work(batch, table, count, given, tolerance=tolerance, threads=threads)
    except NotConvergedError:
        _check_finite(table)
        raise
    found = _added(list(sums))
    if not np.isfinite(found).all():  # what a reward that is no number leaves behind in the sums of its state
        _check_finite(table)
    return Totals(sums=found, bound=_bound(batch, rewards, table, residual))


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
    batch: Batch,
    *,
    samples: int,
    seed: int,
    tolerance: float = 1e-6,
    engine: Engine | None = None,
    certify: bool = True,
    width: int | None = None,
) -> Sampled:
    """Return POWER = (1-g)/g E[V* - R] of every state for rewards drawn independently from U[0, 1) for each state.

    Rewards are drawn where they are used (Philox4x32-10, ``kernels.drawing``): memory does not grow with ``samples``,
    and the same seed gives the same bits on any ``engine`` (two threads, unless one is given). Source: Turner et al.
    2021, definition 5.2. ``width`` as in ``solve``; a reward has the same numbers at
    any. Raises ``InvalidMDPError`` at discount 0, for fewer than two samples, and for a seed outside
    [0, 2**63).
    """
    if batch.discount == 0.0 or samples < 2 or not 0 <= seed < 2**63:
        raise InvalidMDPError("sampling needs a discount in (0, 1), two samples and a seed in [0, 2**63)")
    wide = _width(batch, samples, width)
    job = _Draws(batch=batch, samples=samples, seed=int(seed), tolerance=tolerance, certify=certify, width=wide)
    parts = (engine or Threads()).map(_draw, job, _tasks(batch, samples, wide))
    _settled([part.taken for part in parts], tolerance)
    residual = max(float(part.residual.max(initial=0.0)) for part in parts)
    found = [part.sums for part in parts]
    del parts  # sums of a large model are large
    sums = _added(found)
    sums /= samples * np.array([batch.discount, batch.discount**2])
    means, spread = sums[:, 0].copy(), sums[:, 1]
    spread -= means**2
    errors = np.sqrt(np.maximum(spread, 0.0) / (samples - 1))
    bound = residual / (1.0 - batch.discount) / batch.discount if certify else None
    return Sampled(means=means, errors=errors, samples=samples, seed=seed, bound=bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draws:
    """What every part of a sample has in common; it can be carried to another process."""

    batch: Batch
    samples: int
    seed: int
    tolerance: float
    certify: bool
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What one part gives: sums f64[S, 2], residual f64[1 or 0], turns taken (negative: not settled)."""

    sums: Floats
    residual: Floats
    taken: int


def _draw(job: _Draws, task: int) -> _Drawn:
    """Draw and solve one part of a sample."""
    batch, width = job.batch, job.width
    cuts, desk = _cuts(batch, job.samples, width), batch.desks.take(width, keeping=job.certify)
    sums, residual = np.zeros((len(batch.order), 2)), np.zeros(int(job.certify))
    results = Results(sums.reshape(-1), 1.0 - batch.discount, room(0, width), residual)
    drawn = Table(np.empty(0, np.float32), 0, 0, 0, job.seed)
    begin, end = cuts[task : task + 2]
    taken = _solve_part(batch, drawn, begin, end, desk=desk, tolerance=job.tolerance, results=results)
    batch.desks.put(desk)
    return _Drawn(sums=sums, residual=residual, taken=taken)


def _solve_part(
    batch: Batch, table: Table, begin: int, end: int, *, desk: Desk, tolerance: float, results: Results
) -> int:
    """Solve the rewards ``begin : end`` at a desk; return the most turns a loop took, -1 when they ran out."""
    aim = Aim(tolerance * (1.0 - batch.discount), batch.turns, batch.discount)
    addresses = batch.links.find(batch.program, table, desk, aim, results)
    return solve_batch(batch.program, table, begin, end, desk, aim, results, addresses)


def _bound(batch: Batch, rewards: Floats | Singles, table: Singles, residual: float | None) -> float | None:
    """Return how far a value can be off: the residual, and what rounding took from the rewards."""
    if residual is None:
        return None
    exact = rewards.dtype == np.float32
    rounding = 0.0 if exact else float(np.abs(table[..., : rewards.shape[-1]] - rewards).max())
    return residual / (1.0 - batch.discount) + rounding


def _width(batch: Batch, count: int, asked: int | None) -> int:
    """Return how many rewards are worked on at a time: what was asked for, else what suits."""
    if asked is None:
        return batch.width(count)
    if asked not in WIDTHS:
        raise InvalidMDPError(f"kernels work on {WIDTHS} rewards at a time, not on `{asked}`")
    return asked


def _blocks(batch: Batch, rewards: Floats | Singles, asked: int | None, *, whole: bool) -> tuple[Singles, int, int]:
    """Return rewards in single precision, how many count, and the width of a block.

    The last column is repeated until there is one block, or there are ``whole`` blocks only. What lies block by block
    stays so.
    """
    if rewards.ndim == 3:
        return _lying_in_blocks(batch, rewards, asked)
    if rewards.ndim != 2 or len(rewards) != len(batch.order) or rewards.shape[1] < 1:
        hint = "give one line per state and one column per reward"
        raise InvalidMDPError(f"rewards of shape `{rewards.shape}` for `{len(batch.order)}` states", hint=hint)
    states, count = rewards.shape
    width = _width(batch, count, asked)
    columns = -(-count // width) * width if whole else max(count, width)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused later
        if columns == count:
            return np.ascontiguousarray(rewards, np.float32), count, width
        table = np.empty((states, columns), np.float32)
        table[:, :count], table[:, count:] = rewards, rewards[:, -1:]
    return table, count, width


def _lying_in_blocks(batch: Batch, rewards: Floats | Singles, asked: int | None) -> tuple[Singles, int, int]:
    """Return rewards f[n, S, width] in single precision, how many they are, and the width."""
    blocks, states, width = rewards.shape
    if states != len(batch.order) or blocks < 1 or asked not in (None, width):
        hint = "give blocks of one line per state, and ask for no other width"
        raise InvalidMDPError(f"rewards of shape `{rewards.shape}` for `{len(batch.order)}` states", hint=hint)
    with np.errstate(over="ignore"):  # as above
        return np.ascontiguousarray(rewards, np.float32), blocks * width, _width(batch, blocks * width, width)


def _read(table: Singles, width: int) -> Table:
    """Return where kernels find the rewards of a block in a table f32[S, K] or f32[n, S, width]."""
    numbers, columns = table.reshape(-1), table.shape[-1]
    if table.ndim == 2:
        return Table(numbers, columns, columns, width, GIVEN)
    return Table(numbers, len(table) * width, width, table.shape[1] * width, GIVEN)


def _check_finite(table: Singles) -> None:
    """Raise ``InvalidMDPError`` where a reward is not a finite number."""
    if not np.isfinite(table).all():
        raise InvalidMDPError("a reward is not a finite number of single precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Where results go: ``sums`` f64[tasks, S or 0, 2], ``values`` flat or empty, ``residuals`` f64[tasks, 1 or 0].

    Blocks are of ``width`` rewards.
    """

    width: int
    sums: Floats
    values: Singles
    residuals: Floats


def _tasks(batch: Batch, count: int, width: int) -> int:
    """Return into how many tasks rewards are cut: it does not depend on who works on them, and neither do the sums."""
    states = len(batch.order)
    afforded, worth = max(2, SUMS // (16 * states)), max(2, -(-states * count // WORTH))
    return min(TASKS, afforded, worth, -(-count // width))


def _cuts(batch: Batch, count: int, width: int) -> list[int]:
    """Return where the tasks begin, and the end; each begins with a whole block."""
    blocks, tasks = -(-count // width), _tasks(batch, count, width)
    return [min(count, width * (blocks * i // tasks)) for i in range(tasks + 1)]


def _added(parts: list[Floats]) -> Floats:
    """Return the sum of the parts, added in their order; the list is empty afterwards, so that each can be freed."""
    found = parts.pop(0)
    if not found.flags.writeable:  # it came from another process
        found = found.copy()
    while parts:
        found += parts.pop(0)
    return found


def _work(batch: Batch, table: Singles, count: int, given: _Room, *, tolerance: float, threads: int) -> float | None:
    """Solve all blocks task by task, on as many threads as are given; return the largest residual, where wanted."""
    cuts, width = _cuts(batch, count, given.width), given.width
    rewards, values = _read(table, width), blocked(given.values, width)

    def run(task: int) -> int:
        desk = batch.desks.take(width)
        with np.errstate(invalid="ignore"):  # infinite rewards, where nothing is compiled: they are refused later
            results = Results(given.sums[task].reshape(-1), 0.0, values, given.residuals[task])
            begin, end = cuts[task : task + 2]
            taken = _solve_part(batch, rewards, begin, end, desk=desk, tolerance=tolerance, results=results)
        batch.desks.put(desk)
        return taken

    workers = threads if len(batch.order) * count >= SHARED else 1
    _settled(Threads(workers).map(lambda _, task: run(task), None, len(given.sums)), tolerance)
    return float(given.residuals.max()) if given.residuals.size else None


def _settled(taken: list[int], tolerance: float) -> None:
    """Raise ``NotConvergedError`` where a task ran out of turns."""
    if min(taken) < 0:
        raise NotConvergedError(
            f"a loop did not settle to `{tolerance}` in single precision",
            hint="ask for a larger tolerance, or use the solver in double precision",
        )
