"""Agents that were actually trained, each on a goal of its own: what do they do at a new state?

Every agent learns a random goal by trial and error, from the training states and the new one. Those that learnt the
trained behaviour are kept, and asked whether they avoid shutdown: to be compared with what the theory predicts of
training-compatible goals (``compatible``, ``walked_goals``, ``goals``). All agents learn side by side.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.asked import kind_at, real_at, whole_at
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward, rewards_at, sampled
from remit.theory.training.compatible import Behaviour, inner_discount, taught

__all__ = ["Learner", "Lessons", "trained_agents"]

Learner: TypeAlias = Literal["q-learning", "reinforce"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """How agents are trained: in so many ``rounds`` (steps of Q-learning, updates of REINFORCE).

    ``exploration`` is the chance of a random action (Q-learning), ``rate`` the step along the gradient and ``episodes``
    how many of them an update is made from (REINFORCE). Episodes have as many steps as the discount looks ahead, 60 at
    most: beyond a discount of .95 REINFORCE learns of the first 60 only. Raises ``ModelError`` for numbers that teach
    nothing.
    """

    rounds: int
    exploration: float = 0.3
    rate: float = 2.0
    episodes: int = 16

    def __post_init__(self) -> None:
        """Refuse lessons that could not be given."""
        whole_at(self.rounds, "rounds", least=1)
        real_at(self.exploration, "exploration", low=0.0, high=1.0)
        real_at(self.rate, "rate", low=0.0)
        whole_at(self.episodes, "episodes", least=1)


_USUAL: Mapping[str, Lessons] = {"q-learning": Lessons(rounds=6_000), "reinforce": Lessons(rounds=250)}


def trained_agents(
    mdp: RationalMDP,
    *,
    training: Mapping[str, Collection[str]],
    new: str,
    avoided: Collection[str],
    discount: float,
    rewards: Sequence[Reward],
    agents: int,
    learner: Learner = "q-learning",
    lessons: Lessons | None = None,
    seed: int = 0,
) -> Behaviour:
    """Return how trained agents behave at a new state: the shares of ``compatible.Behaviour``, counted over agents.

    An agent does what its table prefers, the first of equals. ``q-learning``: Watkins & Dayan 1992; ``reinforce``:
    Williams 1992, with a softmax for each state and the mean return as baseline. Other arguments and errors as in
    ``compatible.behaviour_after_training``; ``ModelError`` also for a learner that is none of the two.
    """
    discount, agents = inner_discount(discount), whole_at(agents, "agents", least=1)
    seed, plan = whole_at(seed, "seed", least=0), _plan(learner, lessons)
    right, wrong = taught(mdp, training=training, new=new, avoided=avoided)
    laws = rewards_at(mdp, rewards)
    random = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    school = _School.of(mdp.as_arrays(), [mdp.number(name) for name in (*right, new)], discount)
    goals = sampled(laws, agents, random)
    spread = goals.max(axis=0) - goals.min(axis=0)
    goals = (goals - goals.min(axis=0)) / np.where(spread > 0.0, spread, 1.0)  # orders of actions do not change
    table = (
        _q_learning(school, goals, plan, random) if learner == "q-learning" else _reinforce(school, goals, plan, random)
    )
    choice = table.argmax(axis=2)

    def takes(state: str, actions: Collection[str]) -> Booleans:
        number = mdp.number(state)
        own = np.array([action in actions for action in mdp.actions_at(number)], np.bool_)
        found: Booleans = own[choice[:, number]]
        return found

    fits = np.ones(agents, np.bool_)
    for state, actions in right.items():
        fits &= takes(state, actions)
    avoids = ~takes(new, wrong)
    both = int((avoids & fits).sum())
    return Behaviour.counted(asked=agents, avoiding=int(avoids.sum()), kept=int(fits.sum()), both=both, seed=seed)


def _plan(learner: object, lessons: Lessons | None) -> Lessons:
    """Return the lessons of a learner, the usual ones when None; raises ``ModelError`` for a learner that is none."""
    if learner not in get_args(Learner):
        raise ModelError(f"`{learner}` is no way to learn", hint=f"known are {', '.join(get_args(Learner))}")
    return _USUAL[str(learner)] if lessons is None else kind_at(lessons, Lessons, "lessons", hint="Lessons(rounds=250)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _School:
    """A model laid out for many agents at once: rows i64[S, A] (-1 where there is none), outcomes to draw from."""

    mdp: MDP
    rows: Integers
    ladder: Floats
    starts: Integers
    discount: float
    horizon: int

    @classmethod
    def of(cls, mdp: MDP, starts: Sequence[int], discount: float) -> "_School":
        """Lay out a model."""
        counts = np.diff(mdp.row_ptr)
        rows = np.full((mdp.states_count, int(counts.max())), -1, np.int64)
        for state in range(mdp.states_count):
            rows[state, : counts[state]] = np.arange(mdp.row_ptr[state], mdp.row_ptr[state + 1])
        owners = np.repeat(np.arange(mdp.rows_count), np.diff(mdp.successor_ptr))
        begun = np.concatenate([[0.0], np.cumsum(mdp.probabilities)])[mdp.successor_ptr[:-1]]
        ladder = np.cumsum(mdp.probabilities) - begun[owners] + owners
        horizon = min(60, max(3, math.ceil(math.log(0.05) / math.log(discount))))
        return cls(mdp=mdp, rows=rows, ladder=ladder, starts=np.array(starts), discount=discount, horizon=horizon)

    def outcomes(self, rows: Integers, random: np.random.Generator) -> Integers:
        """Draw where rows lead."""
        last = self.mdp.successor_ptr[rows + 1] - 1
        place = np.searchsorted(self.ladder, rows + random.random(rows.shape), side="right")
        found: Integers = self.mdp.successors[np.minimum(place, last)].astype(np.int64)
        return found

    def begin(self, shape: tuple[int, ...], random: np.random.Generator) -> Integers:
        """Draw where episodes begin."""
        found: Integers = self.starts[random.integers(0, len(self.starts), shape)]
        return found


def _q_learning(school: _School, goals: Floats, plan: Lessons, random: np.random.Generator) -> Floats:
    """Return the tables f64[K, S, A] that Q-learning arrives at, -inf where there is no action."""
    agents, everyone = goals.shape[1], np.arange(goals.shape[1])
    table = np.where(school.rows >= 0, 0.0, -np.inf)[None].repeat(agents, axis=0)
    visits = np.zeros(table.shape)
    counts = (school.rows >= 0).sum(axis=1)
    state = school.begin((agents,), random)
    for step in range(plan.rounds):
        if step % school.horizon == 0:
            state = school.begin((agents,), random)
        chance = (random.random(agents) * counts[state]).astype(np.int64)
        curious = random.random(agents) < plan.exploration
        action = np.where(curious, chance, table[everyone, state].argmax(axis=1))
        after = school.outcomes(school.rows[state, action], random)
        goal = (1.0 - school.discount) * goals[after, everyone]
        target = goal + school.discount * table[everyone, after].max(axis=1)
        rate = np.maximum(0.02, 1.0 / (1.0 + 0.05 * visits[everyone, state, action]))
        table[everyone, state, action] += rate * (target - table[everyone, state, action])
        visits[everyone, state, action] += 1
        state = after
    return table


def _reinforce(school: _School, goals: Floats, plan: Lessons, random: np.random.Generator) -> Floats:
    """Return the preferences f64[K, S, A] that REINFORCE arrives at, -inf where there is no action."""
    agents = goals.shape[1]
    shape = (agents, plan.episodes)
    wide = np.broadcast_to(np.arange(agents)[:, None], shape)
    table = np.where(school.rows >= 0, 0.0, -np.inf)[None].repeat(agents, axis=0)
    for _ in range(plan.rounds):
        chances = np.exp(table - table.max(axis=2, keepdims=True))
        chances /= chances.sum(axis=2, keepdims=True)
        ladder, state = chances.cumsum(axis=2), school.begin(shape, random)
        walked: list[tuple[Integers, Integers, Floats]] = []
        for _step in range(school.horizon):
            drawn = random.random((*shape, 1)) * ladder[wide, state][..., -1:]
            action = (ladder[wide, state] <= drawn).sum(axis=2)
            after = school.outcomes(school.rows[state, action], random)
            walked.append((state, action, goals[after, wide]))
            state = after
        _climb(table, chances, walked, school.discount, plan.rate)
    return table


def _climb(
    table: Floats,
    chances: Floats,
    walked: list[tuple[Integers, Integers, Floats]],
    discount: float,
    rate: float,
) -> None:
    """Move preferences along the gradient of the return, estimated from episodes."""
    agents, episodes = walked[0][0].shape
    wide = np.broadcast_to(np.arange(agents)[:, None], (agents, episodes))
    totals, counts = np.zeros(table.shape[:2]), np.zeros(table.shape[:2])
    returns: list[Floats] = []
    ahead = np.zeros((agents, episodes))
    for state, _, reward in reversed(walked):
        ahead = (1.0 - discount) * reward + discount * ahead
        returns.append(ahead)
        np.add.at(totals, (wide, state), ahead)
        np.add.at(counts, (wide, state), 1.0)
    usual = totals / np.maximum(counts, 1.0)
    slope = np.zeros(table.shape)
    for (state, action, _), gain in zip(walked, reversed(returns), strict=True):
        worth = (gain - usual[wide, state]) / np.maximum(counts[wide, state], 1.0)
        np.add.at(slope, (wide, state), -worth[..., None] * chances[wide, state])
        np.add.at(slope, (wide, state, action), worth)
    known = np.isfinite(table)
    table[known] += (rate / (1.0 - discount) * slope)[known]
