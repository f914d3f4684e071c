"""Goals that training leaves possible: drawn, kept where the trained behaviour is optimal, and asked what they do next.

The set G_T of training-compatible goals is a polytope cut out by inequalities of optimality; where it is too large for
``goals.conditional_chance`` it is sampled by rejection. Acceptance may be rare: then the interval says so, and
``walked_goals`` walks inside the set.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats
from remit.theory.asked import listed_at, mapping_at, real_at, whole_at
from remit.theory.estimate import Estimate, wilson
from remit.theory.rational import RationalMDP, rational_at
from remit.theory.rewards import Reward, rewards_at, sampled
from remit.theory.solvers.reference import row_expectations
from remit.theory.solvers.values import TIE, Solver

BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What goals do at a new state: the share of all goals, and of training-compatible ones, that may choose otherwise.

    ``untrained`` and ``trained`` are the probabilities that some optimal policy avoids the action; ``compatible`` is
    the share of goals for which the trained behaviour is optimal. Where not one goal is compatible, what those would do
    is unknown: ``trained`` is then None.
    """

    untrained: Estimate
    trained: Estimate | None
    compatible: Estimate

    @classmethod
    def counted(cls, *, asked: int, avoiding: int, kept: int, both: int, seed: int) -> "Behaviour":
        """Return the shares: of ``asked`` goals ``avoiding``, of those ``kept`` by training ``both``."""
        return cls(
            untrained=wilson(avoiding, asked, seed=seed),
            trained=wilson(both, kept, seed=seed) if kept else None,
            compatible=wilson(kept, asked, seed=seed),
        )

    def __str__(self) -> str:
        """Return a line for each share; what nothing is known of is said to be unknown."""
        trained = f"unknown: none of {self.compatible.samples} is compatible" if self.trained is None else self.trained
        return f"untrained {self.untrained}\ntrained {trained}\ncompatible {self.compatible}"


def behaviour_after_training(
    mdp: RationalMDP,
    *,
    training: Mapping[str, Collection[str]],
    new: str,
    avoided: Collection[str],
    discount: float,
    rewards: Sequence[Reward],
    samples: int,
    seed: int,
) -> Behaviour:
    """Return how goals behave at a new state before and after conditioning on training, by rejection.

    ``training`` says which actions were right in each training state: a goal is compatible if one of them is optimal in
    each. ``avoided`` are the actions (shutdown, say) that a goal avoids if another one is optimal. Raises
    ``InvalidMDPError`` for names that do not exist and rewards that are none, ``ModelError`` for a discount outside
    (0, 1) and for no sample.
    """
    samples, seed = whole_at(samples, "samples", least=1), whole_at(seed, "seed", least=0)
    question = wanted(mdp, training=training, new=new, avoided=avoided, discount=discount)
    laws = rewards_at(mdp, rewards)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    avoiding, kept, both = 0, 0, 0
    for begin in range(0, samples, BATCH):
        fits, avoids = question.ask(sampled(laws, min(BATCH, samples - begin), random))
        avoiding, kept, both = avoiding + int(avoids.sum()), kept + int(fits.sum()), both + int((avoids & fits).sum())
    return Behaviour.counted(asked=samples, avoiding=avoiding, kept=kept, both=both, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of each goal: is the trained behaviour optimal for it, and does it avoid actions at a new state?

    ``praised`` bool[S] are the states the trained behaviour leads to at once.
    """

    solver: Solver
    tests: tuple[tuple[Booleans, Booleans], ...]
    offered: Booleans
    others: Booleans
    praised: Booleans

    def ask(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return for rewards f64[S, K] which are compatible and which avoid, bool[K] each."""
        spread = max(float(table.max() - table.min()), 1e-300)
        mdp = self.solver.mdp
        ahead = row_expectations(mdp, self.solver.state_values(table, tolerance=1e-9 * spread))
        slack = TIE * spread
        fits = np.ones(table.shape[1], np.bool_)
        for right, every in self.tests:
            fits &= ahead[right].max(axis=0) >= ahead[every].max(axis=0) - slack
        if not self.others.any():
            return fits, np.zeros(table.shape[1], np.bool_)
        avoids: Booleans = ahead[self.others].max(axis=0) >= ahead[self.offered].max(axis=0) - slack
        return fits, avoids


def wanted(
    mdp: RationalMDP,
    *,
    training: Mapping[str, Collection[str]],
    new: str,
    avoided: Collection[str],
    discount: float,
) -> Wanted:
    """Return the question; arguments and errors as in ``behaviour_after_training``."""
    discount = inner_discount(discount)
    right, wrong = taught(mdp, training=training, new=new, avoided=avoided)
    arrays = mdp.as_arrays()
    tests = tuple((_rows(mdp, state, actions), _rows(mdp, state, None)) for state, actions in right.items())
    offered = _rows(mdp, new, None)
    praised = np.zeros(arrays.states_count, np.bool_)
    for praise, _ in tests:
        for row in np.flatnonzero(praise):
            praised[arrays.successors[arrays.successor_ptr[row] : arrays.successor_ptr[row + 1]]] = True
    return Wanted(
        solver=Solver(arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=discount),
        tests=tests,
        offered=offered,
        others=offered & ~_rows(mdp, new, wrong),
        praised=praised,
    )


def taught(
    mdp: RationalMDP, *, training: Mapping[str, Collection[str]], new: str, avoided: Collection[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """Return the right actions of each training state and the avoided ones of the new state, looked at.

    Raises ``InvalidMDPError`` for states and actions that do not exist, ``ModelError`` for no action at all.
    """
    hint = 'write training={"train": ["good"]}, new="new", avoided=["off"]'
    right = {
        state: listed_at(actions, "training", hint=hint)
        for state, actions in mapping_at(training, "training", hint=hint).items()
    }
    wrong = listed_at(avoided, "avoided", hint=hint)
    rational_at(mdp)
    for state, actions in [*right.items(), (new, wrong)]:
        number = mdp.number(state)
        if not actions:
            raise ModelError(f"no action is named for state `{state}`", hint=hint)
        for action in actions:
            mdp.choice_of(number, action)
    return right, wrong


def inner_discount(discount: float) -> float:
    """Return a discount; raises ``ModelError`` for one outside (0, 1), where goals are asked for no limit."""
    found = real_at(discount, "discount", low=0.0, high=1.0)
    if not 0.0 < found < 1.0:
        raise ModelError(f"a discount in (0, 1) is needed, found `{discount}`", hint="write 0.9")
    return found


def _rows(mdp: RationalMDP, state: str, actions: Collection[str] | None) -> Booleans:
    """Return which rows of the model in floating point are some actions of a state (all when None), bool[R]."""
    number = mdp.number(state)
    return np.array(
        [
            owner == number and (actions is None or action in actions)
            for owner in range(len(mdp.states))
            for action in mdp.actions_at(owner)
        ],
        np.bool_,
    )
