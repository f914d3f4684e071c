"""Symmetries of a whole model: which states can stand for each other, found by refining colours and then checked.

States start with the colour of their rewards; a colour splits where what a state leads to, or what leads to it,
differs in colours (Weisfeiler and Leman 1968). To carry one state onto another, both are given a new colour, the rest
follows, and where colours leave a choice one more state is fixed (as in McKay 1981). Colours are only hints: every
permutation is checked exactly by ``automorphisms`` before it is used. What is not found is not used, so the search may
give up at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remit.theory.arrays import Floats, Integers
from remit.theory.mdp import MDP
from remit.theory.orbits.automorphisms import permutation_faults
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward

__all__ = ["Pool", "Symmetry", "find_symmetry"]

QUICK, TRANSITIONS = 20_000, 200_000
"""Models with more transitions are not searched: unasked, and at all."""
WORK = 100_000_000
"""How many times transitions are looked at before a search gives up: a few seconds."""

Colours = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Whole orbits of states: ``members`` i64[n] in runs that start at ``begins``, of ``sizes``.

    ``lines`` says to which run each wanted state belongs.
    """

    members: Integers
    begins: Integers
    sizes: Floats
    lines: Integers

    def averaged(self, table: Floats) -> Floats:
        """Return the mean over its orbit for each wanted state, f64[m, K], from what each member has, f64[n, K]."""
        means = np.add.reduceat(table, self.begins, axis=0) / self.sizes[:, None]
        result: Floats = means[self.lines]
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Symmetry:
    """Permutations that leave a model as it is, and what they make alike.

    ``orbits`` i64[S] and ``row_orbits`` i64[R] (rows as in ``as_arrays``) number the states, and the actions at them,
    that can be carried onto each other.
    """

    generators: tuple[tuple[int, ...], ...]
    orbits: Integers
    row_orbits: Integers

    @property
    def orbits_count(self) -> int:
        """Return how many states are left when those that can stand for each other count once."""
        return int(self.orbits.max()) + 1

    def pool(self, states: Sequence[int]) -> Pool:
        """Return the states alike to some, and how to average over each orbit."""
        wanted = self.orbits[list(states)]
        members = np.flatnonzero(np.isin(self.orbits, wanted))
        order = members[np.argsort(self.orbits[members], kind="stable")]
        labels, begins, line = np.unique(self.orbits[order], return_index=True, return_inverse=True)
        return Pool(
            members=order.astype(np.int64),
            begins=begins.astype(np.int64),
            sizes=np.bincount(line).astype(np.float64),
            lines=np.searchsorted(labels, wanted).astype(np.int64),
        )


def find_symmetry(mdp: RationalMDP, rewards: Sequence[Reward], *, most: int = TRANSITIONS) -> Symmetry | None:
    """Return the symmetries that were found, each checked exactly; None where none was found, which proves nothing.

    A model of more than ``most`` transitions is not searched.
    """
    if sum(len(choice.lottery) for choices in mdp.choices for choice in choices) > most:
        return None
    arrays = mdp.as_arrays()
    laws: dict[Reward, int] = {}
    first = np.array([laws.setdefault(reward, len(laws)) for reward in rewards], np.uint64)
    search = _Search(arrays)
    base = search.refined(_mixed(first))
    if base is None or len(np.unique(base)) == len(base):
        return None
    generators: list[tuple[int, ...]] = []
    orbits = np.arange(len(base))
    for _, members in _cells(base):
        leads: list[int] = []
        for state in members.tolist():
            for lead in leads:
                if orbits[state] == orbits[lead]:
                    break
                found = search.carrying(base, lead, state)
                if found is not None and not permutation_faults(mdp, rewards, found):
                    generators.append(tuple(found))
                    orbits = _joined(orbits, np.array(found, np.int64))
                    break
            else:
                leads.append(state)
        if search.left <= 0:
            break
    if not generators:
        return None
    _, numbered = np.unique(orbits, return_inverse=True)
    return Symmetry(
        generators=tuple(generators),
        orbits=numbered.astype(np.int64),
        row_orbits=_row_orbits(mdp, generators),
    )


