"""Counts, sums and order over what came before, in memory that does not grow with the stream.

A *tally* counts, sums and tells apart what happened under a key. A *mark* remembers when something was first done, so
that the second half of a sequence finds the first however many steps lie between. Both forget the key that was touched
least lately when they are full; a stream that fills them has left thousands of different things behind.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Count", "Marks", "Tally"]

_MOST_KEYS = 2048
_MOST_ITEMS = 256


@dataclass(slots=True)
class Count:
    """What happened under one key within the window.

    ``times`` is how often, ``total`` the sum of the amounts, ``items`` the different things with the step each was last
    seen at, ``steps`` the latest steps. Times and total are exact however many there were; items and steps are kept up
    to a limit.
    """

    times: int = 0
    total: float = 0.0
    items: OrderedDict[str, int] = field(default_factory=OrderedDict)
    steps: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=_MOST_ITEMS))

    @property
    def different(self) -> int:
        """How many different things there were."""
        return len(self.items)

    def add(self, step: int, *, amount: float = 1.0, item: str = "") -> None:
        """Count one more."""
        self.times += 1
        self.total += amount
        self.steps.append((step, amount))
        self.items[item] = step
        if len(self.items) > _MOST_ITEMS:
            self.items.popitem(last=False)

    def evidence(self, most: int = 16) -> tuple[int, ...]:
        """The latest steps, oldest first."""
        return tuple(step for step, _ in list(self.steps)[-most:])


class Tally:
    """Counts, sums and different things per key.

    ``window`` is how many steps back something still counts; ``None`` counts over the whole life of the stream, which
    is what finds a low rate.
    """

    __slots__ = ("_counts", "_most", "_window")

    def __init__(self, *, window: int | None = None, most: int = _MOST_KEYS) -> None:
        """Make an empty tally for at most ``most`` keys."""
        self._counts: OrderedDict[str, Count] = OrderedDict()
        self._window = window
        self._most = most

    def add(self, key: str, step: int, *, amount: float = 1.0, item: str = "") -> Count:
        """Count one more under a key and return its count."""
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count()
            if len(self._counts) > self._most:
                self._counts.popitem(last=False)
        else:
            self._counts.move_to_end(key)
        if self._window is not None:
            _forget(count, step - self._window)
        count.add(step, amount=amount, item=item)
        return count

    def of(self, key: str) -> Count:
        """The count under a key, an empty one where nothing was counted."""
        return self._counts.get(key) or Count()

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._counts)


def _forget(count: Count, before: int) -> None:
    """Take out what lies before a step."""
    while count.steps and count.steps[0][0] <= before:
        _, amount = count.steps.popleft()
        count.times -= 1
        count.total -= amount
    while count.items and next(iter(count.items.values())) <= before:
        count.items.popitem(last=False)


class Marks:
    """When each thing was first done: the first halves of sequences that may take hundreds of steps.

    Only of the stages it is made for: whoever asks for another has forgotten to have it noted, and is told so.
    """

    __slots__ = ("_first", "_most")

    def __init__(self, stages: Iterable[str], *, most: int = _MOST_KEYS) -> None:
        """Make an empty set of marks with room for ``most`` of each stage."""
        self._first: dict[str, OrderedDict[str, int]] = {stage: OrderedDict() for stage in stages}
        self._most = most

    def note(self, stage: str, key: str, step: int) -> None:
        """Remember that a stage was reached with a key; the first time counts."""
        keys = self._first[stage]
        if key not in keys:
            keys[key] = step
            if len(keys) > self._most:
                keys.popitem(last=False)

    def first(self, stage: str, key: str | None = None) -> int | None:
        """The step at which a stage was first reached, with this key or with any; ``None`` where it was not."""
        keys = self._first[stage]
        if not keys:
            return None
        return next(iter(keys.values())) if key is None else keys.get(key)

    def first_of(self, stage: str, keys: Iterable[str], *, before: int) -> int | None:
        """When a stage was first reached with the first of these keys that it was reached with before a step."""
        known = self._first[stage]
        for key in keys:
            if key in known and known[key] < before:
                return known[key]
        return None

    def keys(self, stage: str) -> Iterator[tuple[str, int]]:
        """The keys a stage was reached with, and when, oldest first."""
        yield from self._first[stage].items()

    def __contains__(self, stage: str) -> bool:
        """Whether a stage was reached with any key."""
        return bool(self._first[stage])
