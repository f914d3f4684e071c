"""One transcript on its way to the monitor: its name, its events one after the other, and what was wrong with it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from remit.monitor.adapters.unread import UNREAD, holds_a_call, text_holds_a_call
from remit.monitor.encoded.embedded import acts_in
from remit.monitor.encoded.prescribed import Prescribed
from remit.monitor.event import PROMPTS, Event, EventKind

__all__ = ["LONGEST", "Notes", "Transcript", "Writer"]

LONGEST = 1 << 18
"""Characters of one text that are read; the rest is cut and said to be."""
_MOST_VALUES = 20_000  # of one call's arguments
_TELL = frozenset({"", *"user human system developer server environment operator instructions context".split()})


@dataclass(slots=True, kw_only=True)
class Notes:
    """What is known about a transcript once its events were read.

    ``id`` may stand behind the steps in the document. ``voided`` says why no score may be relied on, empty where one
    may. ``cut`` counts texts of which a part was not read. ``origins`` maps an event's step to that of the document.
    """

    id: str
    line: int = 1
    voided: str = ""
    cut: int = 0
    origins: array[int] = field(default_factory=lambda: array("q"))

    def void(self, why: str) -> None:
        """Say why no score may be relied on; the first reason stays."""
        self.voided = self.voided or why

    def origin(self, step: int) -> int:
        """The step of the document an event's step came from."""
        return self.origins[step] if 0 <= step < len(self.origins) else step


@dataclass(slots=True, kw_only=True)
class Transcript:
    """A transcript: read its events to the end, then look at its notes."""

    events: Iterator[Event]
    notes: Notes