class _Search:
    """A model as colours see it, and how much work is left."""

    def __init__(self, mdp: MDP) -> None:
        """Number the probabilities, and sort the transitions by where they lead."""
        self.mdp = mdp
        _, kinds = np.unique(mdp.probabilities, return_inverse=True)
        self.kinds = _mixed(kinds.astype(np.uint64) + np.uint64(1 << 40))
        self.owners = np.repeat(mdp.row_states, np.diff(mdp.successor_ptr))
        self.by_target = np.argsort(mdp.successors, kind="stable")
        self.entered, self.heads = np.unique(mdp.successors[self.by_target], return_index=True)
        self.left = WORK

    def rows(self, colours: Colours) -> Colours:
        """Return a colour of each row: the colours it leads to, with their probabilities."""
        ahead = _mixed(colours[self.mdp.successors] ^ self.kinds)
        return _mixed(np.add.reduceat(ahead, self.mdp.successor_ptr[:-1]))

    def refined(self, colours: Colours) -> Colours | None:
        """Return the colours after splitting them until nothing splits; None where the work runs out."""
        count = len(np.unique(colours))
        while True:
            self.left -= len(self.owners)
            if self.left < 0:
                return None
            out = np.add.reduceat(self.rows(colours), self.mdp.row_ptr[:-1])
            back = _mixed((colours[self.owners] + np.uint64(7)) ^ self.kinds)[self.by_target]
            entering = np.zeros_like(colours)
            entering[self.entered] = np.add.reduceat(back, self.heads)
            colours = _mixed(colours * np.uint64(3) + _mixed(out) * np.uint64(5) + _mixed(entering))
            now = len(np.unique(colours))
            if now == count:
                return colours
            count = now

    def carrying(self, base: Colours, state: int, image: int) -> list[int] | None:
        """Return a permutation that looks like a symmetry and carries a state onto another, or None."""
        stack = [(base, base, state, image)]
        while stack:
            left, right = stack[-1][:2]
            one, other = stack.pop()[2:]
            pair = [self.refined(_marked(side, at)) for side, at in ((left, one), (right, other))]
            if pair[0] is None or pair[1] is None:
                return None
            left, right = pair[0], pair[1]
            if not np.array_equal(np.sort(left), np.sort(right)):
                continue
            guess = _matched(left, right)
            if self.fits(guess):
                return [int(place) for place in guess]
            cell = next(((colour, members) for colour, members in _cells(left)), None)
            if cell is not None:
                options = np.flatnonzero(right == cell[0])
                fixed = int(cell[1][0])
                ordered = sorted(options.tolist(), key=fixed.__eq__)
                stack += [(left, right, fixed, option) for option in ordered]
        return None

    def fits(self, permutation: Integers) -> bool:
        """Return whether a permutation seems to carry every row onto a row: a hint, by colours of its own."""
        self.left -= 2 * len(self.owners)
        own = _mixed(np.arange(len(permutation), dtype=np.uint64))
        here = np.add.reduceat(self.rows(own), self.mdp.row_ptr[:-1])
        there = np.add.reduceat(self.rows(own[permutation]), self.mdp.row_ptr[:-1])
        return bool(np.array_equal(there, here[permutation]))


def _mixed(numbers: Colours) -> Colours:
    """Return numbers scrambled so that their sums tell them apart (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        result: Colours = mixed ^ (mixed >> np.uint64(31))
    return result


def _marked(colours: Colours, state: int) -> Colours:
    """Return the colours with a new one for a state."""
    marked = colours.copy()
    marked[state] = _mixed(marked[state : state + 1] ^ np.uint64(0x5851F42D4C957F2D))[0]
    return marked


def _matched(left: Colours, right: Colours) -> Integers:
    """Return a permutation that keeps colours: what has the same on both sides stays, the rest goes in order."""
    permutation = np.arange(len(left))
    moved = np.flatnonzero(left != right)
    permutation[moved[np.lexsort((moved, left[moved]))]] = moved[np.lexsort((moved, right[moved]))]
    return permutation


def _cells(colours: Colours) -> list[tuple[np.uint64, Integers]]:
    """Return the colours that several states share, with those states, the smallest cell first."""
    order = np.argsort(colours, kind="stable")
    values, begins, counts = np.unique(colours[order], return_index=True, return_counts=True)
    shared = [place for place in np.argsort(counts, kind="stable") if counts[place] > 1]
    return [(values[i], order[begins[i] : begins[i] + counts[i]]) for i in shared]


def _joined(labels: Integers, permutation: Integers) -> Integers:
    """Return labels in which each thing and its image have the same one: the first of those that are alike."""
    from scipy.sparse import csr_matrix  # takes its time to load
    from scipy.sparse.csgraph import connected_components

    size = len(labels)
    ends = np.concatenate([labels, permutation])
    starts = np.concatenate([np.arange(size), np.arange(size)])
    graph = csr_matrix((np.ones(len(ends)), (starts, ends)), shape=(size, size))
    parts = connected_components(graph, directed=False)[1]
    _, first, inverse = np.unique(parts, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.int64)


def _row_orbits(mdp: RationalMDP, generators: Sequence[Sequence[int]]) -> Integers:
    """Return the orbits of the rows, in the order of ``as_arrays``; names of one choice are alike."""
    numbers: dict[tuple[int, frozenset[tuple[int, object]]], int] = {}
    choice_of_row = []
    for state, choices in enumerate(mdp.choices):
        for choice in choices:
            number = numbers.setdefault((state, frozenset(choice.lottery)), len(numbers))
            choice_of_row += [number] * len(choice.actions)
    labels: Integers = np.arange(len(numbers), dtype=np.int64)
    for permutation in generators:
        image = np.empty(len(numbers), np.int64)
        for (state, lottery), number in numbers.items():
            image[number] = numbers[permutation[state], frozenset((permutation[t], p) for t, p in lottery)]
        labels = _joined(labels, image)
    result: Integers = labels[np.array(choice_of_row)]
    return result
