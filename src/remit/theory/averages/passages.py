"""From where one is to where one stays: the best mix of end components that can be reached, with a proved error.

Each end component counts as one state, in which one may stop for what it pays. Between them one can only pass through:
whatever is chosen, one stops, and N(s), the largest expected number of choices until then, is finite. So numbers V that
one step of lookahead changes by at most e are within 2 e N of the truth, for every N with N >= 1/2 + max P N, which is
checked on the rows (interval iteration proves the same from both sides: Haddad and Monmege 2018; Ashok et al. 2017 for
average rewards).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, diags, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.end_components import EndComponents, row_matrix
from remit.theory.mdp import MDP

__all__ = ["Passages"]

SWEEPS = 500
"""Sweeps over a loop before policies are improved instead, one reward at a time."""
IMPROVEMENTS = 100
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """States ``nodes`` i64[n] that can be settled together, once those before are: their rows, ``owners`` i64[R].

    ``outer`` f64[R, Q] leads to states before, ``inner`` f64[R, n] back here (None: nowhere). The rows of a state begin
    at ``first`` i64[n].
    """

    nodes: Integers
    owners: Integers
    first: Integers
    outer: csr_matrix
    inner: csr_matrix | None


class Passages:
    """A model with each end component taken for one state, numbered first; the states in none follow."""

    def __init__(self, mdp: MDP, found: EndComponents) -> None:
        """Merge the states of each component, take out rows that stay in it, and count choices until one stops."""
        between = np.flatnonzero(found.part < 0)
        self.nodes = found.part.copy()
        self.nodes[between] = found.count + np.arange(len(between))
        self.parts, self.count = found.count, found.count + len(between)
        rows = np.flatnonzero(~found.inside)
        owners = self.nodes[mdp.row_states[rows]]
        order = np.argsort(owners, kind="stable")
        rows, self.owners = rows[order], owners[order]
        self.rows = _leaving(row_matrix(mdp, rows, self.nodes, self.count), self.owners)
        self.first = np.flatnonzero(np.diff(self.owners, prepend=-1))
        self._places = np.full(self.count, -1, np.int64)
        self.stages = list(self._stages())
        self.choices = self._longest()

    def values(self, worth: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return the best expected worth of where one stops, f64[Q, K], and how far it may be from the truth, f64[K].

        ``worth`` f64[M, K] is what stopping in each component pays. Sweeps go on until the error should be below
        ``tolerance``.
        """
        low, high = worth.min(axis=0), worth.max(axis=0)
        found = np.concatenate([worth, np.repeat(low[None], self.count - self.parts, axis=0)])
        if not len(self.first):
            return found, np.zeros(worth.shape[1])
        stop = np.concatenate([worth, np.full((self.count - self.parts, worth.shape[1]), -np.inf)])
        longest = float(self.choices.max())
        for stage in self.stages:
            found[stage.nodes] = _solved(stage, found, stop[stage.nodes], tolerance / (8.0 * longest))
        with_rows = self.owners[self.first]
        best = np.maximum(stop[with_rows], np.maximum.reduceat(self.rows @ found, self.first, axis=0))
        rounding = (float(np.diff(self.rows.indptr).max()) + 6.0) * EPSILON * np.abs(found).max(axis=0)
        residual = np.abs(best - found[with_rows]).max(axis=0) + rounding
        error: Floats = np.minimum(2.0 * residual * longest, high - low)
        return found, error

    def _stages(self) -> Iterator[_Stage]:
        """Yield the states in an order in which each loop comes after all it leads to."""
        pairs = self.rows.tocoo()
        starts, ends = self.owners[pairs.row], pairs.col.astype(np.int64)
        graph = csr_matrix((np.ones(len(starts)), (starts, ends)), shape=(self.count, self.count))
        _, found = connected_components(graph, directed=True, connection="strong")
        labels = np.asarray(found, np.int64)
        sizes = np.bincount(labels)
        levels = _levels(labels[starts], labels[ends], len(sizes))
        kind = 2 * levels + (sizes > 1)
        lines = np.argsort(kind[labels[self.owners]], kind="stable")
        cuts = np.flatnonzero(np.diff(kind[labels[self.owners[lines]]])) + 1
        for part in np.split(lines, cuts) if len(lines) else []:
            yield self._stage(part, looping=bool(sizes[labels[self.owners[part[0]]]] > 1))

    def _stage(self, lines: Integers, *, looping: bool) -> _Stage:
        """Return the states that own some rows as a stage."""
        owners = self.owners[lines]
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        nodes, rows = owners[first], self.rows[lines]
        inner = None
        if looping:
            self._places[nodes] = np.arange(len(nodes))
            here = self._places[rows.indices]
            self._places[nodes] = -1
            inner = _picked(rows, here, here >= 0, len(nodes))
            rows = _picked(rows, rows.indices.astype(np.int64), here < 0, self.count)
        numbers = np.repeat(np.arange(len(nodes)), np.diff([*first, len(lines)]))
        return _Stage(nodes=nodes, owners=numbers, first=first, outer=rows, inner=inner)

    def _longest(self) -> Floats:
        """Return N f64[Q] with N >= 1/2 + max P N wherever there is a choice, infinite where none could be proved."""
        found = np.zeros((self.count, 1))
        never = np.full((self.count, 1), -np.inf)
        for stage in self.stages:
            ahead = 1.0 + stage.outer @ found
            found[stage.nodes] = (
                np.maximum.reduceat(ahead, stage.first, axis=0)
                if stage.inner is None
                else _improved(stage.inner, stage, ahead, never[stage.nodes], ahead[stage.first])
            )
        if len(self.first):
            after = np.maximum.reduceat(self.rows @ found, self.first, axis=0)
            proved = found[self.owners[self.first]] - after >= 0.5 + 1e-9 * found.max()
            if not (np.isfinite(found).all() and (found >= 0.0).all() and proved.all()):
                found[:] = np.inf
        return found[:, 0]


