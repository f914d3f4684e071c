"""Goals whose rewards of states depend on each other: drawn as wholes, and sampled only.

Rewards drawn for each state by itself are one idea of "almost any goal". Others are goals that like states for what
they have in common (linear in features), that like all of them more or less (correlated), or that somebody wrote down.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Floats
from remit.theory.asked import real_at, table_at
from remit.theory.rational import SHOWN, RationalMDP, number_at, rational_at
from remit.theory.rewards import Reward, at_quantiles, distribution_at, rewards_of, sampled, span_of, uniform, word_of

__all__ = [
    "Correlated",
    "Goals",
    "Linear",
    "Listed",
    "Together",
    "draw",
    "goals_of",
    "span",
    "together_at",
    "whole_words",
]

EDGE = 2.0**-53
"""How near to 0 and 1 a share may come: a normal reward has no highest value."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlated:
    """Every state has the same distribution, ``reward``; each two of them share ``common`` in [0, 1].

    Rewards are the quantiles of normal numbers of which each two have the correlation ``common`` (a Gaussian copula,
    Li 2000): 0 draws them independently, 1 gives one number to all. U[0, 1] rewards correlate by 6/pi asin(common / 2).
    """

    reward: Reward
    common: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """r(s) = sum over features of ``features`` f64[S, F] times a weight, drawn for each feature from ``weights``.

    Source: Abbeel and Ng 2004, section 2.
    """

    features: Floats
    weights: Reward


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed:
    """One of the goals of a list f64[S, N], each as probably as any other, or as its weight f64[N] is of their sum."""

    goals: Floats
    weights: Floats | None = None


Together: TypeAlias = Correlated | Linear | Listed
Goals: TypeAlias = Sequence[Reward] | Together


_CORRELATED = re.compile(r"correlated\s*\(([^()]*)\)\s*(.*)", re.IGNORECASE)
_WHOLE = re.compile(r"(correlated|linear|listed)\b", re.IGNORECASE)


def whole_words(goals: Together) -> str:
    """Return what goals drawn as wholes are drawn from, in words."""
    match goals:
        case Correlated(reward=reward, common=common):
            return f"correlated({common:g}) {word_of(reward)}"
        case Linear(features=features, weights=weights):
            return f"linear in {features.shape[1]} features, {word_of(weights)}"
        case Listed(goals=listed):
            return f"listed, {listed.shape[1]} goals"
        case _:
            assert_never(goals)


def goals_of(mdp: RationalMDP, given: object | None = None) -> Goals:
    """Return what goals are drawn from: goals drawn as wholes, or what ``rewards_of`` reads.

    Words are ``correlated(COMMON) DISTRIBUTION``, uniform where none is named, or those of ``rewards_of``. Raises
    ``InvalidMDPError`` for anything else, tables among it: a model does not make anybody read another file.
    """
    source = rational_at(mdp).rewards if given is None else given
    if isinstance(source, Together):
        return together_at(len(mdp.states), source)
    if not isinstance(source, str) or _WHOLE.match(source.strip()) is None:
        return rewards_of(mdp, given)
    found = _CORRELATED.fullmatch(source.strip())
    if found is None:
        message = f"`{source[:SHOWN]}` at `rewards` is not how goals are drawn as wholes"
        hint = "write correlated(1/2) U[0,1]; on the command line also linear(FILE) normal(0,1) or listed(FILE)"
        raise InvalidMDPError(message, hint=hint)
    common = number_at(found[1].strip(), "correlated")
    if not 0 <= common <= 1:
        message = f"`{found[1].strip()[:SHOWN]}` is not what two states may have in common"
        raise InvalidMDPError(message, hint="give a number from 0, nothing, to 1, everything")
    return Correlated(reward=distribution_at(found[2], "rewards") if found[2] else uniform(), common=float(common))


def together_at(states: int, goals: Together) -> Together:
    """Return goals of so many states if they are; raises ``ModelError`` where kinds, shapes or numbers are wrong."""
    match goals:
        case Correlated(reward=reward, common=common):
            return Correlated(reward=_reward_at(reward), common=real_at(common, "common", low=0.0, high=1.0))
        case Linear(features=features, weights=weights):
            return Linear(features=table_at(features, "features", (states, None)), weights=_reward_at(weights))
        case Listed(goals=listed, weights=weights):
            table = table_at(listed, "goals", (states, None))
            return Listed(goals=table, weights=None if weights is None else _weights_at(weights, table.shape[1]))


def _reward_at(reward: object) -> Reward:
    """Return a distribution; raises ``InvalidMDPError`` for anything else."""
    if not isinstance(reward, Reward):
        message = f"a distribution of rewards is wanted, found `{type(reward).__name__}`"
        raise InvalidMDPError(message, hint="`uniform()` is one")
    return reward


def _weights_at(given: object, count: int) -> Floats:
    """Return a weight for each goal; raises ``ModelError`` for anything else, and where none is above 0."""
    weights = table_at(given, "weights", (count,))
    with np.errstate(over="ignore"):
        total = float(weights.sum())
    if weights.min() < 0.0 or not 0.0 < total < np.inf:
        message = f"weights of goals from `{weights.min():g}` on, with the sum `{total:g}`, are no chances"
        raise InvalidMDPError(message, hint="give each goal a weight from 0 on, and one of them more")
    return weights


def draw(goals: Goals, states: int, count: int, random: np.random.Generator) -> Floats:
    """Return so many goals, f64[S, count]: independent of each other, whatever their rewards are."""
    match goals:
        case Correlated(reward=reward, common=common):
            from scipy.special import ndtr  # takes its time to load

            shared = np.sqrt(common) * random.standard_normal(count)
            own = np.sqrt(1.0 - common) * random.standard_normal((states, count))
            return at_quantiles((reward,) * states, np.clip(ndtr(shared + own), EDGE, 1.0 - EDGE))
        case Linear(features=features, weights=weights):
            table: Floats = features @ sampled((weights,) * features.shape[1], count, random)
            return table
        case Listed(goals=listed, weights=weights):
            many = listed.shape[1]
            drawn = (
                random.integers(many, size=count)
                if weights is None
                else random.choice(many, size=count, p=weights / weights.sum())
            )
            return np.ascontiguousarray(listed[:, drawn])
        case _:
            return sampled(tuple(goals), count, random)


def span(goals: Goals) -> tuple[float, float]:
    """Return the lowest and the highest reward there can be; infinite where there is none."""
    match goals:
        case Correlated(reward=reward):
            return span_of(reward)
        case Linear(features=features, weights=weights):
            low, high = span_of(weights)
            with np.errstate(invalid="ignore"):
                ends = np.stack([low * features, high * features])
            ends = np.where(features == 0.0, 0.0, ends)  # nothing times anything
            return float(ends.min(axis=0).sum(axis=1).min()), float(ends.max(axis=0).sum(axis=1).max())
        case Listed(goals=listed):
            return float(listed.min()), float(listed.max())
        case _:
            spans = [span_of(reward) for reward in goals]
            return min(low for low, _ in spans), max(high for _, high in spans)
