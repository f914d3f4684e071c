"""The mean of the largest of several payoffs, and how likely each is to be the largest, exactly.

A payoff is a weighted sum of independent numbers drawn evenly from [0, 1], plus a constant. Payoffs that share no
number are independent, so their distribution functions are multiplied (``laws``); where that does not take the problem
apart, the cells of the unit cube in which each payoff leads are measured (``polytope``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Self

from remit.errors import ModelError, StateBudgetError
from remit.theory.exact.hull import Point, corners
from remit.theory.exact.laws import Law, chance_largest, largest, plus_uniform, point_mass
from remit.theory.exact.polynomial import ONE, ZERO, interpolated
from remit.theory.exact.polytope import HalfSpace, Polytope

ENTANGLED = 3
"""Payoffs over more shared numbers than this are measured as cells, not turned into a distribution function."""
CELLS = 40_000
"""Most cells times corners of the cube that are measured; this many take about a minute."""
HASTY = 12
"""How many linear programs weed out payoffs that never lead where fewer cells are allowed: those only cost time."""


@dataclass(frozen=True, slots=True)
class Payoff:
    """A weighted sum of numbers u_k, drawn evenly from [0, 1], plus a constant; no weight is zero."""

    weights: tuple[tuple[int, Fraction], ...]
    constant: Fraction

    @classmethod
    def of(cls, weights: Iterable[tuple[int, Fraction]], constant: Fraction) -> Self:
        """Return the payoff with these weights, in order and without zeros."""
        return cls(tuple(sorted((k, weight) for k, weight in weights if weight)), constant)

    def without(self, gone: Iterable[int]) -> "Payoff":
        """Return the payoff less its share of some numbers."""
        left_out = set(gone)
        return Payoff(tuple((k, weight) for k, weight in self.weights if k not in left_out), self.constant)

    def point(self, variables: Sequence[int]) -> Point:
        """Return the weights of some numbers as a vector."""
        own = dict(self.weights)
        return tuple(own.get(k, ZERO) for k in variables)


def mean_largest(payoffs: Iterable[Payoff], *, cells: int = CELLS) -> Fraction:
    """Return the mean of the largest of some payoffs.

    Raises ``StateBudgetError`` where more than ``cells`` cells times corners of the cube would have to be measured.
    """
    leading = leaders(payoffs, cells=cells)
    try:
        return law_of_largest(leading).mean()
    except _EntangledError:
        pass
    common, leading = _without_common(leading)
    variables = _variables(leading)
    check_size(len(leading), variables, cells)
    found = [cell(payoff, leading, variables).moments(payoff.point(variables), payoff.constant) for payoff in leading]
    if sum(size for size, _ in found) != 1:
        raise ModelError("the cells of optimality do not fill the cube: please report this model")
    return sum((mass for _, mass in found), sum((weight for _, weight in common), ZERO) / 2)


def chances_largest(payoffs: Sequence[Payoff], *, cells: int = CELLS) -> list[Fraction]:
    """Return the probability of each of some distinct payoffs that it is the largest; they sum to one."""
    leading = set(leaders(payoffs, cells=cells))
    _, reduced = _without_common([payoff for payoff in payoffs if payoff in leading])
    groups = components(reduced)
    if all(len(group) == 1 for group in groups):
        laws = [law_of_largest(group) for group in groups]
        chances = [chance_largest(law, laws[:i] + laws[i + 1 :]) for i, law in enumerate(laws)]
        known = {group[0]: chance for group, chance in zip(groups, chances, strict=True)}
        found = [known[payoff] for payoff in reduced]
    else:
        variables = _variables(reduced)
        check_size(len(reduced), variables, cells)
        found = [cell(payoff, reduced, variables).moments((ZERO,) * len(variables), ONE)[0] for payoff in reduced]
    line = iter(found)
    result = [next(line) if payoff in leading else ZERO for payoff in payoffs]
    if sum(result) != 1:
        raise ModelError("the chances of being best do not sum to one: please report this model")
    return result


def chances_of_groups(groups: Sequence[Sequence[Payoff]], *, cells: int = CELLS) -> list[Fraction]:
    """Return the probability of each group of payoffs that it holds the largest; no payoff is in two groups."""
    owners = {payoff: number for number, group in enumerate(groups) for payoff in group}
    leading = leaders(owners, cells=cells)
    _, reduced = _without_common(leading)
    owner = {payoff: owners[whole] for whole, payoff in zip(leading, reduced, strict=True)}
    total = [ZERO] * len(groups)
    parts = components(reduced)
    if all(len({owner[payoff] for payoff in part}) == 1 for part in parts):
        try:
            laws = [law_of_largest(part) for part in parts]
        except _EntangledError:
            pass
        else:
            for i, part in enumerate(parts):
                total[owner[part[0]]] += chance_largest(laws[i], laws[:i] + laws[i + 1 :])
            return total
    for payoff, chance in zip(reduced, chances_largest(reduced, cells=cells), strict=True):
        total[owner[payoff]] += chance
    return total


def leaders(payoffs: Iterable[Payoff], *, cells: int = CELLS) -> list[Payoff]:
    """Return the payoffs that are alone the largest somewhere, each once; in haste perhaps others too."""
    distinct = list(dict.fromkeys(payoffs))
    variables = _variables(distinct)
    if not variables:
        return [max(distinct, key=lambda payoff: payoff.constant)]
    best: dict[tuple[tuple[int, Fraction], ...], Payoff] = {}
    for payoff in distinct:
        known = best.get(payoff.weights)
        if known is None or payoff.constant > known.constant:
            best[payoff.weights] = payoff
    kept = [payoff for payoff in distinct if best[payoff.weights] is payoff]
    points = [(*payoff.point(variables), payoff.constant) for payoff in kept]
    return [kept[i] for i in corners(points, programs=None if cells >= CELLS else HASTY)]


def law_of_largest(payoffs: Sequence[Payoff]) -> Law:
    """Return the distribution function of the largest payoff, where independence takes it apart."""
    common, rest = _without_common(payoffs)
    rest = list(dict.fromkeys(rest))
    groups = components(rest)
    if len(groups) > 1:
        law = largest([law_of_largest(group) for group in groups])
    elif len(rest) == 1:
        law = point_mass(rest[0].constant)
    else:
        law = _law_by_volumes(rest)
    for _, weight in common:
        law = plus_uniform(law, weight)
    return law


def components(payoffs: Sequence[Payoff]) -> list[list[Payoff]]:
    """Return the payoffs in groups that share no number, so that the groups are independent."""
    groups: list[tuple[set[int], list[Payoff]]] = []
    for payoff in payoffs:
        numbers, members = {k for k, _ in payoff.weights}, [payoff]
        apart = []
        for group in groups:
            if group[0] & numbers:
                numbers |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (numbers, members)]
    return [members for _, members in groups]


def cell(payoff: Payoff, rivals: Iterable[Payoff], variables: Sequence[int]) -> Polytope:
    """Return the part of the unit cube over ``variables`` in which a payoff is at least as large as all rivals."""
    others = [rival for rival in rivals if rival != payoff]
    return Polytope.inside_cube(len(variables), [ahead(payoff, rival, variables) for rival in others])


def ahead(payoff: Payoff, rival: Payoff, variables: Sequence[int]) -> HalfSpace:
    """Return where a payoff is at least as large as a rival."""
    pairs = zip(payoff.point(variables), rival.point(variables), strict=True)
    return HalfSpace(weights=tuple(a - b for a, b in pairs), constant=payoff.constant - rival.constant)


def check_size(count: int, variables: Sequence[int], cells: int) -> None:
    """Refuse what would take too long to measure."""
    if count << len(variables) > cells:
        message = f"`{count}` best policies over `{len(variables)}` rewards are too many for an exact volume"
        raise StateBudgetError(message, hint="ask for an estimate with --samples instead of --exact")


class _EntangledError(Exception):
    """The payoffs share numbers in a way that independence does not take apart."""


def _law_by_volumes(payoffs: Sequence[Payoff]) -> Law:
    """Return the distribution function of the largest of a few entangled payoffs, by volumes between its breaks."""
    variables = _variables(payoffs)
    if len(variables) > ENTANGLED:
        raise _EntangledError
    low = min(payoff.constant + sum(min(weight, ZERO) for _, weight in payoff.weights) for payoff in payoffs)
    high = max(payoff.constant + sum(max(weight, ZERO) for _, weight in payoff.weights) for payoff in payoffs)
    span = high - low
    lifted = [
        HalfSpace(weights=(*(-w for w in payoff.point(variables)), span), constant=low - payoff.constant)
        for payoff in payoffs
    ]
    body = Polytope.inside_cube(len(variables) + 1, lifted)
    breaks = sorted({low + span * point[-1] for point in body.points})
    pieces = []
    for start, end in pairwise(breaks):
        steps = len(variables) + 1
        places = [start + (end - start) * Fraction(i + 1, steps + 1) for i in range(steps)]
        pieces.append(interpolated([(at, _volume_below(payoffs, variables, at)) for at in places]))
    return Law(breaks=tuple(breaks), pieces=tuple(pieces))


def _volume_below(payoffs: Sequence[Payoff], variables: Sequence[int], level: Fraction) -> Fraction:
    """Return the probability that no payoff exceeds a level."""
    cuts = [
        HalfSpace(weights=tuple(-w for w in payoff.point(variables)), constant=level - payoff.constant)
        for payoff in payoffs
    ]
    return Polytope.inside_cube(len(variables), cuts).moments((ZERO,) * len(variables), ONE)[0]


def _variables(payoffs: Iterable[Payoff]) -> list[int]:
    """Return the numbers that some payoff depends on, in order."""
    return sorted({k for payoff in payoffs for k, _ in payoff.weights})


def _without_common(payoffs: Sequence[Payoff]) -> tuple[list[tuple[int, Fraction]], list[Payoff]]:
    """Return what all payoffs have in common, and what is left of each."""
    shared = set(payoffs[0].weights).intersection(*(payoff.weights for payoff in payoffs[1:]))
    return sorted(shared), [payoff.without(k for k, _ in shared) for payoff in payoffs]
