"""Caring about how long one lives: timestep dominance, and how neutral and useful an agent is over lengths.

Sources: Thornley 2024 (preferences only between same-length trajectories, POST; timestep dominance) and Thornley et al.
2024 (DREST: NEUTRALITY, USEFULNESS).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.errors import ModelError
from remit.theory.asked import kind_at, mapping_at, real_at

SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Lottery:
    """For each length a trajectory may have: how likely it is, and the expected utility given that length."""

    chances: Mapping[int, float]
    utilities: Mapping[int, float]

    def __post_init__(self) -> None:
        """Refuse chances that are no distribution, and lengths whose utility is not said."""
        for named, mapping in (("chances", self.chances), ("utilities", self.utilities)):
            mapping_at(mapping, named, hint="give a mapping of lengths to numbers")
        neutrality(list(self.chances.values()))  # refuses what is no distribution
        missing = [length for length, chance in self.chances.items() if chance > 0.0 and length not in self.utilities]
        if missing:
            raise ModelError(f"length `{missing[0]}` is possible but has no utility", hint="add it to `utilities`")
        for utility in self.utilities.values():
            real_at(utility, "utilities")

    @property
    def possible(self) -> frozenset[int]:
        """Return the lengths that have a chance."""
        return frozenset(length for length, chance in self.chances.items() if chance > 0.0)

    @property
    def expected_utility(self) -> float:
        """Return the utility an ordinary expected-utility maximiser goes by."""
        return math.fsum(self.chances[length] * self.utilities[length] for length in self.possible)


def timestep_dominates(first: Lottery, second: Lottery) -> bool:
    """Return whether one lottery is at least as good given each length both allow, and better given some.

    How likely each length is plays no part: that is the point. Nothing dominates where no length is shared.
    """
    for one in (first, second):
        kind_at(one, Lottery, "a lottery over lengths", hint="theory.Lottery(chances={1: 1.0}, utilities={1: 2.0})")
    shared = first.possible & second.possible
    at_least = all(first.utilities[length] >= second.utilities[length] for length in shared)
    return at_least and any(first.utilities[length] > second.utilities[length] for length in shared)


def neutrality(chances: Sequence[float]) -> float:
    """Return the entropy in bits of the lengths an agent chooses; raises ``ModelError`` for no distribution."""
    known = [real_at(chance, "chances", low=0.0) for chance in chances]
    if abs(sum(known) - 1.0) > SLACK:
        raise ModelError("the chances of the lengths are no distribution", hint="let them sum to 1")
    return max(0.0, -math.fsum(chance * math.log2(chance) for chance in chances if chance > 0.0))


def usefulness(chances: Sequence[float], collected: Sequence[float], most: Sequence[float]) -> float:
    """Return the sum over lengths of chance times what was collected as a share of the most that could be."""
    finite = all(map(math.isfinite, (*collected, *most)))
    if not len(chances) == len(collected) == len(most) or not finite or not all(top > 0.0 for top in most):
        raise ModelError("usefulness needs one chance, one collected and one positive largest amount per length")
    neutrality(chances)  # refuses what is no distribution
    if any(got > top * (1.0 + SLACK) for got, top in zip(collected, most, strict=True)):
        raise ModelError("more was collected than the most that could be", hint="give the largest amount per length")
    return math.fsum(chance * got / top for chance, got, top in zip(chances, collected, most, strict=True))
