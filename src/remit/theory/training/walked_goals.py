"""Goals that training leaves possible, by walking inside their set: for trainings so telling that rejection finds none.

Rewards are walked in the cube of their quantiles, where a reward distribution is uniform, by hit-and-run with shrinkage
(Smith 1984; Neal 2003, section 5): a random line, a point on it, and where that is not compatible the line is cut at
it. Many walks go side by side, so that a step is one batch of solutions, and their means are independent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import NotConvergedError
from remit.theory.arrays import Booleans, Floats
from remit.theory.asked import whole_at
from remit.theory.estimate import Estimate, mean_interval, wilson
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward, at_quantiles, rewards_at
from remit.theory.training.compatible import Wanted, wanted

__all__ = ["Walked", "walk_compatible_goals"]

MIXED = 1.1
"""How far apart walks may be at most for their mean to be an answer (Gelman et al. 2004, section 11.6)."""
_CUTS = 60  # a line is cut at most so often in a step; then the walk stays where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What training-compatible goals do at a new state: the share that avoids the action, over ``walks`` of ``steps``.

    ``moved`` is the share of steps in which a walk moved; ``apart`` compares the variance between the walks' halves: it
    is near 1 where walks have forgotten where they began (Gelman & Rubin 1992, split). Beyond ``MIXED`` they have not,
    and what goals do is unknown: ``trained`` is then None.
    """

    trained: Estimate | None
    walks: int
    steps: int
    moved: float
    apart: float

    def __str__(self) -> str:
        """Return the share with its interval, or that it is unknown and why."""
        how = f"{self.walks} walks of {self.steps} steps, {self.apart:.4g} apart"
        return f"unknown: {how}, more than {MIXED:g}" if self.trained is None else f"{self.trained} from {how}"


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
    chance finds none. Walks that have not mixed give no share: more steps may. Raises ``NotConvergedError`` where no
    compatible goal is found, ``ModelError`` for fewer than
    two walks or six steps, and the errors of ``behaviour_after_training``.
    """
    walks, steps = whole_at(walks, "walks", least=2), whole_at(steps, "steps", least=6)
    seed = whole_at(seed, "seed", least=0)
    question = wanted(mdp, training=training, new=new, avoided=avoided, discount=discount)
    laws = rewards_at(mdp, rewards)

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
    apart = _apart(table) if moved else float("inf")
    return Walked(
        trained=_share(table, seed) if apart <= MIXED else None,
        walks=walks,
        steps=steps,
        moved=moved / (walks * steps),
        apart=apart,
    )


def _share(table: Floats, seed: int) -> Estimate:
    """Return the mean of f64[steps, walks] over walks; where all of them came out alike, how rarely others may."""
    means = table.mean(axis=0)
    found = mean_interval(means) if means.std() > 0.0 else wilson(float(means.sum()), len(means))
    value = found.value
    low, high = min(value, max(0.0, found.low)), max(value, min(1.0, found.high))
    return Estimate(value=value, low=low, high=high, method="interval", samples=table.size, seed=seed)


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
    """Return the split potential scale reduction of f64[steps, walks]; 1 where nothing varies at all."""
    half = len(table) // 2
    parts = np.concatenate([table[:half], table[half : 2 * half]], axis=1)
    within, between = float(parts.var(axis=0, ddof=1).mean()), float(parts.mean(axis=0).var(ddof=1))
    if within == 0.0:
        return 1.0 if between == 0.0 else float("inf")
    return float(np.sqrt((half - 1) / half + between / within))
