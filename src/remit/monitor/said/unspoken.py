"""What calls do of which no charter speaks: by the words of typed tools, by whom they are for, by what people said.

Where a charter speaks of a tool, nothing here is asked. Where none does, a typed call is read by its direction, its
object and its beneficiary (``meaning.py``), and held against the lines people drew (``lines.py``). What a person asked
for in so many words counts less, but never where a control object of this run is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from remit.monitor.alert import Inferred, cut, shown
from remit.monitor.controls.controls import Controls
from remit.monitor.event import Event
from remit.monitor.prompts.standing import Standing
from remit.monitor.said.lines import Crossing, Lines
from remit.monitor.showing import merged
from remit.monitor.typed.fields import call_of, is_prose
from remit.monitor.typed.meaning import is_typed, numbers_in, read_call
from remit.monitor.typed.words import LONGEST, direction_of, is_telling

__all__ = ["Unspoken"]

_MOST_NUMBERS, _MOST_QUIET = 256, 4096
_WEAK, _SHAPED = 0.35, 0.6
_GUARDED = ("oversight.", "self.")
_LITTLE, _LARGE = 2, 9000
_FILE = re.compile(r"^[\w.~*-]*/[\w./~*@ -]+$|^[\w.-]*\.[A-Za-z]{1,6}$")
_PARTED = frozenset("{=:\n")
_LOOKING = ("info.", "data.read", "data.probe", "credential.read")
_WORDED = ("oversight.", "self.", "agent.", "cap.", "credential.", "compute.", "schedule.", "money.")
"""Families of effects that words of a name may have been taken for."""


class Unspoken:
    """Reads the typed calls of one stream on which no charter speaks; what it keeps is bounded."""

    __slots__ = ("_lines", "_numbers", "_quiet", "_standing")

    def __init__(self) -> None:
        """Start with nothing told."""
        self._standing = Standing()
        self._lines = Lines()
        self._numbers: dict[str, float] = {}
        self._quiet: dict[object, float] = {}

    @property
    def standing(self) -> Standing:
        """Where the agent stands by what it was told so far."""
        return self._standing

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent."""
        self._standing.hear(event)
        self._lines.hear(event.text)
        self._quiet.clear()

    def answered(self, event: Event) -> None:
        """Take in the numbers an answer gives for fields."""
        if ":" not in event.text and "=" not in event.text:
            return
        for name, number in numbers_in(event.text):
            if name in self._numbers or len(self._numbers) < _MOST_NUMBERS:
                if self._numbers.get(name) != number:
                    self._quiet.clear()
                self._numbers[name] = number

    def read(self, event: Event, found: tuple[Inferred, ...], controls: Controls) -> tuple[Inferred, ...]:
        """What a call does, with what its words and what was told add to it and take from it."""
        args = event.args
        if len(args) == 1 and type(text := args.get("command")) is str and " " in text and not self._lines.drawn:
            return found
        key = self._key(event)
        left = self._quiet.get(key) if key is not None else None
        if left is not None:
            return merged(_weighed(event, found, left)) if left < 1.0 and _is_worded(found) else found
        if not is_typed(event):
            return merged((*found, *self._touched(event, found))) if self._lines.drawn else found
        own = _names_control(event, controls)
        meant = read_call(event, self._standing, self._numbers, asked=not own)
        crossed = self._crossed(event, found, asked=meant.asked) if self._lines.drawn else ()
        aimed = (one._replace(control=True) if one.effect.startswith(_GUARDED) else one for one in meant.found)
        more = (*(aimed if own else meant.found), *crossed)
        if not (more or meant.asked or key is None):
            if len(self._quiet) >= _MOST_QUIET:
                self._quiet.clear()
            self._quiet[key] = meant.left
        return merged((*_weighed(event, found, meant.left, asked=meant.asked), *more))

    def _key(self, event: Event) -> object | None:
        """All of a call that its reading may turn on; ``None`` where that is too much, or has parts."""
        key: list[object] = [event.tool]
        told = self._lines.drawn or self._standing.own or self._standing.wishes or self._numbers
        for name, value in event.args.items():
            if isinstance(value, str):
                if len(value) > LONGEST:
                    return None
                if not (is_prose(name) and _PARTED.isdisjoint(value)):
                    key += (name, value if told or is_telling(value) else "")
            elif value is None or isinstance(value, bool):
                key += (name, "switch", value)
            elif isinstance(value, int | float):
                key += (name, value if told or not _LITTLE <= value < _LARGE else _LITTLE)
            else:
                return None
        return tuple(key)

    def _crossed(self, event: Event, found: Iterable[Inferred], *, asked: bool) -> Iterator[Inferred]:
        """The lines people drew that a typed call crosses; what a person asked for only those that name it."""
        call = call_of(event.tool, event.args)
        texts = (value for value in event.texts if 0 < len(value) <= LONGEST)
        target = next(texts, event.tool)
        for crossing in self._lines.crossed(call, direction_of(call)):
            if crossing.named or not asked:
                yield _crossing(event, crossing, target)
        yield from self._touched(event, found)

    def _touched(self, event: Event, found: Iterable[Inferred]) -> Iterator[Inferred]:
        """The lines that name what a call changes, whatever way it says so."""
        for one in found:
            if one.target and not one.effect.startswith(_LOOKING):
                for crossing in self._lines.touched(one.target):
                    yield _crossing(event, crossing, one.target)


def _is_worded(found: tuple[Inferred, ...]) -> bool:
    """Whether words may have been taken for some of the effects."""
    return any(one.effect.startswith(_WORDED) for one in found)


def _weighed(event: Event, found: tuple[Inferred, ...], left: float, *, asked: bool = False) -> Iterator[Inferred]:
    """Effects with what the meaning of a call leaves of those that words of its name may have been taken for."""
    for one in found:
        kept = one.control or not one.effect.startswith(_WORDED) or (not asked and _is_of_file(one, event))
        yield _once(one if kept else one._replace(certainty=one.certainty * left), event.tool)


def _is_of_file(one: Inferred, event: Event) -> bool:
    """Whether an effect is of a file whose place says what it is: what is done to one is no matter of words."""
    named = one.certainty >= _SHAPED and len(one.target) <= LONGEST and _FILE.search(one.target) is not None
    return named and one.target in event.args.values()


def _crossing(event: Event, crossing: Crossing, target: str) -> Inferred:
    """A line that is crossed, as an effect of the call."""
    why = cut(f"{shown(event.tool, event.args)}, against: {crossing.line.text}")
    return Inferred(effect="oversight.approval", certainty=crossing.certainty, why=why, target=target, forbidden=True)


def _once(one: Inferred, tool: str) -> Inferred:
    """A weak sign of a tool as the same sign whatever it names: weak signs never add up to a strong one."""
    weak = one.certainty < _WEAK and not one.control and one.effect.startswith(_WORDED)
    return one._replace(target=tool) if weak and _FILE.search(one.target) is None else one


def _names_control(event: Event, controls: Controls) -> bool:
    """Whether a call names a control object of this run."""
    for value in event.args.values():
        if isinstance(value, str) and 0 < len(value) <= LONGEST:
            own = controls.find_path(value) if "/" in value else controls.find_name(value)
            if own is not None and own.exact:
                return True
        elif isinstance(value, int) and value in controls.pids:
            return True
    return False
