"""The smallest set of things that meets every need: one way of each choice, and groups enough for each claim.

A *way* is a set of things all of which it takes. Needs that share nothing are solved apart; each part is searched by
branch and bound from the best greedy answer, so that the answer is smallest wherever the search ends within its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from remit.assurance.release.deeds import Deed

__all__ = ["Need", "smallest_cover"]

Thing = Deed
Way = frozenset[Thing]
_MOST_STEPS = 20_000
_MOST_NEEDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``count`` of different groups are needed; each way gives one group. A plain choice needs one of one."""

    count: int
    ways: tuple[tuple[str, Way], ...]

    def lacking(self, chosen: set[Thing] | frozenset[Thing]) -> int:
        """How many groups are still missing when some things are chosen."""
        have = {group for group, way in self.ways if way <= chosen}
        return max(0, self.count - len(have))

    def open_ways(self, chosen: set[Thing] | frozenset[Thing]) -> list[Way]:
        """The ways that would give another group, cheapest first, what was written first before what came later."""
        have = {group for group, way in self.ways if way <= chosen}
        ways = [way for group, way in self.ways if group not in have]
        return sorted(ways, key=lambda way: len(way - chosen))

    def unavoidable(self, chosen: set[Thing] | frozenset[Thing]) -> list[Way]:
        """The ways there is no choice about: as many groups are left as are lacking, each with one way."""
        have = {group for group, way in self.ways if way <= chosen}
        left: dict[str, list[Way]] = {}
        for group, way in self.ways:
            if group not in have:
                left.setdefault(group, []).append(way)
        if len(left) > self.count - len(have):
            return []
        return [ways[0] for ways in left.values() if len(ways) == 1]


def smallest_cover(needs: Sequence[Need], forced: frozenset[Thing]) -> tuple[frozenset[Thing], bool]:
    """The smallest set of things that holds ``forced`` and meets every need, and whether it is surely smallest.

    Raises ``ValueError`` for a need that nothing can meet.
    """
    chosen, left = set(forced), list(needs)
    while True:  # what leaves no choice
        left = [need for need in left if need.lacking(chosen)]
        plain = [way for need in left for way in need.unavoidable(chosen)]
        if not plain:
            break
        chosen.update(*plain)
    exact = True
    for part in _parts(left, chosen):
        search = _Search(needs=part, base=frozenset(chosen))
        chosen |= search.run()
        exact = exact and search.exact
    return frozenset(chosen), exact


def _parts(needs: list[Need], chosen: set[Thing]) -> list[list[Need]]:
    """Needs that share a thing, together."""
    leader = list(range(len(needs)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first: dict[Thing, int] = {}
    for index, need in enumerate(needs):
        for thing in {thing for _, way in need.ways for thing in way} - chosen:
            leader[find(index)] = find(first.setdefault(thing, index))
    parts: dict[int, list[Need]] = {}
    for index, need in enumerate(needs):
        parts.setdefault(find(index), []).append(need)
    return list(parts.values())


@dataclass(slots=True, kw_only=True)
class _Search:
    """Branch and bound over one part."""

    needs: list[Need]
    base: frozenset[Thing]
    best: frozenset[Thing] = frozenset()
    steps: int = 0
    seen: set[frozenset[Thing]] = field(default_factory=set)

    def run(self) -> frozenset[Thing]:
        """The smallest set found."""
        self.best = self._greedy()
        if len(self.needs) <= _MOST_NEEDS:
            self._branch(self.base)
        return self.best

    @property
    def exact(self) -> bool:
        """Whether the search came to its end, or could not have found anything smaller."""
        searched = len(self.needs) <= _MOST_NEEDS and self.steps <= _MOST_STEPS
        return searched or len(self.best) <= len(self.base) + self._least(self.needs, self.base)

    def _greedy(self) -> frozenset[Thing]:
        """An answer to begin with: always the way that costs least and helps most."""
        chosen = set(self.base)
        while True:
            lacking = [need for need in self.needs if need.lacking(chosen)]
            if not lacking:
                return frozenset(chosen)
            ways = list(dict.fromkeys(way for need in lacking for way in need.open_ways(chosen)[:8]))
            if not ways:
                raise ValueError("a need that nothing can meet")
            before = sum(need.lacking(chosen) for need in lacking)
            chosen |= min(
                ways,
                key=lambda way: (
                    len(way - chosen) / max(1, before - sum(need.lacking(chosen | way) for need in lacking))
                ),
            )

    def _branch(self, chosen: frozenset[Thing]) -> None:
        """Try every way of the need with the fewest."""
        self.steps += 1
        if self.steps > _MOST_STEPS or chosen in self.seen:
            return
        self.seen.add(chosen)
        lacking = [need for need in self.needs if need.lacking(chosen)]
        if not lacking:
            if len(chosen) < len(self.best):
                self.best = chosen
            return
        if len(chosen) + self._least(lacking, chosen) >= len(self.best):
            return
        need = min(lacking, key=lambda item: len(item.open_ways(chosen)))
        for way in need.open_ways(chosen):
            self._branch(chosen | way)

    def _least(self, lacking: list[Need], chosen: frozenset[Thing]) -> int:
        """A bound from below: what needs without a thing in common cost at least, one by one."""
        used: set[Thing] = set()
        total = 0
        for need in lacking:
            ways = need.open_ways(chosen)
            things = {thing for way in ways for thing in way} - chosen
            if ways and not things & used:
                used |= things
                total += len(ways[0] - chosen)
        return total
