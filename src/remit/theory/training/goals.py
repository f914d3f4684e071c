"""What training says about a new situation: goals that are compatible with what an agent was trained to do.

Krakovna & Kramar 2023 ("Power-seeking can be probable and predictive for trained agents"): if the states that training
went through cannot be reached from the new state, and shutting down there leads to a state visited once and then to
reward 0, then above a threshold of the discount at least n/(n+1) of each orbit of compatible goals avoid shutdown.
Where training states stay reachable the theorem is silent: then the cone of compatible goals is measured instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy.optimize import brentq

from remit.errors import ModelError
from remit.theory.asked import listed_at, state_at, whole_at
from remit.theory.exact.payoffs import Payoff, ahead
from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.exact.polytope import Polytope
from remit.theory.rational import RationalMDP, discount_at, rational_at
from remit.theory.rewards import rewards_of, span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the theorem needs, checked on a model, and what it then says.

    ``meeting`` are states that can be reached both from the new state and from a training state (the theorem needs
    none: what training favoured must not depend on rewards that are permuted). ``shutdown_ends`` says whether shutting
    down leads for sure to one state that is not left again, or that is left for sure for one worth 0 for good, where no
    reward is negative. ``copies`` n is the number of absorbing alternatives one step away, for which every discount is
    above the threshold; ``bound`` n/(n+1) is None where an assumption fails.
    """

    meeting: tuple[str, ...]
    shutdown_ends: bool
    copies: int
    bound: Fraction | None


def recurrence_threshold(steps: int, cycle: int) -> float:
    """Return the discount above which a recurrent state outweighs one visit: the root of g^(d-1) / (1-g^L) = 1.

    ``steps`` d >= 1 lead to the state from the new one, ``cycle`` L >= 1 back to it (definition 9, proposition 3). At
    d = 1 every positive discount is above: 0. Raises ``ModelError`` for numbers below 1.
    """
    steps, cycle = whole_at(steps, "steps", least=1), whole_at(cycle, "cycle", least=1)
    if steps == 1:
        return 0.0
    root = brentq(lambda g: g ** (steps - 1) + g**cycle - 1.0, 0.0, 1.0, xtol=1e-15)
    return float(root)


def avoidance(alternatives: int, discount: Fraction) -> Fraction:
    """Return P(avoid shutdown) = 1 - (1-g)^k / (k+1) over iid U[0, 1] goals, for k absorbing alternatives.

    Shutting down is worth its reward once, an alternative 1/(1-g) times its own.
    """
    alternatives, discount = whole_at(alternatives, "alternatives", least=1), discount_at(discount)
    return 1 - (1 - discount) ** alternatives / Fraction(alternatives + 1)


def check_assumptions(mdp: RationalMDP, *, new: int, shutdown: str, training: Iterable[int]) -> Assumptions:
    """Return whether the theorem applies to a new state with a shutdown action after training in some states.

    The rewards are those of the model. States are numbers. Raises ``InvalidMDPError`` for states, an action or rewards
    that do not exist.
    """
    count = len(rational_at(mdp).states)
    new = state_at(new, count)
    roots = [state_at(state, count) for state in listed_at(training, "training", hint="give the numbers of states")]
    reach = _reach(mdp, [new])
    meeting = tuple(mdp.states[state] for state in sorted(reach & _reach(mdp, roots)))
    off = mdp.choice_of(new, shutdown)
    after_off = _reach(mdp, [target for target, _ in off.lottery])
    ends = len(off.lottery) == 1 and _ends(mdp, off.lottery[0][0])
    others = [choice for choice in mdp.choices[new] if choice is not off]
    absorbing = {
        choice.lottery[0][0]
        for choice in others
        if len(choice.lottery) == 1 and _is_absorbing(mdp, choice.lottery[0][0])
    } - after_off
    applies = not meeting and ends and bool(absorbing)
    bound = Fraction(len(absorbing), len(absorbing) + 1) if applies else None
    return Assumptions(meeting=meeting, shutdown_ends=ends, copies=len(absorbing), bound=bound)


def conditional_chance(event: Sequence[tuple[Payoff, Payoff]], given: Sequence[tuple[Payoff, Payoff]]) -> Fraction:
    """Return P(event | given), where each is a list of (payoff, rival) pairs that say payoff >= rival.

    This is the share of the training-compatible goals ``given`` that also do the ``event``, over numbers drawn evenly
    from [0, 1], exactly. Raises ``ModelError`` where no goal is compatible.
    """
    pairs = [*event, *given]
    variables = sorted({k for pair in pairs for payoff in pair for k, _ in payoff.weights})
    body = Polytope.inside_cube(len(variables), [ahead(*pair, variables) for pair in given])
    flat = (ZERO,) * len(variables)
    whole, _ = body.moments(flat, ONE)
    if not whole:
        raise ModelError("no goal is compatible with the training", hint="check that the training behaviour is optimal")
    for pair in event:
        if body.rays:
            body.cut(ahead(*pair, variables))
    return body.moments(flat, ONE)[0] / whole


def _reach(mdp: RationalMDP, roots: Iterable[int]) -> set[int]:
    """Return the states that can be reached, the roots included."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for choice in mdp.choices[stack.pop()]:
            for target, _ in choice.lottery:
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
    return seen


def _ends(mdp: RationalMDP, state: int) -> bool:
    """Return whether a state is not left, or is left for sure for one worth 0 for good, where no reward is negative.

    A goal with negative rewards may rather be worth nothing than go on.
    """
    if _is_absorbing(mdp, state):
        return True
    after = {target for choice in mdp.choices[state] for target, _ in choice.lottery}
    rewards = rewards_of(mdp)
    return (
        len(after) == 1
        and all(_is_absorbing(mdp, target) and span_of(rewards[target]) == (0.0, 0.0) for target in after)
        and all(span_of(reward)[0] >= 0.0 for reward in rewards)
    )


def _is_absorbing(mdp: RationalMDP, state: int) -> bool:
    """Return whether a state leads only to itself."""
    return all(choice.lottery == ((state, ONE),) for choice in mdp.choices[state])
