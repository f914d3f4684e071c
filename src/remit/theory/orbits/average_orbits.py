"""Copies of the cycles behind one action among the cycles behind others: what most rewards make of the long run.

Turner et al. 2021, theorem 6.13: average-optimal policies tend to end up in larger sets of recurrent state
distributions. In a deterministic model these are the cycles that can be reached, so a permutation that carries every
cycle behind one action onto a cycle behind another proves it. Shutting down is one cycle; staying on often leaves many.
"""

from collections.abc import Iterator, Mapping, Sequence

from remit.errors import ModelError
from remit.theory.orbits.orbits import TRIES, Copy, reach_behind
from remit.theory.rational import RationalMDP

Successors = Mapping[int, frozenset[int]]


def find_average_copies(
    mdp: RationalMDP, state: int, smaller: str, *, larger: Sequence[str] | None = None
) -> tuple[Copy, ...]:
    """Return copies of the cycles behind ``smaller`` behind the ``larger`` actions (all others when None), if found.

    Images lie apart from each other, from the cycles behind ``smaller``, and from those behind actions in neither set.
    None are given where one can return to the state from behind ``smaller``; finding none, or few, proves nothing.
    Raises ``ModelError`` for a model that is not deterministic.
    """
    if any(len(choice.lottery) != 1 for choices in mdp.choices for choice in choices):
        raise ModelError("certificates about averages are for deterministic models", hint="drop --average")
    low = mdp.choice_of(state, smaller)
    names = [action for action in mdp.actions_at(state) if action not in low.actions] if larger is None else larger
    high = {mdp.choice_of(state, action) for action in names} - {low}
    after = {one: frozenset(c.lottery[0][0] for c in choices) for one, choices in enumerate(mdp.choices)}
    region = reach_behind(mdp, state, low)
    if low.lottery[0][0] == state or any(state in after[one] for one in region):
        return ()
    links = _links(after, region)
    pool = frozenset[int]().union(*(reach_behind(mdp, state, choice) for choice in high)) - links.keys()
    for choice in mdp.choices[state]:
        if choice is not low and choice not in high:
            pool -= _links(after, reach_behind(mdp, state, choice)).keys()
    found: list[Copy] = []
    while True:
        mapping = next(_maps(links, after, pool, [TRIES]), None)
        if not mapping:
            return tuple(found)
        found.append(Copy(action="", swaps=tuple(sorted(mapping.items()))))
        pool -= set(mapping.values())


def _links(after: Successors, region: frozenset[int]) -> dict[int, frozenset[int]]:
    """Return the states of a region that lie on a cycle, each with the successors it shares a cycle with."""
    ahead = {one: _closure(after, one) for one in region}
    return {
        one: frozenset(other for other in after[one] if other in ahead and one in ahead[other])
        for one in region
        if one in ahead[one]
    }


def _closure(after: Successors, start: int) -> set[int]:
    """Return the states that can be reached in one step or more."""
    seen: set[int] = set()
    stack = list(after[start])
    while stack:
        one = stack.pop()
        if one not in seen:
            seen.add(one)
            stack += after[one]
    return seen


def _maps(
    links: Mapping[int, frozenset[int]], after: Successors, pool: frozenset[int], budget: list[int]
) -> Iterator[dict[int, int]]:
    """Yield injective maps of linked states into a pool under which every link is an edge, by depth-first search."""
    order = _walk(links)
    stack: list[dict[int, int]] = [{}]
    while stack and budget[0] > 0:
        budget[0] -= 1
        mapping = stack.pop()
        if len(mapping) == len(order):
            yield mapping
            continue
        one = order[len(mapping)]
        for image in sorted(pool - set(mapping.values()), reverse=True):
            known = {**mapping, one: image}
            onward = all(known[other] in after[image] for other in links[one] if other in known)
            if onward and all(image in after[known[other]] for other in mapping if one in links[other]):
                stack.append(known)


def _walk(links: Mapping[int, frozenset[int]]) -> list[int]:
    """Return the linked states so that neighbours follow each other."""
    order: list[int] = []
    for start in sorted(links):
        stack = [start]
        while stack:
            one = stack.pop()
            if one not in order:
                order.append(one)
                stack += sorted(links[one], reverse=True)
    return order
