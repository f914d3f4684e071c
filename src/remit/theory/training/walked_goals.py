"""Goals that training leaves possible, by walking inside their set: for trainings so telling that rejection finds none.

Rewards are walked in the cube of their quantiles, where a reward distribution is uniform, by hit-and-run with shrinkage
(Smith 1984; Neal 2003, section 5): a random line, a point on it, and where that is not compatible the line is cut at
it. Many walks go side by side, so that a step is one batch of solutions, and their means are independent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Booleans, Floats
from remit.theory.estimate import Estimate, mean_interval
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward, at_quantiles
from remit.theory.training.compatible import Wanted, wanted

__all__ = ["Walked", "walk_compatible_goals"]

_CUTS = 60  # a line is cut at most so often in a step; then the walk stays where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What training-compatible goals do at a new state: the share that avoids the action, over ``walks`` of ``steps``.

    ``moved`` is the share of steps in which a walk moved; ``apart`` compares the variance between the walks' halves: it
    is near 1 where walks have forgotten where they began (Gelman & Rubin 1992, split).
    """

    trained: Estimate
    walks: int
    steps: int
    moved: float
    apart: float


def walk_compatible_goals(
    mdp: RationalMDP,
    *,
    training: Mapping[str, Collection[str]],
    new: str,
    avoided: Collection[str],
    discount: float,
    rewards: Sequence[Reward],
    walks: int = 64,
    steps: int = 300,
    seed: int = 0,
) -> Walked:
    """Return how compatible goals behave at a new state; arguments as in ``compatible.behaviour_after_training``.

    The first third of the steps is forgotten. Walks begin at goals found by raising the rewards training led to, where
    chance finds none. Raises ``NotConvergedError`` where no compatible goal is found, ``ModelError`` for fewer than
    two walks or six steps, and the errors of ``behaviour_after_training``.
    """
    if walks < 2 or steps < 6:
        raise ModelError(f"at least two walks of six steps are needed, found `{walks}` of `{steps}`")
    question = wanted(mdp, training=training, new=new, avoided=avoided, discount=discount)
    laws = tuple(rewards)

    def fits(levels: Floats) -> Booleans:
        return question.ask(at_quantiles(laws, levels))[0]

    random = np.random.default_rng(np.random.SeedSequence([seed, 7]))
    place = _starts(question, fits, walks, len(mdp.states), random)
    forgotten, moved, found = steps // 3, 0, []
    for step in range(steps):
        place, went = _step(place, fits, random)
        moved += int(went.sum())
        if step >= forgotten:
            found.append(question.ask(at_quantiles(laws, place))[1])
    table = np.array(found, np.float64)
    trained = mean_interval(table.mean(axis=0), seed=seed)
    value = trained.value
    low, high = min(value, max(0.0, trained.low)), max(value, min(1.0, trained.high))
    return Walked(
        trained=Estimate(value=value, low=low, high=high, method="interval", samples=table.size, seed=seed),
        walks=walks,
        steps=steps,
        moved=moved / (walks * steps),
        apart=_apart(table),
    )


def _starts(
    question: Wanted, fits: Callable[[Floats], Booleans], walks: int, states: int, random: np.random.Generator
) -> Floats:
    """Return a compatible goal for each walk, as quantiles f64[S, walks]: by chance, else ever nearer to praise."""
    praise = np.where(question.praised, 0.98, 0.02)[:, None]
    for share in (0.0, 0.5, 0.8, 0.9, 0.97, 1.0):
        drawn = np.clip(random.random((states, 4 * walks)) * (1.0 - share) + share * praise, 1e-9, 1.0 - 1e-9)
        good = np.flatnonzero(fits(drawn))
        if len(good):
            return np.ascontiguousarray(drawn[:, good[np.arange(walks) % len(good)]])
    raise NotConvergedError(
        "no goal was found for which the trained behaviour is optimal",
        hint="see whether another action is better under every reward: then nothing is compatible",
    )


def _step(place: Floats, fits: Callable[[Floats], Booleans], random: np.random.Generator) -> tuple[Floats, Booleans]:
    """Move every walk once along a line of its own; return where they are and which of them moved."""
    line = random.standard_normal(place.shape)
    line /= np.sqrt((line**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([-place / line, (1.0 - place) / line])
    low, high = ends.min(axis=0).max(axis=0), ends.max(axis=0).min(axis=0)
    here, waiting = place.copy(), np.ones(place.shape[1], np.bool_)
    for _ in range(_CUTS):
        at = low + (high - low) * random.random(place.shape[1])
        tried = np.clip(place + at * line, 1e-12, 1.0 - 1e-12)
        good = waiting & fits(tried)
        here[:, good] = tried[:, good]
        waiting &= ~good
        if not waiting.any():
            break
        low, high = np.where(waiting & (at < 0), at, low), np.where(waiting & (at >= 0), at, high)
    return here, ~waiting


def _apart(table: Floats) -> float:
    """Return the split potential scale reduction of f64[steps, walks]; 1 where nothing varies."""
    half = len(table) // 2
    parts = np.concatenate([table[:half], table[half : 2 * half]], axis=1)
    within, between = float(parts.var(axis=0, ddof=1).mean()), float(parts.mean(axis=0).var(ddof=1))
    return 1.0 if within == 0.0 else float(np.sqrt((half - 1) / half + between / within))
