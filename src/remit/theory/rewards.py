"""Distributions of rewards over states: what "almost any goal" is averaged over.

Each state has its own reward, drawn independently. Uniform and discrete rewards and fixed numbers can be averaged over
exactly; every kind can be sampled.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Floats
from remit.theory.rational import GREATEST, SHOWN, RationalMDP, number_at, plain_at, rational_at

_NUMBER = r"[-+]?[\d./]+(?:[eE][-+]?\d+)?"
HINT = "write iid U[0,1], Bernoulli(1/4), normal(0,1), exponential(1), or one of these or a number for each state"
FIXED = 'one value alone is a fixed reward: in a model, write "rewards": {"*": 0.3}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """A reward drawn evenly from [low, high], low < high."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrete:
    """A reward that takes each of finitely many values with a chance; one value is a fixed reward."""

    values: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """A reward with a normal distribution; sampled only."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """A reward with an exponential distribution of a rate; sampled only."""

    rate: float


Reward: TypeAlias = Uniform | Discrete | Normal | Exponential


def fixed(value: Fraction) -> Discrete:
    """Return the reward that is always ``value``."""
    return Discrete(values=((value, Fraction(1)),))


def uniform(low: Fraction = Fraction(0), high: Fraction = Fraction(1)) -> Uniform:
    """Return the uniform reward on [low, high]; raises ``InvalidMDPError`` unless low < high."""
    least, most = plain_at(low, "low"), plain_at(high, "high")
    if not least < most:
        message = f"a uniform reward needs low < high, found `{least}` and `{most}`"
        raise InvalidMDPError(message, hint=FIXED)
    return Uniform(low=least, high=most)


def span_of(reward: Reward) -> tuple[float, float]:
    """Return the lowest and the highest value a reward can take; infinite where there is none."""
    match reward:
        case Uniform(low=low, high=high):
            return float(low), float(high)
        case Discrete(values=values):
            taken = [float(value) for value, _ in values]
            return min(taken), max(taken)
        case Normal():
            return -math.inf, math.inf
        case Exponential():
            return 0.0, math.inf
        case _:
            assert_never(reward)


def at_quantiles(rewards: tuple[Reward, ...], levels: Floats) -> Floats:
    """Return the rewards f64[S, K] that exceed shares ``levels`` (f64[S, K], in (0, 1)) of all those of each state."""
    table = np.empty_like(levels)
    for state, reward in enumerate(rewards):
        match reward:
            case Uniform(low=low, high=high):
                table[state] = float(low) + float(high - low) * levels[state]
            case Discrete():
                table[state] = _level(reward, levels[state])
            case Normal(mean=mean, deviation=deviation):
                from scipy.special import ndtri  # takes its time to load

                table[state] = mean + deviation * ndtri(levels[state])
            case Exponential(rate=rate):
                table[state] = -np.log1p(-levels[state]) / rate
            case _:
                assert_never(reward)
    return table


def sampled(rewards: tuple[Reward, ...], count: int, random: np.random.Generator) -> Floats:
    """Return ``count`` independent rewards of every state, f64[S, count]."""
    table = np.empty((len(rewards), count), np.float64)
    for state, reward in enumerate(rewards):
        match reward:
            case Uniform(low=low, high=high):
                table[state] = float(low) + float(high - low) * random.random(count)
            case Discrete():
                table[state] = _level(reward, random.random(count))
            case Normal(mean=mean, deviation=deviation):
                table[state] = random.normal(mean, deviation, count)
            case Exponential(rate=rate):
                table[state] = random.exponential(1.0 / rate, count)
            case _:
                assert_never(reward)
    return table


def _level(reward: Discrete, shares: Floats) -> Floats:
    """Return the values of a discrete reward at shares of the chance in front of them."""
    chances = np.cumsum([float(chance) for _, chance in reward.values])
    taken = np.array([float(value) for value, _ in reward.values])
    found: Floats = taken[np.minimum(np.searchsorted(chances, shares, side="right"), len(taken) - 1)]
    return found


def rewards_of(mdp: RationalMDP, given: object | None = None) -> tuple[Reward, ...]:
    """Return the reward distribution of each state, from words or a mapping (the model's own when ``given`` is None).

    Words are a distribution for all states, optionally followed by ``; STATE fixed NUMBER``; a mapping gives each state
    a number or words, ``*`` those it does not name. Raises ``InvalidMDPError`` for anything else, and for a state that
    is left out.
    """
    source = rational_at(mdp).rewards if given is None else given
    if isinstance(source, str):
        return _from_words(mdp, source)
    if not isinstance(source, Mapping):
        raise InvalidMDPError("`rewards` is neither words nor one entry per state", hint=HINT)
    unknown = [name for name in source if name not in mdp.states and name != "*"]
    if unknown:
        raise InvalidMDPError(f"`rewards.{str(unknown[0])[:SHOWN]}` is not in `states`", hint=HINT)
    missing = [name for name in mdp.states if name not in source]
    if missing and "*" not in source:
        raise InvalidMDPError(f"`rewards` leaves out state `{missing[0][:SHOWN]}`", hint="add it, or `*` for the rest")
    return tuple(_entry(source.get(name, source.get("*")), f"rewards.{name[:SHOWN]}") for name in mdp.states)


def rewards_at(mdp: RationalMDP, rewards: object) -> tuple[Reward, ...]:
    """Return one distribution for each state as a program hands them over; ``InvalidMDPError`` for anything else."""
    given = tuple(rewards) if isinstance(rewards, Sequence) else ()
    if len(given) != len(mdp.states) or not all(isinstance(reward, Reward) for reward in given):
        message = f"`rewards` is not one distribution for each of `{len(mdp.states)}` states"
        raise InvalidMDPError(message, hint="`rewards_of(mdp, words)` gives them")
    return given


def _from_words(mdp: RationalMDP, words: str) -> tuple[Reward, ...]:
    """Read one distribution for all states, with exceptions after semicolons."""
    first, *exceptions = words.split(";")
    usual = distribution_at(re.sub(r"^iid\s+|\s+on every state$", "", first.strip()), "rewards")
    rewards = dict.fromkeys(mdp.states, usual)
    for exception in exceptions:
        found = re.fullmatch(rf"\s*(.+?)\s+fixed\s+({_NUMBER})\s*", exception)
        if found is None or found[1] not in rewards:
            raise InvalidMDPError(f"`{exception.strip()[:SHOWN]}` in `rewards` is not `STATE fixed NUMBER`")
        rewards[found[1]] = fixed(number_at(found[2], "rewards"))
    return tuple(rewards.values())


def _entry(value: object, where: str) -> Reward:
    """Read the reward of one state: a number, or a distribution in words."""
    if isinstance(value, str) and re.search(r"[a-df-zA-DF-Z]", value):
        return distribution_at(re.sub(r"^iid\s+", "", value.strip()), where)
    return fixed(plain_at(value, where))


def words_of(rewards: Sequence[Reward]) -> str:
    """Return what rewards of states are drawn from, in the words they are written in; the kinds there are, if many."""
    kinds = list(dict.fromkeys(map(word_of, rewards)))
    if len(kinds) == 1:
        return f"iid {kinds[0]}"
    return f"by state: {', '.join(kinds[:3])}{'' if len(kinds) <= 3 else f' and {len(kinds) - 3} more'}"


def word_of(reward: Reward) -> str:
    """Return one distribution in words, which give it again when read; a list of values is only counted."""
    match reward:
        case Uniform(low=low, high=high):
            return f"U[{low},{high}]"
        case Discrete(values=((value, _),)):
            return str(value)
        case Discrete(values=((low, _), (high, chance))) if low == 0 and high == 1:
            return f"Bernoulli({chance})"
        case Discrete(values=values):
            return f"one of {len(values)} values"
        case Normal(mean=mean, deviation=deviation):
            return f"normal({_shortly(mean)},{_shortly(deviation)})"
        case Exponential(rate=rate):
            return f"exponential({_shortly(rate)})"
        case _:
            assert_never(reward)


def _shortly(number: float) -> str:
    """Return a number as it is read again, whole ones without a point."""
    return repr(float(number)).removesuffix(".0")


def distribution_at(words: str, where: str) -> Reward:
    """Return the distribution whose name and numbers are written; raises ``InvalidMDPError`` for none that is known."""
    found = re.fullmatch(rf"([A-Za-z]+)\s*(?:[\[(]\s*({_NUMBER}(?:\s*,\s*{_NUMBER})*)\s*[\])])?", words)
    name = found[1].lower() if found else ""
    numbers = [number_at(part.strip(), where) for part in found[2].split(",")] if found and found[2] else []
    match name, numbers:
        case ("u" | "uniform", []):
            return uniform()
        case ("u" | "uniform", [low, high]):
            return uniform(low, high)
        case ("bernoulli", [chance]) if 0 <= chance <= 1:
            return Discrete(values=((Fraction(0), 1 - chance), (Fraction(1), chance)))
        case ("normal", [mean, deviation]) if deviation * GREATEST >= 1:
            return Normal(mean=float(mean), deviation=float(deviation))
        case ("exponential", [rate]) if rate * GREATEST >= 1:
            return Exponential(rate=float(rate))
        case _:
            raise InvalidMDPError(f"`{words[:SHOWN]}` at `{where}` is not a distribution that is known", hint=HINT)
