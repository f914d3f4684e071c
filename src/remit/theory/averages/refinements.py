"""How far POWER depends on how finely the same world is cut into states.

Rewards are drawn per state, so a world that is written with more states has more goals that tell them apart. The
quotient by bisimulation (Givan, Dean, Greig 2003) is the coarsest way to write it; splitting a state into copies that
nothing but rewards tells apart is a finer one. Reporting the range keeps an artefact of the writing from passing for a
fact about the world.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from remit.errors import ModelError
from remit.theory.rational import Choice, Lottery, RationalMDP
from remit.theory.rewards import Discrete, Reward, rewards_of, word_of

MOST_STATES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """The coarsest model with the same behaviour: ``block_of[s]`` is the number of the block state s went into."""

    mdp: RationalMDP
    block_of: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """POWER of one state over several ways of writing the same world.

    ``coarsest`` is that of the quotient, ``written`` that of the model as given, ``low`` and ``high`` are over both and
    all ``refinements`` random splittings.
    """

    coarsest: Fraction
    written: Fraction
    low: Fraction
    high: Fraction
    refinements: int


def quotient(mdp: RationalMDP, *, apart: Iterable[int] | None = None) -> Quotient:
    """Return the model with bisimilar states merged: those whose choices lead to the same blocks with the same chances.

    ``apart`` are states that are told apart whatever they do, by default the absorbing ones; states with other rewards
    always are. Where nothing is told apart from the outset, nothing ever is, and every model is one block. The names of
    actions do not matter. A block is named after its first state and has one reward, distributed as that of each of its
    states. Raises ``ModelError`` for more than 10,000 states.
    """
    count = len(mdp.states)
    if count > MOST_STATES:
        raise ModelError(f"`{count}` states are more than the `{MOST_STATES}` that are merged")
    told = {state for state in range(count) if _absorbs(mdp, state)} if apart is None else set(apart)
    block_of = _numbered((state if state in told else -1, reward) for state, reward in enumerate(rewards_of(mdp)))
    blocks = 0
    while blocks < max(block_of) + 1:
        blocks = max(block_of) + 1
        block_of = _numbered((block_of[state], _seen_from(mdp, state, block_of)) for state in range(count))
    first: dict[int, int] = {}
    for state, block in enumerate(block_of):
        first.setdefault(block, state)
    choices = tuple(_merged(mdp, first[block], block_of) for block in range(blocks))
    names = tuple(mdp.states[first[block]] for block in range(blocks))
    rewards = _rewards_from(mdp, names, first.values())
    return Quotient(mdp=RationalMDP(states=names, choices=choices, rewards=rewards), block_of=tuple(block_of))


def split(mdp: RationalMDP, state: int, shares: Sequence[Fraction]) -> RationalMDP:
    """Return the model with a state written as several that behave alike; whatever led to it leads there by ``shares``.

    The copies stand at the end but for the first, which keeps the state's number; each has a reward of its own that is
    distributed as the state's. Raises ``ModelError`` for shares that are not positive or do not sum to one.
    """
    if not shares or min(shares) <= 0 or sum(shares) != 1:
        raise ModelError("the shares of the copies must be positive and sum to one")
    copies = [state, *range(len(mdp.states), len(mdp.states) + len(shares) - 1)]

    def spread(lottery: Lottery) -> Lottery:
        pairs = [
            (copy, chance * share)
            for target, chance in lottery
            for copy, share in (zip(copies, shares, strict=True) if target == state else [(target, Fraction(1))])
        ]
        return tuple(sorted(pairs))

    rows = [
        tuple(Choice(actions=choice.actions, lottery=spread(choice.lottery)) for choice in choices)
        for choices in (*mdp.choices, *([mdp.choices[state]] * (len(shares) - 1)))
    ]
    taken = set(mdp.states)
    names = list(mdp.states)
    for number in range(2, len(shares) + 1):
        name = next(name for name in (f"{mdp.states[state]}{mark * number}" for mark in "'\"*") if name not in taken)
        taken.add(name)
        names.append(name)
    origins = [*range(len(mdp.states)), *[state] * (len(shares) - 1)]
    return RationalMDP(states=tuple(names), choices=tuple(rows), rewards=_rewards_from(mdp, names, origins))


def spread_of_power(
    mdp: RationalMDP,
    state: int,
    power: Callable[[RationalMDP, int], Fraction],
    *,
    refinements: int,
    seed: int,
) -> Spread:
    """Return how POWER of a state moves over the quotient, the model and random splittings of one or two states.

    ``power`` works out POWER of a state of any model. A splitting gives a random state (never the one asked about) two
    copies that are reached with chances drawn from {1/4, 1/2, 3/4}.
    """
    merged = quotient(mdp)
    coarsest, written = power(merged.mdp, merged.block_of[state]), power(mdp, state)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    others = [number for number in range(len(mdp.states)) if number != state]
    found = [coarsest, written]
    for _ in range(refinements if others else 0):
        finer = mdp
        for number in random.choice(others, size=min(2, len(others)), replace=False).tolist():
            share = Fraction(int(random.integers(1, 4)), 4)
            finer = split(finer, int(number), (share, 1 - share))
        found.append(power(finer, state))
    return Spread(
        coarsest=coarsest, written=written, low=min(found), high=max(found), refinements=len(found) - 2
    )  # fmt: skip


def model_error_bound(difference: Fraction, discount: Fraction, *, width: Fraction = Fraction(1)) -> Fraction:
    """Return by how much POWER can move when each row's chances move by at most ``difference`` in sum.

    The bound is ``width`` * difference / (2 (1 - g)) for rewards in an interval of that width: two rows that differ by
    d in the L1 norm differ by at most d/2 times the range of values, which is width/(1-g), and POWER is normalised by
    1-g; every step adds one such difference. Raises ``ModelError`` for a difference outside [0, 2] or g outside [0, 1).
    """
    if not 0 <= difference <= 2 or not 0 <= discount < 1 or width < 0:
        raise ModelError(
            f"a difference in [0, 2] and a discount in [0, 1) are needed, found `{difference}`, `{discount}`"
        )
    return min(width, width * difference / (2 * (1 - discount)))


def largest_difference(one: RationalMDP, other: RationalMDP) -> Fraction:
    """Return the largest L1 distance between rows of the same state and action of two models.

    Raises ``ModelError`` unless both have the same states and the same actions in each.
    """
    same = one.states == other.states and all(
        set(one.actions_at(state)) == set(other.actions_at(state)) for state in range(len(one.states))
    )
    if not same:
        raise ModelError("two models can be compared where they have the same states and the same actions")
    largest = Fraction(0)
    for state in range(len(one.states)):
        for action in one.actions_at(state):
            chances = dict(one.choice_of(state, action).lottery)
            for target, chance in other.choice_of(state, action).lottery:
                chances[target] = chances.get(target, Fraction(0)) - chance
            largest = max(largest, sum(map(abs, chances.values()), Fraction(0)))
    return largest


def _numbered(kinds: Iterable[Hashable]) -> list[int]:
    """Return the number of each kind, in the order in which they are met first."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(kind, len(known)) for kind in kinds]


