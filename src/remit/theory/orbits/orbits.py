"""Similarity: when one action's options hold a copy of another's, and the certificate that proves it.

Turner et al. 2021, propositions 6.6 and 6.9: if a permutation of states that swaps pairs (an involution) carries every
visit distribution of policies that take a' at s into those that take a, then in every orbit of reward functions at
least as many members make a optimal as make a' optimal. With n copies that stay out of each other's way, at least n
times as many (Turner & Tadepalli 2022, theorem A.13). The permutation is searched as an embedding of the part of the
model behind a' into the part behind a; ``certificates`` writes it down and checks it without this search.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from remit.errors import ModelError
from remit.theory.estimate import Estimate, wilson
from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.exact.power import nondominated
from remit.theory.exact.visits import VisitFunction, visit_functions
from remit.theory.orbits.retarget import Vote, orbit_of
from remit.theory.progress import Progress, unheard
from remit.theory.rational import Choice, Lottery, RationalMDP, rational_at

TRIES = 200_000
"""How many partial maps a search looks at before it gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A permutation (``swaps`` of pairs of states) that carries the options behind one action into those of another."""

    action: str
    swaps: tuple[tuple[int, int], ...]

    @property
    def moved(self) -> frozenset[int]:
        """Return the states that do not stay where they are."""
        return frozenset(state for pair in self.swaps for state in pair)

    def __call__(self, state: int) -> int:
        """Return where a state goes."""
        for one, other in self.swaps:
            if state in (one, other):
                return other if state == one else one
        return state


def find_copies(mdp: RationalMDP, state: int, smaller: str, *, larger: Sequence[str] | None = None) -> tuple[Copy, ...]:
    """Return copies of the options behind ``smaller`` behind the ``larger`` actions (all others when None), if found.

    Each fixes the state itself, leaves the images of the other copies alone, and moves nothing that actions outside
    both sets lead to. An action that leads exactly where ``smaller`` does holds the options themselves, no copy.
    Copies are taken as they are met; finding none, or few, proves nothing.
    """
    low = rational_at(mdp).choice_of(state, smaller)
    names = [action for action in mdp.actions_at(state) if action not in low.actions] if larger is None else larger
    high = list(dict.fromkeys(mdp.choice_of(state, action) for action in names))
    region = reach_behind(mdp, state, low)
    fixed = frozenset[int]().union(
        *(reach_behind(mdp, state, choice) for choice in mdp.choices[state] if choice not in (low, *high))
    )
    found: list[Copy] = []
    for choice in high:
        for mapping in _embeddings(mdp, state, low, choice, [TRIES]) if choice is not low else ():
            copy = Copy(action=choice.actions[0], swaps=_swaps(mapping))
            if not fixed & copy.moved and all(_apart(copy, other, region) for other in found) and copy.swaps:
                found.append(copy)
    return tuple(found)


def witness(mdp: RationalMDP, state: int, *, larger: str, smaller: str) -> Copy | None:
    """Return a permutation that carries the options behind one action into those behind another, None if none is found.

    It leaves everything alone that the state's other actions lead to.
    """
    return next(iter(find_copies(mdp, state, smaller, larger=[larger])), None)


def _apart(one: Copy, other: Copy, region: frozenset[int]) -> bool:
    """Return whether each copy leaves the image of the other alone."""
    return not one.moved & {other(s) for s in region} and not other.moved & {one(s) for s in region}


def state_contains_copy(mdp: RationalMDP, *, larger: int, smaller: int) -> Copy | None:
    """Return an involution that carries F_nd(smaller) into F(larger), visits of the start included, or None.

    This is the similarity of Turner et al. 2021, proposition 6.6: the larger state then has at least as much POWER for
    most reward functions, in every orbit.
    """
    small = [_with_start(function, smaller) for function in nondominated(mdp, smaller)]
    large = {_with_start(function, larger) for function in visit_functions(mdp, larger)}
    return _function_embedding(small, large, {smaller: larger})


def action_contains_copy(mdp: RationalMDP, state: int, *, larger: str, smaller: str) -> Copy | None:
    """Return an involution that carries the visit functions of policies taking one action into the other's, or None."""
    functions = visit_functions(mdp, state)
    small = [frozenset(f.numerators) | {(-1, f.denominator)} for f, actions in functions.items() if smaller in actions]
    large = {frozenset(f.numerators) | {(-1, f.denominator)} for f, actions in functions.items() if larger in actions}
    return _function_embedding(small, large, {state: state})


