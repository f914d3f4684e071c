"""The choices of some states, as how probably each of them is optimal is asked: several rewards at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.mdp import MDP
from remit.theory.orbits.symmetries import Symmetry
from remit.theory.rational import RationalMDP

__all__ = ["ROUNDING", "TOLERANCE", "Choices", "choices_of", "own_rows"]

TOLERANCE = 1e-9
"""Error that values and averages are solved to in double precision, relative to the range of rewards."""
ROUNDING = 1e-14
"""What adding up a row may be off by, relative to the size of what is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The choices of some states: which state each belongs to, where it leads, and what its actions are called."""

    states: Integers
    heads: Integers
    owners: Integers
    lotteries: MDP
    names: tuple[tuple[str, ...], ...]
    orbits: Integers

    def ahead(self, values: Floats) -> Floats:
        """Return the expected value after each choice, f64[C, K], from f64[S, K]."""
        rows = self.lotteries
        weighted = values[rows.successors] * rows.probabilities[:, None]
        result: Floats = np.add.reduceat(weighted, rows.successor_ptr[:-1], axis=0)
        return result

    def close(self, ahead: Floats, error: Floats | float) -> Booleans:
        """Return which choices are within twice an error of the best of their state, bool[C, K]."""
        best = np.maximum.reduceat(ahead, self.heads)[self.owners]
        result: Booleans = ahead >= best - 2.0 * error
        return result

    def alone(self, close: Booleans) -> Booleans:
        """Return which of some choices are the only ones of their state."""
        counts = np.add.reduceat(close.astype(np.int32), self.heads)[self.owners]
        result: Booleans = close & (counts == 1)
        return result


def choices_of(mdp: RationalMDP, states: Sequence[int] | range, symmetry: Symmetry | None) -> Choices:
    """Return the choices of some states."""
    listed = [(line, state, choice) for line, state in enumerate(states) for choice in mdp.choices[state]]
    owners = np.array([line for line, _, _ in listed], np.int64)
    edges = [(line, 0, [(target, float(chance)) for target, chance in choice.lottery]) for line, _, choice in listed]
    pairs = [pair for _, _, row in edges for pair in row]
    lengths = [len(row) for _, _, row in edges]
    rows = MDP(
        row_ptr=np.searchsorted(owners, np.arange(len(states) + 1)).astype(np.int64),
        successor_ptr=np.cumsum([0, *lengths]).astype(np.int64),
        successors=np.array([target for target, _ in pairs], np.int32),
        probabilities=np.array([chance for _, chance in pairs], np.float64),
        row_actions=np.zeros(len(listed), np.int32),
    )
    orbits = np.arange(len(listed)) if symmetry is None else _orbits_of(mdp, listed, symmetry)
    return Choices(
        states=np.array(list(states), np.int64),
        heads=rows.row_ptr[:-1],
        owners=owners,
        lotteries=rows,
        names=tuple(choice.actions for _, _, choice in listed),
        orbits=orbits,
    )


def _orbits_of(mdp: RationalMDP, listed: Sequence[tuple[int, int, object]], symmetry: Symmetry) -> Integers:
    """Return the orbit of each listed choice: that of the first row its actions have."""
    first_row: dict[tuple[int, int], int] = {}
    row = 0
    for state, options in enumerate(mdp.choices):
        for choice in options:
            first_row[state, id(choice)] = row
            row += len(choice.actions)
    rows = np.array([first_row[state, id(choice)] for _, state, choice in listed], np.int64)
    result: Integers = symmetry.row_orbits[rows]
    return result


def own_rows(mdp: RationalMDP, choices: Choices) -> Integers:
    """Return where some choices stand among all of a model, i64[C]."""
    places = np.cumsum([0, *(len(options) for options in mdp.choices)])
    return np.concatenate([np.arange(places[s], places[s + 1]) for s in choices.states.tolist()])