def _rewards_from(mdp: RationalMDP, names: Sequence[str], origins: Iterable[int]) -> object:
    """Return what a model says of rewards, for states under new names that have those of states of the model."""
    if isinstance(mdp.rewards, str) and ";" not in mdp.rewards:
        return mdp.rewards
    rewards = rewards_of(mdp)
    return {name: _in_words(rewards[origin]) for name, origin in zip(names, origins, strict=True)}


def _in_words(reward: Reward) -> str:
    """Return a reward of a model as ``rewards_of`` reads it."""
    if isinstance(reward, Discrete) and len(reward.values) > 2:
        raise ModelError("a reward of a model has one value, two, or a density")
    return word_of(reward)


def _absorbs(mdp: RationalMDP, state: int) -> bool:
    """Return whether nothing leads out of a state."""
    return all(target == state for choice in mdp.choices[state] for target, _ in choice.lottery)


def _seen_from(mdp: RationalMDP, state: int, block_of: Sequence[int]) -> frozenset[Lottery]:
    """Return where the choices of a state lead, blocks for states."""
    return frozenset(_blurred(choice.lottery, block_of) for choice in mdp.choices[state])


def _blurred(lottery: Iterable[tuple[int, Fraction]], block_of: Sequence[int]) -> Lottery:
    """Return a lottery over blocks."""
    chances: dict[int, Fraction] = {}
    for target, chance in lottery:
        chances[block_of[target]] = chances.get(block_of[target], Fraction(0)) + chance
    return tuple(sorted(chances.items()))


def _merged(mdp: RationalMDP, state: int, block_of: Sequence[int]) -> tuple[Choice, ...]:
    """Return the choices of a block: its first state's, those that lead alike as one."""
    actions: dict[Lottery, list[str]] = {}
    for choice in mdp.choices[state]:
        actions.setdefault(_blurred(choice.lottery, block_of), []).extend(choice.actions)
    return tuple(Choice(actions=tuple(names), lottery=lottery) for lottery, names in actions.items())
