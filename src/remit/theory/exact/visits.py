"""Where a policy spends its time, as an exact function of the discount.

For a deterministic stationary policy and a start state s, ``p(g) = (1-g) (T e_s + g T^2 e_s + g^2 T^3 e_s + ...)`` is
the normalised visit distribution from the first step on: (1-g)/g (f(g) - e_s) for the visit distribution f of Turner et
al. 2021, definition 3.3. It is a probability distribution whose entries are rational functions of g without a pole in
[0, 1]: at g = 0 it is the next state, at g = 1 the recurrent state distribution. POWER is the mean of max p.R.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from remit.errors import StateBudgetError
from remit.theory.asked import state_at, whole_at
from remit.theory.exact.polynomial import ONE, ZERO, Polynomial, composed, divided, evaluated, trimmed
from remit.theory.rational import Choice, RationalMDP, rational_at

POLICIES = 5_000
"""How many policies (told apart only where they go) are followed from one state before the exact engine gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFunction:
    """The function p(g) of one policy: a numerator per state that is ever visited, over a common denominator.

    Two policies with the same p(g) for every g have equal visit functions: the denominator is the shortest recurrence
    of the sequence T^t e_s without its factor 1-g, scaled so that it is 1 at g = 0.
    """

    numerators: tuple[tuple[int, Polynomial], ...]
    denominator: Polynomial

    def at(self, discount: Fraction) -> dict[int, Fraction]:
        """Return p at a discount in [0, 1] as positive shares of states; they sum to one."""
        scale = evaluated(self.denominator, discount)
        shares = {state: evaluated(numerator, discount) / scale for state, numerator in self.numerators}
        return {state: share for state, share in shares.items() if share}

    def series(self, end: Fraction, length: int) -> list[dict[int, Fraction]]:
        """Return the coefficients of p in powers of the distance to ``end`` (0 or 1), taken into the interval."""
        slope = ONE if end == 0 else -ONE
        bottom = composed(self.denominator, end, slope)
        levels: list[dict[int, Fraction]] = [{} for _ in range(length)]
        for state, numerator in self.numerators:
            top = composed(numerator, end, slope)
            found: list[Fraction] = []
            for level in range(length):
                known = sum((bottom[j] * found[level - j] for j in range(1, min(level + 1, len(bottom)))), ZERO)
                found.append(((top[level] if level < len(top) else ZERO) - known) / bottom[0])
                if found[level]:
                    levels[level][state] = found[level]
        return levels

    @property
    def order(self) -> int:
        """Return how many coefficients of a series may differ between functions of this size before all must."""
        return max((len(numerator) for _, numerator in self.numerators), default=0) + len(self.denominator)


def visit_functions(mdp: RationalMDP, state: int, *, policies: int = POLICIES) -> dict[VisitFunction, frozenset[str]]:
    """Return F(s): every visit function from a state, with the actions at the state that some such policy takes.

    Policies are told apart only in the states they visit. Functions are compared as functions of g, never at one g,
    where different ones may collide. Raises ``StateBudgetError`` for more than ``policies`` policies and
    ``InvalidMDPError`` for a state that is none.
    """
    state, policies = state_at(state, len(rational_at(mdp).states)), whole_at(policies, "policies", least=1)
    if sum(1 for _ in islice(partial_policies(mdp, state), policies + 1)) > policies:  # counted before any is followed
        message = f"more than `{policies}` policies leave state `{mdp.states[state]}`"
        raise StateBudgetError(message, hint="ask for an estimate with --samples instead of --exact")
    found: dict[VisitFunction, set[str]] = {}
    for policy in partial_policies(mdp, state):
        found.setdefault(visit_function(policy, state), set()).update(policy[state].actions)
    return {function: frozenset(actions) for function, actions in found.items()}


def partial_policies(mdp: RationalMDP, state: int) -> Iterator[Mapping[int, Choice]]:
    """Yield each way to choose in every state that the choices themselves lead to, beginning at ``state``."""
    stack: list[dict[int, Choice]] = [{}]
    while stack:
        policy = stack.pop()
        reached = {target for choice in policy.values() for target, _ in choice.lottery} | {state}
        open_states = reached - policy.keys()
        if not open_states:
            yield policy
            continue
        following = min(open_states)
        stack.extend({**policy, following: choice} for choice in reversed(mdp.choices[following]))


def visit_function(policy: Mapping[int, Choice], state: int) -> VisitFunction:
    """Return p(g) of a policy that chooses in every state it visits, by the shortest recurrence of T^t e_s."""
    current = dict(policy[state].lottery)
    sequence: list[dict[int, Fraction]] = []
    basis: list[tuple[int, dict[int, Fraction], list[Fraction]]] = []
    while True:
        relation = _extend(basis, current, len(sequence))
        if relation is not None:
            break
        sequence.append(current)
        current = _stepped(policy, current)
    recurrence = trimmed(list(reversed(relation)))
    numerators: dict[int, list[Fraction]] = {}
    for power in range(len(sequence)):
        for lag in range(min(power + 1, len(recurrence))):
            for visited, share in sequence[power - lag].items():
                line = numerators.setdefault(visited, [ZERO] * len(sequence))
                line[power] += recurrence[lag] * share
    quotient, _ = divided(recurrence, (ONE, -ONE))  # every p sums to one, so 1-g divides without remainder
    kept = {visited: trimmed(line) for visited, line in sorted(numerators.items())}
    return VisitFunction(
        numerators=tuple((visited, line) for visited, line in kept.items() if line), denominator=quotient
    )


def _stepped(policy: Mapping[int, Choice], shares: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """Return where shares of states are one step later."""
    after: dict[int, Fraction] = {}
    for visited, share in shares.items():
        for target, chance in policy[visited].lottery:
            after[target] = after.get(target, ZERO) + share * chance
    return after


def _extend(
    basis: list[tuple[int, dict[int, Fraction], list[Fraction]]], vector: Mapping[int, Fraction], index: int
) -> list[Fraction] | None:
    """Add a vector to an echelon basis, or return c (with c[index] = 1) such that the c-weighted sum vanishes."""
    rest = dict(vector)
    combination = [ZERO] * index + [ONE]
    for pivot, line, weights in basis:
        factor = rest.get(pivot, ZERO)
        if factor:
            for place, value in line.items():
                rest[place] = rest.get(place, ZERO) - factor * value
            for i, weight in enumerate(weights):
                combination[i] -= factor * weight
    lead = next((place for place, value in rest.items() if value), None)
    if lead is None:
        return combination
    scale = rest[lead]
    line = {place: value / scale for place, value in rest.items() if value}
    basis.append((lead, line, [weight / scale for weight in combination]))
    return None