def average_vote(mdp: RationalMDP, state: int, reward: Sequence[Fraction], *, larger: str, smaller: str) -> Vote:
    """Return how the orbit of a reward votes between two actions, by which of them alone is optimal on average.

    Every distinct permutation of the rewards over the states is gone through; ``tie`` counts those in which both or
    neither is optimal. Raises ``ModelError`` for more than 400,000 permutations.
    """
    members = orbit_of(reward)
    lines: dict[tuple[tuple[int, Fraction], ...], frozenset[str]] = {}
    for function, actions in visit_functions(mdp, state).items():
        key = tuple(sorted(function.at(ONE).items()))
        lines[key] = lines.get(key, frozenset()) | actions
    counts = [0, 0, 0]
    for member in members:
        values = [(sum((share * member[s] for s, share in line), ZERO), actions) for line, actions in lines.items()]
        top = max(value for value, _ in values)
        best = frozenset[str]().union(*(actions for value, actions in values if value == top))
        counts[2 if (larger in best) == (smaller in best) else int(smaller in best)] += 1
    return Vote(orbit=sum(counts), larger=counts[0], smaller=counts[1], tie=counts[2])


def sampled_vote(
    mdp: RationalMDP,
    state: int,
    discount: Fraction,
    *,
    larger: Sequence[str],
    smaller: str,
    samples: int,
    seed: int,
    report: Progress = unheard,
) -> Estimate:
    """Return the share of the orbit of the rewards 1, 2, ..., S whose members make some larger action optimal.

    Members are sampled evenly, as permutations of the states; compared exactly at one discount. The share stands beside
    the bound of a certificate, which holds for the orbit of every reward and is usually far from tight.
    """
    functions = visit_functions(mdp, state)
    lines = [(tuple(function.at(discount).items()), actions) for function, actions in functions.items()]
    scale = lcm(*(share.denominator for line, _ in lines for _, share in line))
    whole = [([(visited, int(share * scale)) for visited, share in line], actions) for line, actions in lines]
    source = random.Random(seed)  # noqa: S311 (a sample that can be repeated is wanted, not a secret)
    ranks, preferred = list(range(1, len(mdp.states) + 1)), 0
    for done in range(samples):
        report("members of the orbit", done, samples)
        source.shuffle(ranks)
        values = [(sum(weight * ranks[visited] for visited, weight in line), actions) for line, actions in whole]
        compared = [pair for pair in values if pair[1] & {*larger, smaller}]
        top = max(value for value, _ in compared)
        preferred += any(value == top and actions & set(larger) for value, actions in compared)
    return wilson(preferred, samples, seed=seed)


def reach_behind(mdp: RationalMDP, state: int, choice: Choice) -> frozenset[int]:
    """Return the states reached when a choice is taken at a state (again whenever it is met); not the state itself."""
    seen: set[int] = set()
    stack = [target for target, _ in choice.lottery]
    while stack:
        current = stack.pop()
        if current not in seen and current != state:
            seen.add(current)
            stack += [target for option in mdp.choices[current] for target, _ in option.lottery]
    return frozenset(seen)


def moved_lottery(lottery: Lottery, mapping: Mapping[int, int]) -> Lottery:
    """Return a lottery with its states renamed; states without a new name keep theirs."""
    return tuple(sorted((mapping.get(target, target), chance) for target, chance in lottery))