def _solved(stage: _Stage, found: Floats, stop: Floats, tolerance: float) -> Floats:
    """Return the values of a stage f64[n, K], so that a step of lookahead changes them by ``tolerance`` or less."""
    ahead = stage.outer @ found
    if stage.inner is None:
        result: Floats = np.maximum(stop, np.maximum.reduceat(ahead, stage.first, axis=0))
        return result
    values, lanes = found[stage.nodes], np.arange(found.shape[1])
    for sweep in range(SWEEPS):
        once = np.maximum.reduceat(ahead[:, lanes] + stage.inner @ values[:, lanes], stage.first, axis=0)
        once = np.maximum(stop[:, lanes], once)
        moved = np.abs(once - values[:, lanes]).max(axis=0)
        values[:, lanes] = once
        lanes = lanes[moved > tolerance] if sweep % 10 == 9 else lanes
        if not len(lanes):
            return values
    for lane in lanes.tolist():
        one = slice(lane, lane + 1)
        values[:, one] = _improved(stage.inner, stage, ahead[:, one], stop[:, one], values[:, one])
    return values


def _improved(inner: csr_matrix, stage: _Stage, ahead: Floats, stop: Floats, values: Floats) -> Floats:
    """Return the best values of a loop f64[n, 1] by improving policies, one of which is the best for ``values``."""
    rows = np.arange(len(ahead))[:, None]
    chosen = np.full(len(stop), -1)
    for _ in range(IMPROVEMENTS):
        worth = ahead + inner @ values
        best = np.maximum.reduceat(worth, stage.first, axis=0)
        leading = np.minimum.reduceat(np.where(worth == best[stage.owners], rows, len(rows)), stage.first)[:, 0]
        leading = np.where(stop[:, 0] >= best[:, 0], -1, leading)
        kept = np.where(chosen[:, None] < 0, stop, worth[np.maximum(chosen, 0)])
        better = np.maximum(best, stop) > kept + 64.0 * EPSILON * np.abs(values).max()
        following = np.where(better[:, 0] | ~np.isfinite(kept[:, 0]), leading, chosen)
        if np.array_equal(following, chosen):
            break
        chosen = following
        stopping = chosen < 0
        going = diags((~stopping).astype(float)) @ inner[np.maximum(chosen, 0)]
        paid = np.where(stopping[:, None], stop, ahead[np.maximum(chosen, 0)])
        values = splu(csc_matrix(identity(len(stop), format="csc") - going)).solve(paid)
    return values


def _levels(starts: Integers, ends: Integers, count: int) -> Integers:
    """Return the length of the longest way on from each part, i64[count], by pairs that lead from part to part."""
    between = starts != ends
    starts, ends = starts[between], ends[between]
    order = np.argsort(ends, kind="stable")
    starts, heads = starts[order], np.searchsorted(ends[order], np.arange(count + 1))
    open_ends = np.bincount(starts, minlength=count)
    levels = np.zeros(count, np.int64)
    settled, level = np.flatnonzero(open_ends == 0), 0
    while len(settled):
        levels[settled] = level
        lengths = heads[settled + 1] - heads[settled]
        places = np.arange(int(lengths.sum())) + np.repeat(heads[settled] - np.cumsum(lengths) + lengths, lengths)
        np.subtract.at(open_ends, starts[places], 1)
        settled = np.unique(starts[places])
        settled, level = settled[open_ends[settled] == 0], level + 1
    return levels


def _picked(rows: csr_matrix, columns: Integers, wanted: Booleans, width: int) -> csr_matrix:
    """Return some entries of a matrix, each in the column given for it."""
    pointer = np.concatenate([[0], np.cumsum(wanted)])[rows.indptr]
    return csr_matrix((rows.data[wanted], columns[wanted], pointer), shape=(rows.shape[0], width))


def _leaving(rows: csr_matrix, owners: Integers) -> csr_matrix:
    """Return rows without what leads back to their own state: what is left, given that one leaves."""
    entries = rows.tocoo()
    away = entries.col != owners[entries.row]
    pairs = (entries.row[away], entries.col[away])
    found = csr_matrix((entries.data[away], pairs), shape=rows.shape)
    sums = np.asarray(found.sum(axis=1)).ravel()
    found.data /= np.repeat(sums, np.diff(found.indptr))
    return found
