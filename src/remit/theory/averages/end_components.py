"""Maximal end components: the parts of a model one can stay in for good and move about in, and what is left between.

In an end component every state can be reached from every other without leaving, so its best reward per step does not
depend on where one is (de Alfaro 1997; Puterman 1994, section 9.5). What lies between, with each component taken for
one state, can be passed through but not stayed in.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from remit.theory.arrays import Booleans, Integers
from remit.theory.mdp import MDP

__all__ = ["EndComponents", "end_components", "row_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndComponents:
    """Maximal end components: ``part`` i64[S] is the component of each state (-1: none), ``inside`` bool[R] their rows.

    Components are numbered from 0 in the order of their first states.
    """

    part: Integers
    inside: Booleans

    @property
    def count(self) -> int:
        """Return how many there are."""
        return int(self.part.max(initial=-1)) + 1


def end_components(mdp: MDP) -> EndComponents:
    """Return the maximal end components of a model: strongly connected parts, without the rows that may leave them.

    Rows that leave are taken out and parts found anew until no row leaves (de Alfaro 1997, algorithm 3.1).
    """
    owners, held = mdp.row_states, mdp.probabilities > 0.0
    rows = np.repeat(np.arange(mdp.rows_count), np.diff(mdp.successor_ptr))
    starts, ends = owners[rows], mdp.successors.astype(np.int64)
    inside = np.ones(mdp.rows_count, np.bool_)
    while True:
        live = held & inside[rows]
        graph = csr_matrix((np.ones(int(live.sum())), (starts[live], ends[live])), shape=(mdp.states_count,) * 2)
        _, labels = connected_components(graph, directed=True, connection="strong")
        leaving = np.zeros(mdp.rows_count, np.bool_)
        leaving[rows[live & (labels[starts] != labels[ends])]] = True
        if not leaving.any():
            break
        inside &= ~leaving
    within = np.zeros(mdp.states_count, np.bool_)
    within[owners[inside]] = True
    part = np.full(mdp.states_count, -1, np.int64)
    _, first, line = np.unique(labels[within], return_index=True, return_inverse=True)
    part[within] = np.argsort(np.argsort(first))[line]
    return EndComponents(part=part, inside=inside)


def row_matrix(mdp: MDP, rows: Integers, columns: Integers, width: int) -> csr_matrix:
    """Return rows i64[n] of a model as a matrix f64[n, width], state s in column ``columns[s]``; each sums to one."""
    lengths = np.diff(mdp.successor_ptr)[rows]
    begins = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(begins[-1]) - np.repeat(begins[:-1] - mdp.successor_ptr[rows], lengths)
    pairs = (np.repeat(np.arange(len(rows)), lengths), columns[mdp.successors[places]])
    found = csr_matrix((mdp.probabilities[places], pairs), shape=(len(rows), width))
    found.sum_duplicates()
    sums = np.asarray(found.sum(axis=1)).ravel()
    found.data /= np.repeat(sums, np.diff(found.indptr))
    return found
