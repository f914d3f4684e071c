"""What calls were found to do, kept for when they come again, with all of the memory that rests on.

A call looks at little of the memory of its stream: whether the agent wrote this file, what that variable holds. Where
all that it looked at still stands, a call that comes again is not read again, whatever else has changed since; what it
changed in the memory is changed again. A call is read twice before it is kept: most never come a second time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import NamedTuple

from remit.monitor.alert import Inferred
from remit.monitor.memory import Memory

__all__ = ["Repeats"]

_MOST = 8192
_WATCHED = ("files", "variables", "children")
_REPLAYED = ("file", "variable")

Found = tuple[Inferred, ...]


class _Kept(NamedTuple):
    """What a call was found to do: what it looked at (``None``: not there), and its changes with the room they need.

    ``bare`` is whether there were no files at all: what looks only whether there are any is not told of here.
    ``inside`` are the programs that it runs inside itself.
    """

    found: Found
    looked: tuple[tuple[str, str, str | None], ...]
    changes: tuple[tuple[str, ...], ...]
    room: tuple[tuple[str, int], ...]
    bare: bool
    inside: tuple[tuple[str, str], ...] = ()

    def holds(self, memory: Memory) -> bool:
        """Whether a memory is as that one was, in all that counts."""
        if self.bare and memory.files:
            return False
        for table, name, value in self.looked:
            if getattr(memory, table).get(name) != value:
                return False
        return not self.room or all(memory.room(kind) >= needed for kind, needed in self.room)


class Repeats:
    """The calls that came before, bounded; those that came twice with what they were found to do."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Start with none."""
        self._known: OrderedDict[object, _Kept] = OrderedDict()

    def of(self, key: object, memory: Memory, read: Callable[[], Found]) -> Found:
        """What a call does: as it was found before where that still stands, else by reading it.

        ``key`` is what its reading depends on beside the memory.
        """
        key = key, memory.cwd
        kept = self._known.get(key)
        if kept is None:
            self._known[key] = _ONCE
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            return read()
        if kept is _NEVER or memory.aliases or memory.functions or memory.links:
            return read()
        if kept is _ONCE or not kept.holds(memory):
            found, self._known[key] = _watched(memory, read)
            return found
        for change in kept.changes:
            if len(change) > 2:
                memory.remember(*change)
            else:
                memory.forget(*change)
        for program in kept.inside:
            memory.runs(*program)
        return kept.found


_ONCE = _Kept((), (), (), (), bare=False)
"""Of a call that came once."""
_NEVER = _Kept((), (), (), (), bare=True)
"""Of a call that is always read: it changes more than files, variables and the folder, there is no room for them, or it
went through a whole table."""


def _watched(memory: Memory, read: Callable[[], Found]) -> tuple[Found, _Kept]:
    """Read a call and note what it looks at in the memory and what it changes there."""
    tables = {name: getattr(memory, name) for name in _WATCHED}
    bare = not memory.files
    rooms = {kind: memory.room(kind) for kind in _REPLAYED}
    views = {name: _View(table) for name, table in tables.items()}
    changes: list[tuple[str, ...]] = []
    for name, view in views.items():
        setattr(memory, name, view)
    memory.changes = changes
    asked, memory.inside = memory.inside, []
    try:
        found = read()
    finally:
        memory.changes = None
        inside, memory.inside = tuple(memory.inside), asked
        for name, table in tables.items():
            setattr(memory, name, table)
    for program in inside:
        memory.runs(*program)
    looked = tuple((name, key, value) for name, view in views.items() for key, value in view.looked.items())
    if any(view.walked for view in views.values()):
        return found, _NEVER
    needed = Counter(change[0] for change in changes if len(change) > 2 and change[0] != "cwd")
    if any(rooms.get(kind, 0) < count for kind, count in needed.items()):
        return found, _NEVER
    if any(change[0] not in rooms for change in changes if len(change) < 3):
        return found, _NEVER
    return found, _Kept(found, looked, tuple(changes), tuple(needed.items()), bare, inside)


class _View(MutableMapping[str, str]):
    """A table of the memory; ``looked`` is what was looked up in it before the call itself changed it.

    ``walked`` is whether somebody went through all of it: what rests on that rests on names nobody looked up.
    """

    __slots__ = ("_own", "_table", "looked", "walked")

    def __init__(self, table: MutableMapping[str, str]) -> None:
        self._table = table
        self._own: set[str] = set()
        self.looked: dict[str, str | None] = {}
        self.walked = False

    def _look(self, name: str) -> str | None:
        value = self._table.get(name)
        if name not in self._own:
            self.looked.setdefault(name, value)
        return value

    def __getitem__(self, name: str) -> str:
        value = self._look(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._look(name) is not None

    def __setitem__(self, name: str, value: str) -> None:
        self._own.add(name)
        self._table[name] = value

    def __delitem__(self, name: str) -> None:
        self._look(name)
        self._own.add(name)
        del self._table[name]

    def __iter__(self) -> Iterator[str]:
        self.walked = True
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
