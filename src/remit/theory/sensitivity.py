"""How much oversight is enough: the share of goals that prefer an action as a world moves, and the slope of their gain.

Two models that differ only in where their rows lead (no detection and certain detection, say) make a line of models:
at ``share`` q each row leads where it leads in the one with chance 1 - q and in the other with chance q.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats
from remit.theory.asked import real_at, whole_at
from remit.theory.estimate import Estimate, mean_interval, wilson
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP, model_of, plain_at, rational_at
from remit.theory.rewards import Reward, rewards_at, sampled
from remit.theory.solvers.values import TIE, Solver

__all__ = ["Cliff", "Sensitivity", "between", "cliff", "sensitivity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """At one share: which part of goals for which the action is optimal, its mean gain and the slope of that gain.

    ``gain`` is the mean over goals of Q(action) less the best other Q, normalised as values are ((1 - g) a step);
    ``slope`` is d gain / d share, by the envelope theorem.
    """

    share: Fraction
    prefer: Estimate
    gain: Estimate
    slope: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cliff:
    """Between which shares the part of goals that prefer an action crosses ``level``, for the goals drawn."""

    low: Fraction
    high: Fraction
    level: float
    samples: int
    seed: int


def between(first: RationalMDP, second: RationalMDP, share: Fraction) -> RationalMDP:
    """Return the model at a share from the first (0) to the second (1), exactly.

    Raises ``ModelError`` for a share outside [0, 1] and models with other states or other actions.
    """
    share = plain_at(share, "share")
    if not 0 <= share <= 1:
        raise ModelError(f"a share lies in [0, 1], found `{share}`", hint="0 is the first model, 1 the second")
    if rational_at(first).states != rational_at(second).states:
        raise ModelError("the two models have different states")
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for state, name in enumerate(first.states):
        if set(first.actions_at(state)) != set(second.actions_at(state)):
            raise ModelError(f"the two models offer different actions at `{name}`")
        table[name] = {action: _mixed(first, second, state, action, share) for action in first.actions_at(state)}
    return model_of(list(first.states), table)


def sensitivity(
    first: RationalMDP,
    second: RationalMDP,
    *,
    share: Fraction,
    state: str,
    action: str,
    discount: float,
    rewards: Sequence[Reward],
    samples: int = 2_000,
    seed: int = 0,
) -> Sensitivity:
    """Return how goals take an action at a state at one share, with slopes; the same goals at every share for a seed.

    For one goal the optimal policy stays optimal nearby, so dV/dq = x with (I - g P) x = g (P2 - P1) V under it
    (Milgrom & Segal 2002, theorem 1); where two policies tie this is the slope of one of them. Raises ``ModelError``
    for a discount outside (0, 1), for a state with one action only, and as ``between``.
    """
    _check(first, state, action, discount=discount, samples=samples, seed=seed)
    share = plain_at(share, "share")
    table = sampled(rewards_at(first, rewards), samples, np.random.default_rng(np.random.SeedSequence([seed, 13])))
    line = _Line.of(first, second, share, discount)
    chosen, others = line.rows_at(first, state, action)
    q = line.row_values(table)
    gains = q[chosen].max(axis=0) - q[others].max(axis=0)
    spread = max(float(table.max() - table.min()), 1e-300)
    slopes = np.array([line.slope(q[:, k], chosen) - line.slope(q[:, k], others) for k in range(samples)])
    return Sensitivity(
        share=share,
        prefer=wilson(int((gains >= -TIE * spread).sum()), samples, seed=seed),
        gain=mean_interval(gains, seed=seed),
        slope=mean_interval(slopes, seed=seed),
    )


def cliff(
    first: RationalMDP,
    second: RationalMDP,
    *,
    state: str,
    action: str,
    discount: float,
    rewards: Sequence[Reward],
    level: float = 0.5,
    width: Fraction = Fraction(1, 1000),
    samples: int = 2_000,
    seed: int = 0,
) -> Cliff | None:
    """Return where the part of goals that prefer an action crosses ``level``; ``None`` where it does not.

    The same goals are asked at every share; the part is taken to cross once, which it does where a share only hurts (or
    only helps) the action. Raises as ``sensitivity``, and for a width that is not positive.
    """
    _check(first, state, action, discount=discount, samples=samples, seed=seed)
    width, level = plain_at(width, "width"), real_at(level, "level", low=0.0, high=1.0)
    if not width > 0:
        raise ModelError(f"the cliff is found to a positive width, found `{width}`", hint="write Fraction(1, 1000)")
    table = sampled(rewards_at(first, rewards), samples, np.random.default_rng(np.random.SeedSequence([seed, 13])))
    spread = max(float(table.max() - table.min()), 1e-300)

    def above(share: Fraction) -> bool:
        line = _Line.of(first, second, share, discount)
        chosen, others = line.rows_at(first, state, action)
        q = line.row_values(table)
        return bool((q[chosen].max(axis=0) >= q[others].max(axis=0) - TIE * spread).mean() >= level)

    found = _crossed(above, width)
    return None if found is None else Cliff(low=found[0], high=found[1], level=level, samples=samples, seed=seed)


def _check(model: RationalMDP, state: str, action: str, *, discount: float, samples: int, seed: int) -> None:
    """Refuse what no share of goals can be counted from."""
    number = rational_at(model).number(state)
    model.choice_of(number, action)
    if not 0.0 < real_at(discount, "discount") < 1.0:
        raise ModelError(f"a discount in (0, 1) is needed, found `{discount}`", hint="write 0.9")
    whole_at(samples, "samples", least=2)
    whole_at(seed, "seed", least=0)
    if len(model.actions_at(number)) < 2:
        message = f"state `{state}` has one action only: nothing is preferred there"
        raise ModelError(message, hint="ask at a state that offers a choice")


def _crossed(above: Callable[[Fraction], bool], width: Fraction) -> tuple[Fraction, Fraction] | None:
    """Return an interval of shares in which an answer changes, by halving; ``None`` where both ends say the same."""
    low, high, begins = Fraction(0), Fraction(1), above(Fraction(0))
    if above(high) == begins:
        return None
    while high - low > width:
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) == begins else (low, middle)
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A model between two others, its solver, and where a step of the share would move each row, as f64[R, S].

    Actions that lead alike stand together in a model, which ones do depends on the share: rows are met by name.
    """

    mdp: MDP
    solver: Solver
    moves: sp.csr_matrix
    shift: sp.csr_matrix

    @classmethod
    def of(cls, first: RationalMDP, second: RationalMDP, share: Fraction, discount: float) -> "_Line":
        """Lay out the model at a share."""
        here = between(first, second, share).as_arrays()
        zero, one = (_matrix(end)[_in_order_of(here, end)] for end in (first.as_arrays(), second.as_arrays()))
        classes = np.arange(here.states_count, dtype=np.int64)
        solver = Solver(here, reward_class=classes, discount=discount)
        return cls(mdp=here, solver=solver, moves=_matrix(here), shift=one - zero)

    def rows_at(self, model: RationalMDP, state: str, action: str) -> tuple[Booleans, Booleans]:
        """Return the row of an action and those of the others of its state, bool[R] each."""
        number = model.number(state)
        model.choice_of(number, action)
        own = np.array([name == (number, action) for name in _names(self.mdp)], np.bool_)
        return own, (self.mdp.row_states == number) & ~own

    def row_values(self, table: Floats) -> Floats:
        """Return Q of each row, f64[R, K]."""
        spread = max(float(table.max() - table.min()), 1e-300)
        return self.solver.row_values(self.solver.state_values(table, tolerance=1e-10 * spread), table)

    def slope(self, q: Floats, rows: Booleans) -> float:
        """Return the slope of the best Q of some rows of one state, for one goal."""
        discount, starts = self.solver.discount, self.mdp.row_ptr[:-1]
        values = np.maximum.reduceat(q, starts)
        ends = zip(starts, self.mdp.row_ptr[1:], strict=True)
        best = np.array([begin + int(q[begin:end].argmax()) for begin, end in ends])
        system = sp.identity(len(values), format="csc") - discount * self.moves[best].tocsc()
        change: Floats = splu(system).solve(discount * (self.shift[best] @ values))
        row = int(np.flatnonzero(rows)[q[rows].argmax()])
        moved = self.shift[row] @ values + self.moves[row] @ change
        return float(discount * np.asarray(moved).ravel()[0])


def _names(mdp: MDP) -> list[tuple[int, str]]:
    """Return the state and the name of the action of each row."""
    return [(state, mdp.action_name(action)) for state, action in zip(mdp.row_states, mdp.row_actions, strict=True)]


def _in_order_of(model: MDP, other: MDP) -> list[int]:
    """Return the rows of another model with the same states and actions in the order a model has them."""
    places = {name: row for row, name in enumerate(_names(other))}
    return [places[name] for name in _names(model)]


def _matrix(mdp: MDP) -> sp.csr_matrix:
    """Return where the rows of a model lead, f64[R, S]."""
    shape = (mdp.rows_count, mdp.states_count)
    return sp.csr_matrix((mdp.probabilities, mdp.successors, mdp.successor_ptr), shape=shape)


def _mixed(first: RationalMDP, second: RationalMDP, state: int, action: str, share: Fraction) -> dict[str, Fraction]:
    """Return where an action leads at a share."""
    row: dict[str, Fraction] = {}
    for model, weight in ((first, 1 - share), (second, share)):
        for after, chance in model.choice_of(state, action).lottery:
            name = first.states[after]
            row[name] = row.get(name, Fraction(0)) + weight * chance
    return {name: chance for name, chance in row.items() if chance}