def _embeddings(mdp: RationalMDP, state: int, low: Choice, high: Choice, budget: list[int]) -> Iterator[dict[int, int]]:
    """Yield involutions that fix ``state``, carry one choice onto the other and each row behind it onto a row."""
    stack: list[tuple[dict[int, int], list[tuple[Lottery, tuple[Lottery, ...]]]]] = [
        ({state: state}, [(low.lottery, (high.lottery,))])
    ]
    while stack and budget[0] > 0:
        budget[0] -= 1
        mapping, pending = stack.pop()
        if not pending:
            if all(_carried(mdp, state, mapping, source) for source in reach_behind(mdp, state, low)):
                yield mapping
            continue
        (source, targets), rest = pending[0], pending[1:]
        for target in targets:
            for larger in _matched(source, target, mapping):
                fresh = [one for one in {t for t, _ in source} if one not in mapping]
                following = [
                    (choice.lottery, tuple(other.lottery for other in mdp.choices[larger[one]]))
                    for one in fresh
                    for choice in mdp.choices[one]
                ]
                stack.append((larger, rest + following))


def _matched(source: Lottery, target: Lottery, mapping: dict[int, int]) -> Iterator[dict[int, int]]:
    """Yield the ways to extend an involution so that it carries one lottery onto another."""
    if len(source) != len(target):
        return
    options: list[dict[int, int]] = [mapping]
    for one, chance in source:
        extended = []
        for known in options:
            for other, same in target:
                if chance == same and known.get(one, other) == other and known.get(other, one) == one:
                    extended.append({**known, one: other, other: one})
        options = extended
    yield from (known for known in options if moved_lottery(source, known) == target)


def _carried(mdp: RationalMDP, state: int, mapping: Mapping[int, int], source: int) -> bool:
    """Return whether every row of a state is carried onto a row of its image."""
    image = mapping.get(source, source)
    rows = {choice.lottery for choice in mdp.choices[image]}
    return image != state and all(moved_lottery(choice.lottery, mapping) in rows for choice in mdp.choices[source])


def _swaps(mapping: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Return the pairs an involution swaps."""
    return tuple(sorted((one, other) for one, other in mapping.items() if one < other))


Signature = frozenset[tuple[int, tuple[Fraction, ...]]]


def _with_start(function: VisitFunction, start: int) -> Signature:
    """Return the visit function from the first state on as coordinates: f = e_s + g/(1-g) p, times (1-g) its bottom."""
    lines = {state: (ZERO, *numerator) for state, numerator in function.numerators}
    bottom = (*function.denominator, ZERO)
    own = tuple(a - b for a, b in zip(bottom, (ZERO, *function.denominator), strict=True))
    known = lines.get(start, ())
    size = max(len(known), len(own))
    padded = [(*line, *(ZERO,) * (size - len(line))) for line in (known, own)]
    lines[start] = tuple(a + b for a, b in zip(*padded, strict=True))
    trimmed = {state: _stripped(line) for state, line in lines.items()}
    return frozenset(trimmed.items()) | {(-1, function.denominator)}


def _stripped(line: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Return coefficients without zeros at the high end."""
    while line and line[-1] == 0:
        line = line[:-1]
    return line


def _function_embedding(
    small: Sequence[Signature], large: set[Signature] | frozenset[Signature], fixed: Mapping[int, int]
) -> Copy | None:
    """Return an involution under which every small function becomes a large one, by depth-first search."""
    start = {**fixed, **{other: one for one, other in fixed.items()}}
    stack: list[tuple[dict[int, int], int]] = [(start, 0)]
    for _ in range(TRIES):
        if not stack:
            return None
        mapping, place = stack.pop()
        if place == len(small):
            return Copy(action="", swaps=_swaps(mapping))
        for target in large:
            stack += [(larger, place + 1) for larger in _aligned(small[place], target, mapping)]
    raise ModelError("the search for a similarity was given up", hint="the model is too symmetric or too large")


def _aligned(source: Signature, target: Signature, mapping: dict[int, int]) -> list[dict[int, int]]:
    """Return the ways to extend an involution so that it carries one visit function onto another."""
    if len(source) != len(target):
        return []
    options = [mapping]
    for one, line in sorted(source):
        extended = []
        for known in options:
            for other, same in target:
                fits = line == same and (one == -1) == (other == -1)
                if fits and known.get(one, other) == other and known.get(other, one) == one:
                    extended.append({**known, one: other, other: one})
        options = extended
    return options
