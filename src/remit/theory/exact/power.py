"""POWER and optimality probability in rational arithmetic, on small models.

POWER(s, g) = (1-g)/g E[V*(s) - R(s)] with V* not normalised (Turner et al. 2021, definition 5.2) is the mean over
rewards of the best p . R over the visit functions p of ``visits``; discounts 0 and 1 are limits, and p is continuous
there. P(s, a, g) is the probability that some optimal policy takes a at s (definition 4.1); at g = 1 it is the limit
(Blackwell), or, when asked, the probability that some policy that is optimal on average takes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from remit.errors import InvalidMDPError, StateBudgetError
from remit.theory.asked import whole_at
from remit.theory.exact.hull import corners
from remit.theory.exact.payoffs import CELLS, Payoff, ahead, chances_of_groups, check_size, leaders, mean_largest
from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.exact.polytope import Polytope
from remit.theory.exact.visits import POLICIES, VisitFunction, visit_functions
from remit.theory.rational import RationalMDP, discount_at, rational_at
from remit.theory.rewards import Discrete, Reward, Uniform, rewards_at

OUTCOMES = 70_000
"""Most combinations of discrete rewards that are gone through one by one."""

Labelled = Mapping[VisitFunction, frozenset[str]]


def exact_power(
    mdp: RationalMDP,
    state: int,
    discount: Fraction,
    rewards: Sequence[Reward],
    *,
    policies: int = POLICIES,
    cells: int = CELLS,
) -> Fraction:
    """Return POWER of a state at a discount in [0, 1].

    Raises ``InvalidMDPError`` for a discount or rewards that are not exact, ``StateBudgetError`` where the model has
    more than ``policies`` policies, or too many cells of optimality to measure (``cells``, see ``mean_largest``).
    """
    discount = _checked(mdp, discount, rewards, cells)
    distributions = [function.at(discount) for function in visit_functions(mdp, state, policies=policies)]
    relevant = {visited for shares in distributions for visited in shares}
    total = ZERO
    for chance, drawn in outcomes(rewards, relevant):
        total += chance * mean_largest((payoff_of(shares, drawn) for shares in distributions), cells=cells)
    return total


def exact_probability(
    mdp: RationalMDP,
    state: int,
    discount: Fraction,
    rewards: Sequence[Reward],
    *,
    average: bool = False,
    policies: int = POLICIES,
    cells: int = CELLS,
) -> dict[str, Fraction]:
    """Return for each action of a state the probability that an optimal policy takes it, errors as ``exact_power``.

    At discounts 0 and 1 these are limits; with ``average`` (discount 1 only) a policy counts as optimal when its
    average reward is, so more actions may count at once. Where actions tie, their probabilities sum to more than one.
    """
    discount = _checked(mdp, discount, rewards, cells)
    if average and discount != 1:
        raise InvalidMDPError(f"average-optimal means discount 1, found `{discount}`", hint="drop --average")
    functions = visit_functions(mdp, state, policies=policies)
    length = 1 if average or discount not in (0, 1) else 2 * max(function.order for function in functions)
    levels = {function: _levels(function, discount, length) for function in functions}
    relevant = {visited for lines in levels.values() for shares in lines for visited in shares}
    total = dict.fromkeys(mdp.actions_at(state), ZERO)
    for chance, drawn in outcomes(rewards, relevant):
        ranked: dict[tuple[Payoff, ...], frozenset[str]] = {}
        for function, actions in functions.items():
            key = tuple(payoff_of(shares, drawn) for shares in levels[function])
            ranked[key] = ranked.get(key, frozenset()) | actions
        for actions, share in _shares(ranked, cells):
            for action in actions:
                total[action] += chance * share
    return total


def nondominated(mdp: RationalMDP, state: int, *, policies: int = POLICIES) -> dict[VisitFunction, frozenset[str]]:
    """Return F_nd(s): the visit functions that are strictly optimal for some reward at some discount in (0, 1).

    Such a function is a corner of the convex hull of all of them at every discount in between, 1/2 included: an optimal
    policy set at one discount is one, for another reward, at any other (Turner et al. 2021, appendix E).
    """
    functions = visit_functions(mdp, state, policies=policies)
    shares = [function.at(Fraction(1, 2)) for function in functions]
    kept = corners([_vector(line, len(mdp.states)) for line in shares])
    listed = list(functions)
    return {listed[i]: functions[listed[i]] for i in kept}


def recurrent_distributions(
    mdp: RationalMDP, state: int, *, corners_only: bool = False, policies: int = POLICIES
) -> list[dict[int, Fraction]]:
    """Return RSD(s), the limits of visit distributions at discount 1, each once; or only the corners of their hull."""
    functions = visit_functions(mdp, state, policies=policies)
    distinct = list(dict.fromkeys(tuple(sorted(function.at(ONE).items())) for function in functions))
    if corners_only:
        distinct = [distinct[i] for i in corners([_vector(dict(line), len(mdp.states)) for line in distinct])]
    return [dict(line) for line in distinct]


def payoff_of(shares: Mapping[int, Fraction], drawn: Sequence[Uniform | Fraction]) -> Payoff:
    """Return a weighted sum of rewards, each uniform or known, as a payoff over numbers drawn from [0, 1]."""
    constant, weights = ZERO, []
    for state, share in shares.items():
        reward = drawn[state]
        if isinstance(reward, Uniform):
            constant += share * reward.low
            weights.append((state, share * (reward.high - reward.low)))
        else:
            constant += share * reward
    return Payoff.of(weights, constant)


def outcomes(rewards: Sequence[Reward], relevant: set[int]) -> Iterator[tuple[Fraction, list[Uniform | Fraction]]]:
    """Yield each combination of the discrete rewards of the states that matter, with its probability."""
    lines: list[list[tuple[Uniform | Fraction, Fraction]]] = []
    for state, reward in enumerate(rewards):
        if isinstance(reward, Discrete):
            lines.append(list(reward.values) if state in relevant else [(reward.values[0][0], ONE)])
        elif isinstance(reward, Uniform):
            lines.append([(reward, ONE)])
    count = prod(len(line) for line in lines)
    if count > OUTCOMES:
        message = f"`{count}` combinations of discrete rewards are more than the `{OUTCOMES}` gone through"
        raise StateBudgetError(message, hint="ask for an estimate with --samples instead of --exact")
    everything = prod((sum((c for _, c in line), ZERO) for line in lines), start=ONE)
    for combination in product(*lines):
        yield prod((c for _, c in combination), start=ONE) / everything, [value for value, _ in combination]


def _shares(ranked: Mapping[tuple[Payoff, ...], frozenset[str]], cells: int) -> list[tuple[frozenset[str], Fraction]]:
    """Return how likely each set of actions is to be the optimal one, comparing level by level."""
    groups: dict[Payoff, dict[tuple[Payoff, ...], frozenset[str]]] = {}
    for key, actions in ranked.items():
        groups.setdefault(key[0], {})[key] = actions
    kept = leaders(groups, cells=cells)
    if all(len(set(groups[payoff].values())) == 1 for payoff in kept):
        by_actions: dict[frozenset[str], list[Payoff]] = {}
        for payoff in kept:
            by_actions.setdefault(next(iter(groups[payoff].values())), []).append(payoff)
        return list(zip(by_actions, chances_of_groups(list(by_actions.values()), cells=cells), strict=True))
    variables = sorted({k for key in ranked for payoff in key for k, _ in payoff.weights})
    check_size(len(ranked), variables, cells)
    return list(_nested(ranked, variables, Polytope.inside_cube(len(variables), []), 0))


def _nested(
    ranked: Mapping[tuple[Payoff, ...], frozenset[str]], variables: Sequence[int], body: Polytope, level: int
) -> Iterator[tuple[frozenset[str], Fraction]]:
    """Yield the sets of actions that are optimal in parts of a polytope, with the volumes of those parts."""
    if len(set(ranked.values())) == 1 or all(len(key) == level for key in ranked):
        actions = frozenset[str]().union(*ranked.values())
        yield actions, body.moments((ZERO,) * len(variables), ONE)[0]
        return
    groups: dict[Payoff, dict[tuple[Payoff, ...], frozenset[str]]] = {}
    for key, actions in ranked.items():
        groups.setdefault(key[level], {})[key] = actions
    for payoff, members in groups.items():
        part = body.copy()
        for rival in groups:
            if rival != payoff and part.rays:
                part.cut(ahead(payoff, rival, variables))
        if part.rays:
            yield from _nested(members, variables, part, level + 1)


def _levels(function: VisitFunction, discount: Fraction, length: int) -> list[dict[int, Fraction]]:
    """Return what is compared first, second and so on: the shares alone, or at the ends their series.

    Functions with numerators and denominators of degree below n agree as soon as 2n coefficients do.
    """
    return [function.at(discount)] if length == 1 else function.series(discount, length)


def _vector(shares: Mapping[int, Fraction], size: int) -> tuple[Fraction, ...]:
    """Return shares of states as a vector over all states."""
    return tuple(shares.get(state, ZERO) for state in range(size))


def _checked(mdp: RationalMDP, discount: Fraction, rewards: Sequence[Reward], cells: int) -> Fraction:
    """Return the discount, refusing what rational arithmetic cannot answer."""
    exactly = discount_at(discount)
    whole_at(cells, "cells", least=0)
    if not all(isinstance(reward, Uniform | Discrete) for reward in rewards_at(rational_at(mdp), rewards)):
        raise InvalidMDPError("only uniform, discrete and fixed rewards have exact answers", hint="use --samples")
    if not mdp.sums_exactly:
        raise InvalidMDPError(
            "a row sums to 1 only after rounding", hint="write its probabilities as 1/3, or use --samples"
        )
    return exactly