class Writer:
    """Makes the events of one transcript, numbered in order.

    ``at`` is the step of the document that is being read. Calls written into an agent's text are acts, except in
    fences once the transcript has shown calls of its own: then a fenced block is an illustration. As long as it has
    shown none, so is text in a form that the agent was told to write its calls in.
    """

    __slots__ = (
        "_asked",
        "_bare",
        "_given",
        "_last",
        "_named",
        "_native",
        "_prescribed",
        "_spoke",
        "_stranger",
        "_unread",
        "at",
        "notes",
    )

    def __init__(self, notes: Notes) -> None:
        """Start at step 0."""
        self.notes = notes
        self.at = 0
        self._native = self._asked = self._unread = self._spoke = self._bare = self._given = False
        self._stranger = ""
        self._last: int | None = None
        self._named: dict[str, int] = {}
        self._prescribed = Prescribed()

    @property
    def acted(self) -> bool:
        """Whether a call was read so far."""
        return self._last is not None

    def look(self, step: object, *, told: bool = True) -> None:
        """Note whether a step looks as if it held a call: as long as none was read, and where it ``told`` nothing."""
        if not told and holds_a_call(step):
            self.notes.void(UNREAD)
        elif self._last is None and not self._unread:
            self._unread = holds_a_call(step)

    def bare(self, something: bool) -> None:  # noqa: FBT001 (the one thing it is told)
        """Note a call without arguments where ``something`` stands beside it that may be those."""
        self._bare = self._bare or something

    def close(self) -> None:
        """Void a transcript of which no act was read though it seems to hold some, or nobody known to be the agent."""
        if self._bare and not self._given:
            self.notes.void("the arguments of its calls stand under no name that is known, such as `args`")
        if self._last is None and self._unread:
            self.notes.void(UNREAD)
        if self._stranger and not self._spoke:
            self.notes.void(f"nobody in it is known to be the agent: `{self._stranger[:40]}` is no role that is known")

    def told(self, text: str, principal: str = "") -> Iterator[Event]:
        """Something the agent was told; right after a call that it wrote into its text, that is the answer to it."""
        answers, self._asked = self._asked and not principal.startswith(PROMPTS), False
        if text and answers:
            yield self.result(text)
        elif text:
            self._prescribed.learn(text)
            self._stranger = self._stranger or ("" if principal in _TELL else principal)
            yield self._event(EventKind.TOLD, text=self._bounded(text), principal=principal)

    def said(self, text: str, *, acts: bool = True) -> Iterator[Event]:
        """Prose of the agent, and the calls written into it."""
        if not text:
            return
        kept = self._bounded(text)
        yield self._event(EventKind.SAID, text=kept)
        found = acts_in(kept, fences=not self._native) if acts else ()
        if acts and not found and not self._native:
            found = self._prescribed.acts_in(kept)
        if found and len(kept) < len(text):
            self.notes.void("a text with calls in it is longer than is read")
        for tool, args in found:
            yield self._event(EventKind.CALL, tool=tool, args=self._args(args))
        self._asked = bool(found)
        self._unread = self._unread or (acts and not found and self._last is None and text_holds_a_call(kept))

    def call(self, tool: str, args: object, *, name: str = "", principal: str = "", server: str = "") -> Event:
        """A call; ``name`` is what its result refers to it by."""
        self._native, self._asked = True, False
        if name and len(self._named) < _MOST_VALUES:
            self._named[name] = len(self.notes.origins)
        given = self._args(args if isinstance(args, Mapping) else {} if args is None else {"input": args})
        self._given = self._given or bool(given)
        return self._event(EventKind.CALL, tool=self._short(tool), args=given, principal=principal, server=server)

    def result(
        self, text: str, *, name: str = "", tool: str = "", failed: bool = False, of: int | None = None
    ) -> Event:
        """What came of a call: of the one with this name, else of the one that is given, else of the last."""
        step = self._named.pop(name, of) if name else of
        step = self._last if step is None else step
        said = "failed" if failed else "performed"
        return self._event(EventKind.RESULT, text=self._bounded(text), tool=self._short(tool), result=said, of=step)

    def signal(self, text: str) -> Event:
        """A hold, a stop, a correction, a refusal."""
        return self._event(EventKind.SIGNAL, text=self._bounded(text))

    def _event(
        self,
        kind: EventKind,
        *,
        tool: str = "",
        args: Mapping[str, object] | None = None,
        principal: str = "",
        server: str = "",
        result: str = "",
        of: int | None = None,
        text: str = "",
    ) -> Event:
        """The next event, with its place in the document kept beside it."""
        step = len(self.notes.origins)
        self.notes.origins.append(self.at)
        self._spoke = self._spoke or kind in (EventKind.CALL, EventKind.SAID)
        if kind is EventKind.CALL:
            self._last = step
        return Event(
            stream=self.notes.id, step=step, kind=kind, tool=tool, args=args or {}, principal=principal,
            server=server, result=result, of=of, text=text,
        )  # fmt: skip

    def _bounded(self, text: str) -> str:
        """The text as far as it is read."""
        if len(text) <= LONGEST:
            return text
        self.notes.cut += 1
        return text[:LONGEST]

    def _short(self, name: str) -> str:
        """A name as far as it is read."""
        return name[:200]

    def _args(self, args: Mapping[str, object]) -> Mapping[str, object]:
        """Arguments within bounds: what had to be cut out of them voids the transcript, since acts may hide there."""
        left = [_MOST_VALUES, LONGEST * 4]
        kept = _kept(args, left, 0)
        if min(left) < 0:
            self.notes.void("the arguments of a call are longer than is read")
        return kept if isinstance(kept, dict) else {}


def _kept(value: object, left: list[int], depth: int) -> object:
    """A copy of a value that stays within ``left``: values, characters; below zero where something was let go."""
    left[0] -= 1
    if left[0] < 0:
        return None
    if isinstance(value, str):
        room = max(min(left[1], LONGEST), 0)
        left[1] = left[1] - len(value) if len(value) <= room else -1
        return value[:room]
    if depth > 20 and isinstance(value, Mapping | list):
        left[0] = -1
        return None
    if isinstance(value, Mapping):
        return {str(key)[:200]: _kept(inner, left, depth + 1) for key, inner in value.items() if left[0] >= 0}
    if isinstance(value, list):
        return [_kept(inner, left, depth + 1) for inner in value if left[0] >= 0]
    return value
