"""How answers change with the discount: where the optimal choice for one reward switches, and where two curves cross.

For one reward every visit function is worth a ratio of polynomials in g, so the discounts at which the best one changes
are roots of polynomials; they are isolated exactly (Sturm's theorem) and then narrowed down.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TypeAlias

from remit.errors import ModelError
from remit.theory.asked import listed_at
from remit.theory.exact.polynomial import (
    ONE,
    ZERO,
    Polynomial,
    added,
    derivative,
    divided,
    evaluated,
    multiplied,
    scaled,
    trimmed,
)
from remit.theory.exact.power import nondominated
from remit.theory.exact.visits import VisitFunction, visit_functions
from remit.theory.progress import Progress, unheard
from remit.theory.rational import RationalMDP, plain_at, rational_at

WIDTH = Fraction(1, 2**40)
"""How narrowly a root is enclosed."""
GENERIC = Fraction(355, 1131)
"""A discount at which functions that differ are hardly ever worth the same; whether they are is then made sure of."""

Worth: TypeAlias = tuple[Polynomial, Polynomial]
"""What a visit function is worth: numerator and denominator in g."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """The actions that are optimal for every discount strictly between two roots, each enclosed in an interval."""

    start: tuple[Fraction, Fraction]
    end: tuple[Fraction, Fraction]
    actions: frozenset[str]


def phases(mdp: RationalMDP, state: int, reward: Sequence[Fraction], report: Progress = unheard) -> tuple[Phase, ...]:
    """Return which actions of a state are optimal for one reward per state, for g from 0 to 1.

    Actions that tie all count. Neighbouring phases differ in their actions; ``report`` hears how many pairs of policies
    are compared. Errors as ``visit_functions``; a reward of the wrong length raises ``ModelError``.
    """
    goal = [plain_at(one, "reward") for one in listed_at(reward, "reward", hint="give one number per state")]
    if len(goal) != len(rational_at(mdp).states):
        raise ModelError(f"`{len(goal)}` rewards for `{len(mdp.states)}` states", hint="give one number per state")
    worth = _leading(mdp, state, goal)
    marks = {(ZERO, ZERO), (ONE, ONE)}
    pairs = len(worth) * (len(worth) - 1) // 2
    for done, (one, other) in enumerate(combinations(worth, 2)):
        report("pairs of policies", done, pairs)
        marks |= set(roots(_difference(one, other)))
    found: list[Phase] = []
    for start, end in pairwise(sorted(marks)):
        best = _best(worth, (start[1] + end[0]) / 2)
        if found and found[-1].actions == best:
            found[-1] = Phase(start=found[-1].start, end=end, actions=best)
        else:
            found.append(Phase(start=start, end=end, actions=best))
    return tuple(found)


def crossings(
    difference: Callable[[Fraction], Fraction], *, looks: int = 20, width: Fraction = Fraction(1, 10_000)
) -> list[tuple[Fraction, Fraction]]:
    """Return intervals of g in [0, 1] in which a continuous difference changes its sign, each at most ``width`` wide.

    The difference is looked at ``looks`` + 1 times; two changes between neighbouring looks cancel and are missed. With
    P(s, a, g) less one half as the difference, this says from which horizon on most goals favour an action.
    """
    if looks < 1 or width <= 0:
        raise ModelError(f"at least one look and a positive width are needed, found `{looks}` and `{width}`")
    places = [Fraction(i, looks) for i in range(looks + 1)]
    signs = [(place, _sign(difference(place))) for place in places]
    found: list[tuple[Fraction, Fraction]] = []
    known = [(place, sign) for place, sign in signs if sign]
    for (low, below), (high, above) in pairwise(known):
        if below != above:
            left, right = low, high
            while right - left > width:
                middle = (left + right) / 2
                sign = _sign(difference(middle))
                left, right = (middle, right) if sign == below else (left, middle)
            found.append((left, right))
    return found


def roots(polynomial: Polynomial, *, width: Fraction = WIDTH) -> list[tuple[Fraction, Fraction]]:
    """Return disjoint intervals, at most ``width`` wide, around the roots of a polynomial strictly between 0 and 1.

    A root that is met exactly has an interval of width 0. The zero polynomial has no roots here.
    """
    simple = _squarefree(polynomial)
    if len(simple) < 2:
        return []
    chain = _sturm(simple)
    found: list[tuple[Fraction, Fraction]] = []
    stack = [(ZERO, ONE)]
    while stack:
        low, high = stack.pop()
        count = _changes(chain, low) - _changes(chain, high)  # roots in (low, high]
        if count == 0:
            continue
        if evaluated(simple, high) == 0:
            found += [(high, high)] if high < 1 else []
            count -= 1
            if count == 0:
                continue
        if count == 1 and high - low <= width:
            found.append((low, high))
            continue
        middle = (low + high) / 2
        stack += [(low, middle), (middle, high)]
    return sorted(set(found))


def _leading(mdp: RationalMDP, state: int, reward: Sequence[Fraction]) -> dict[Worth, frozenset[str]]:
    """Return what the functions that may lead are worth, each with every action of a policy that is worth the same.

    A dominated function never leads alone, but where rewards tie it is worth what a leading one is, at every g: an
    action that leads to either of two states that are liked alike is as good as those that lead to one of them.
    """
    groups: dict[Fraction, list[tuple[Worth, frozenset[str]]]] = {}
    for function, actions in visit_functions(mdp, state).items():
        value = _worth(function, reward)
        groups.setdefault(_at(value, GENERIC), []).append((value, actions))
    leaders = {_worth(function, reward) for function in nondominated(mdp, state)}
    found: dict[Worth, frozenset[str]] = {}
    for leader in leaders:
        alike = [actions for value, actions in groups[_at(leader, GENERIC)] if not _difference(leader, value)]
        found[leader] = frozenset[str]().union(*alike)
    return found


def _difference(one: Worth, other: Worth) -> Polynomial:
    """Return a polynomial with the sign of the difference of two worths; without coefficients where they are equal."""
    return added(multiplied(one[0], other[1]), scaled(multiplied(other[0], one[1]), -ONE))


def _at(worth: Worth, discount: Fraction) -> Fraction:
    """Return what a function is worth at one discount."""
    return evaluated(worth[0], discount) / evaluated(worth[1], discount)


def _worth(function: VisitFunction, reward: Sequence[Fraction]) -> Worth:
    """Return numerator and denominator of p(g) . R; the denominator is positive on [0, 1]."""
    total: Polynomial = ()
    for visited, numerator in function.numerators:
        total = added(total, scaled(numerator, reward[visited]))
    return total, function.denominator


def _best(worth: Mapping[Worth, frozenset[str]], at: Fraction) -> frozenset[str]:
    """Return the actions whose functions are worth most at one discount."""
    values = [(_at(value, at), actions) for value, actions in worth.items()]
    best = max(value for value, _ in values)
    return frozenset[str]().union(*(actions for value, actions in values if value == best))


def _squarefree(polynomial: Polynomial) -> Polynomial:
    """Return the polynomial with each of its roots once."""
    slope = derivative(polynomial)
    if not slope:
        return polynomial
    common, rest = polynomial, slope
    while rest:
        common, rest = rest, divided(common, rest)[1]
    return divided(polynomial, common)[0]


def _sturm(polynomial: Polynomial) -> list[Polynomial]:
    """Return Sturm's chain of a polynomial without repeated roots."""
    chain = [polynomial, derivative(polynomial)]
    while len(chain[-1]) > 1:
        rest = divided(chain[-2], chain[-1])[1]
        if not rest:
            break
        chain.append(trimmed([-coefficient for coefficient in rest]))
    return chain


def _changes(chain: Sequence[Polynomial], at: Fraction) -> int:
    """Return how often the signs along a chain change at a point."""
    signs = [sign for sign in (_sign(evaluated(polynomial, at)) for polynomial in chain) if sign]
    return sum(one != other for one, other in pairwise(signs))


def _sign(value: Fraction) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)
