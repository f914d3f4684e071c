"""One difference between two charters, and the small judgements every comparison is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from remit.charter.model import Charter
from remit.charter.positions import place_of
from remit.charter.wording import names
from remit.finding import Where

__all__ = ["Change", "Direction", "Pair", "opposite"]

Direction = Literal["widened", "narrowed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two charters.

    ``kind`` is ``widened`` when the agent may do more, or is overseen less, or that cannot be ruled out; ``narrowed``
    when it is shown that it may do less or is overseen more; ``changed`` for what is neither. ``path`` is the dotted
    path, ``where`` its place in the new charter, or in the old one for what is gone. ``before`` and ``after`` are the
    values in words.
    """

    kind: Direction
    what: str
    path: str
    where: Where
    before: str
    after: str

    def __str__(self) -> str:
        """The change as one line: ``remit.yaml:4:3: widened: the budget `money` was raised (20 EUR -> 40 EUR)``."""
        return f"{self.where}: {self.kind}: {self.what} ({self.before} -> {self.after})"


def opposite(direction: Direction) -> Direction:
    """The direction of the reverse change."""
    reverse: dict[Direction, Direction] = {"widened": "narrowed", "narrowed": "widened", "changed": "changed"}
    return reverse[direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two charters under comparison."""

    old: Charter
    new: Charter

    def change(self, kind: Direction, what: str, path: str, before: str, after: str, *, gone: bool = False) -> Change:
        """A change at a path of the new charter, or of the old one for what is gone."""
        places = self.old.places if gone else self.new.places
        return Change(kind=kind, what=what, path=path, where=place_of(places, path), before=before, after=after)

    def number(
        self,
        what: str,
        path: str,
        values: tuple[float, float],
        more: Direction,
        show: Callable[[float], str] = "{:g}".format,
    ) -> Iterator[Change]:
        """A change of a number, ``more`` being the direction in which it grows."""
        before, after = values
        if before != after:
            kind = more if after > before else opposite(more)
            yield self.change(kind, what, path, show(before), show(after))

    def members(
        self, what: str, path: str, values: tuple[Collection[str], Collection[str]], more: Direction
    ) -> Iterator[Change]:
        """A change of a set of names, ``more`` being the direction of adding one."""
        before, after = values
        old, new = frozenset(before), frozenset(after)
        added = [name for name in after if name not in old]
        removed = [name for name in before if name not in new]
        if added:
            yield self.change(more, f"{what}: {names(added)} added", path, _shown(before), _shown(after))
        if removed:
            yield self.change(
                opposite(more), f"{what}: {names(removed)} taken away", path, _shown(before), _shown(after)
            )

    def ranked(
        self, what: str, path: str, values: tuple[object, object], order: Collection[object]
    ) -> Iterator[Change]:
        """A change of a value from a list that runs from unsafe to safe."""
        ranks = list(order)
        before, after = values
        if before != after:
            kind: Direction = "narrowed" if ranks.index(after) > ranks.index(before) else "widened"
            yield self.change(kind, what, path, _plain(before), _plain(after))


def _shown(items: Collection[str]) -> str:
    """Names in words."""
    return names(sorted(items)) if items else "none"


def _plain(value: object) -> str:
    """A value as a charter writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
