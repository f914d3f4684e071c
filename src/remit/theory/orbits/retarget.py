"""Ways to choose that care only about expected utility, and how the orbit of a utility votes under each.

Turner & Tadepalli 2022 ("Parametrically retargetable decision-makers tend to seek power"): where a set of outcomes B
holds n copies of a set A, every rule here prefers B on at least n times as many permutations of any utility as it
prefers A (theorem A.13). A rule gives the probability that the outcome chosen lies in a set.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, TypeVar

from remit.errors import ModelError
from remit.theory.asked import listed_at, real_at, state_at, whole_at
from remit.theory.estimate import Estimate, exact
from remit.theory.rational import plain_at

Number: TypeAlias = Fraction | float
_Number = TypeVar("_Number", Fraction, float, Fraction | float)
Rule: TypeAlias = Callable[[Sequence[Number]], Sequence[Number]]
"""From the utility of each outcome to the probability that it is chosen."""

PERMUTATIONS = 400_000
"""Largest orbit that is gone through one by one."""
SAME = 1e-12
"""Chances in floating point that differ by no more are taken to be equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """How many members of an orbit prefer the larger set, how many the smaller, and how many neither."""

    orbit: int
    larger: int
    smaller: int
    tie: int

    @property
    def share_larger(self) -> Estimate:
        """Return the share of the orbit that weakly prefers the larger set, as an exact estimate."""
        return exact((self.larger + self.tie) / self.orbit)


def maximise(utilities: Sequence[Number]) -> list[Fraction]:
    """Choose evenly among the best outcomes."""
    return _evenly([utility == max(utilities) for utility in utilities])


def minimise(utilities: Sequence[Number]) -> list[Fraction]:
    """Choose evenly among the worst outcomes."""
    return _evenly([utility == min(utilities) for utility in utilities])


def at_random(utilities: Sequence[Number]) -> list[Fraction]:
    """Choose evenly among all outcomes, whatever they are worth."""
    return _evenly([True] * len(utilities))


def satisfice(threshold: Number) -> Rule:
    """Return the rule that chooses evenly among outcomes worth at least a threshold; among all where there are none."""
    real_at(threshold, "threshold")

    def rule(utilities: Sequence[Number]) -> list[Fraction]:
        enough = [utility >= threshold for utility in utilities]
        return _evenly(enough if any(enough) else [True] * len(utilities))

    return rule


def best_of(draws: int) -> Rule:
    """Return the rule that draws outcomes evenly, with replacement, and takes the best drawn (ties evenly)."""
    whole_at(draws, "draws", least=1)

    def rule(utilities: Sequence[Number]) -> list[Fraction]:
        count = len(utilities)
        result = []
        for utility in utilities:
            below = sum(other < utility for other in utilities)
            level = sum(other == utility for other in utilities)
            mass = Fraction(below + level, count) ** draws - Fraction(below, count) ** draws
            result.append(mass / level)
        return result

    return rule


def quantilise(share: Fraction) -> Rule:
    """Return the rule that chooses evenly from the best ``share`` of outcomes, in (0, 1] (Taylor 2016).

    Outcomes that tie at the edge of the share have equal parts of what is left of it.
    """
    share = plain_at(share, "share")
    if not 0 < share <= 1:
        raise ModelError(f"a quantile lies in (0, 1], found `{share}`", hint="write Fraction(1, 10)")

    def rule(utilities: Sequence[Number]) -> list[Fraction]:
        count = len(utilities)
        result = []
        for utility in utilities:
            above = Fraction(sum(other > utility for other in utilities), count)
            level = sum(other == utility for other in utilities)
            room = min(max(share - above, Fraction(0)), Fraction(level, count))
            result.append(room / share / level)
        return result

    return rule


def boltzmann(temperature: float) -> Rule:
    """Return the rule that chooses with chance proportional to exp(utility / temperature)."""
    if not real_at(temperature, "temperature") > 0.0:
        raise ModelError(f"a temperature is positive, found `{temperature}`", hint="write 0.5")

    def rule(utilities: Sequence[Number]) -> list[float]:
        top = max(float(utility) for utility in utilities)
        weights = [math.exp((float(utility) - top) / temperature) for utility in utilities]
        total = math.fsum(weights)
        return [weight / total for weight in weights]

    return rule


def orbit_vote(rule: Rule, utilities: Sequence[Number], *, smaller: Sequence[int], larger: Sequence[int]) -> Vote:
    """Return the vote of every distinct permutation of the utilities between two disjoint sets of outcomes.

    Raises ``ModelError`` for sets that overlap and orbits of more than 400,000.
    """
    if not callable(rule):
        raise ModelError("a rule turns utilities into chances", hint="`theory.maximise` is one")
    for utility in listed_at(utilities, "utilities", hint="give one number per outcome"):
        real_at(utility, "utilities")
    for named, outcomes in (("smaller", smaller), ("larger", larger)):
        for outcome in listed_at(outcomes, named, hint="give a list of outcomes, counted from 0"):
            state_at(outcome, len(utilities))
    if set(smaller) & set(larger) or not smaller or not larger:
        raise ModelError("the sets of outcomes compared must be disjoint and not empty", hint="give [0] and [1, 2]")
    counts = [0, 0, 0]
    for member in orbit_of(utilities):
        chosen = rule(member)
        difference = sum(chosen[i] for i in larger) - sum(chosen[i] for i in smaller)
        counts[0 if difference > SAME else 1 if difference < -SAME else 2] += 1
    return Vote(orbit=sum(counts), larger=counts[0], smaller=counts[1], tie=counts[2])


def orbit_of(utilities: Sequence[_Number]) -> Iterator[tuple[_Number, ...]]:
    """Return every distinct permutation of some numbers once, in order; ``ModelError`` for more than 400,000 of them.

    Each is the next one in lexicographic order (Narayana Pandita), so that repeats are never met.
    """
    repeats = math.prod(math.factorial(count) for count in Counter(utilities).values())
    if math.factorial(len(utilities)) > PERMUTATIONS * repeats:
        raise ModelError(f"the orbit of `{len(utilities)}` numbers is too large to go through", hint="sample it")
    return _arranged(sorted(utilities))


def _arranged(line: list[_Number]) -> Iterator[tuple[_Number, ...]]:
    """Yield a rising line of numbers and every later arrangement of it."""
    while True:
        yield tuple(line)
        place = next((i for i in reversed(range(len(line) - 1)) if line[i] < line[i + 1]), None)
        if place is None:
            return
        other = next(i for i in reversed(range(len(line))) if line[place] < line[i])
        line[place], line[other] = line[other], line[place]
        line[place + 1 :] = line[:place:-1]


def _evenly(chosen: Sequence[bool]) -> list[Fraction]:
    """Return equal chances for what is chosen."""
    count = sum(chosen)
    return [Fraction(int(one), count) for one in chosen]
