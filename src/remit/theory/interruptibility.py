"""What interruptions teach: whether an agent that is interrupted while it learns comes to avoid the places where it is.

Orseau & Armstrong 2016: an off-policy learner (Q-learning) is safely interruptible, because it learns the values of the
world without interruptions; an on-policy learner (Sarsa) learns those of the world in which its choice is overridden
with some probability, and may come to prefer ways on which it is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats
from remit.theory.asked import kind_at, mapping_at, real_at, whole_at
from remit.theory.estimate import Estimate, wilson
from remit.theory.rational import Choice, Lottery, RationalMDP, plain_at, rational_at
from remit.theory.rewards import Reward, rewards_at, sampled
from remit.theory.solvers.reference import row_expectations
from remit.theory.solvers.values import TIE, Solver

BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """With a probability, whatever is chosen in a state, this action is taken instead."""

    chance: Fraction
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The shares of goals for which an action is optimal without interruptions (learned off policy) and with them.

    ``off_policy`` is what an interrupted Q-learner, and anybody never interrupted, comes to do; ``on_policy`` what an
    interrupted Sarsa learner does; ``changed`` is the share of goals for which the two differ.
    """

    off_policy: Estimate
    on_policy: Estimate
    changed: Estimate


def interrupted(mdp: RationalMDP, interruptions: Mapping[str, Interruption]) -> RationalMDP:
    """Return the model in which choices are overridden, as a learner on policy meets it.

    Raises ``InvalidMDPError`` for states and actions that do not exist, ``ModelError`` for an impossible chance.
    """
    hint = 'give {"state": theory.Interruption(chance=Fraction(1, 2), action="off")}'
    given = mapping_at(interruptions, "interruptions", hint=hint)
    overridden = {
        rational_at(mdp).number(state): kind_at(one, Interruption, "interruptions", hint=hint)
        for state, one in given.items()
    }
    lines: list[tuple[Choice, ...]] = []
    for state, choices in enumerate(mdp.choices):
        if state not in overridden:
            lines.append(choices)
            continue
        interruption = overridden[state]
        chance = plain_at(interruption.chance, "chance")
        if not 0 <= chance <= 1:
            raise ModelError(f"`{chance}` is not the chance of an interruption", hint="give one in [0, 1]")
        forced = mdp.choice_of(state, interruption.action).lottery
        lines.append(
            tuple(Choice(actions=choice.actions, lottery=_mixed(choice.lottery, forced, chance)) for choice in choices)
        )
    return RationalMDP(states=mdp.states, choices=tuple(lines), rewards=mdp.rewards)


def lesson(
    mdp: RationalMDP,
    interruptions: Mapping[str, Interruption],
    *,
    at: str,
    choosing: str,
    discount: float,
    rewards: Sequence[Reward],
    samples: int,
    seed: int,
) -> Lesson:
    """Return how often goals favour an action at a state with and without interruptions, over the same sampled goals.

    An action within 1e-8 of the best counts as favoured. Raises ``ModelError`` for a discount outside (0, 1).
    """
    if not 0.0 < real_at(discount, "discount") < 1.0:
        raise ModelError(f"a discount in (0, 1) is needed, found `{discount}`", hint="learners look ahead: write 0.9")
    samples, seed = whole_at(samples, "samples", least=1), whole_at(seed, "seed", least=0)
    goals, state = rewards_at(rational_at(mdp), rewards), mdp.number(at)
    mdp.choice_of(state, choosing)
    worlds = (mdp, interrupted(mdp, interruptions))
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    counts = np.zeros(3, np.int64)
    for begin in range(0, samples, BATCH):
        table = sampled(goals, min(BATCH, samples - begin), random)
        off, on = (_favours(world, state, choosing, discount, table) for world in worlds)
        counts += [int(off.sum()), int(on.sum()), int((off != on).sum())]
    shares = [wilson(int(count), samples, seed=seed) for count in counts]
    return Lesson(off_policy=shares[0], on_policy=shares[1], changed=shares[2])


def _favours(world: RationalMDP, state: int, action: str, discount: float, table: Floats) -> Booleans:
    """Return for which rewards an action is among the best of a state, bool[K]."""
    arrays = world.as_arrays()
    solver = Solver(arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=discount)
    spread = max(float(table.max() - table.min()), 1e-300)
    rows = slice(int(arrays.row_ptr[state]), int(arrays.row_ptr[state + 1]))
    ahead = row_expectations(arrays, solver.state_values(table, tolerance=1e-9 * spread))[rows]
    own = [i for i, number in enumerate(arrays.row_actions[rows]) if arrays.action_name(int(number)) == action]
    favoured: Booleans = ahead[own[0]] >= ahead.max(axis=0) - TIE * spread
    return favoured


def _mixed(chosen: Lottery, forced: Lottery, chance: Fraction) -> Lottery:
    """Return the lottery that is forced with a chance."""
    total: dict[int, Fraction] = {}
    for lottery, weight in ((chosen, 1 - chance), (forced, chance)):
        for target, share in lottery:
            total[target] = total.get(target, Fraction(0)) + weight * share
    return tuple(sorted((target, share) for target, share in total.items() if share))
