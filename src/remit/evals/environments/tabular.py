"""A world written as tables: which function answers a tool, which makes a change, what happens at which moment.

A state of such a world has, beside what its parts keep: ``clock`` (calls so far, counted while something is due),
``timetable`` (what will happen by itself: ``at`` which clock, ``what``, ``facts``, and ``every`` so many calls where it
comes back) and ``without`` (tools that are not there). Every change says ``who`` made it: ``you``, ``peer``, ``world``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from remit.errors import InvalidEpisodeError
from remit.evals.environment import Answer, Change, State, Tool, copied
from remit.guard.call import Call

__all__ = ["Facts", "Part", "World", "failed", "happening", "one", "put_off"]

Facts = Mapping[str, Any]
"""The arguments of a call or the facts of a change, by name."""

_KINDS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "object": (dict,),
        "array": (list,),
    }
)


def _no_moves(_state: State) -> Iterable[Call]:
    """Nothing to consider."""
    return ()


def _nothing(_state: State) -> Iterable[Change]:
    """Nothing goes on by itself."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One department of a world.

    ``answers`` maps a tool to what a call to it would do, ``changes`` a kind of change to the function that makes it in
    place, ``happenings`` what stands in the timetable to the changes it brings at that moment. ``moves`` are the calls
    worth considering, ``going_on`` the changes that come after every call.
    """

    tools: Sequence[Tool]
    answers: Mapping[str, Callable[[State, Facts], Answer]]
    changes: Mapping[str, Callable[[State, Facts], None]]
    happenings: Mapping[str, Callable[[State, Facts], Sequence[Change]]] = field(default_factory=dict)
    moves: Callable[[State], Iterable[Call]] = _no_moves
    going_on: Callable[[State], Iterable[Change]] = _nothing


class World:
    """An environment made of parts. ``deferring`` is its tool for a call that is made later, by something else."""

    def __init__(
        self, *, name: str, title: str, parts: Sequence[Part], view: Callable[[State], str], deferring: Tool
    ) -> None:
        """Join the tables of the parts."""
        self.name = name
        self.title = title
        self._parts = tuple(parts)
        self._view = view
        self._deferring = deferring.name
        self._tools = (*(tool for part in parts for tool in part.tools), deferring)
        self._known = {tool.name: tool for tool in self._tools}
        self._answers = {name: answering for part in parts for name, answering in part.answers.items()}
        changes = {kind: making for part in parts for kind, making in part.changes.items()}
        self._changes = {**changes, "tick": _tick, "put-off": _is_put_off, "peer-did": _peer_did}
        self._happenings = {what: bringing for part in parts for what, bringing in part.happenings.items()}
        self._going_on = tuple(part.going_on for part in parts if part.going_on is not _nothing)

    def tools(self, state: State) -> Sequence[Tool]:
        """The tools there are: all of them but those the state is without."""
        without = state["without"]
        return tuple(tool for tool in self._tools if tool.name not in without) if without else self._tools

    def answer(self, state: State, call: Call) -> Answer:
        """What a call would do."""
        if call.tool in state["without"]:
            return failed(f"there is no tool `{call.tool}`")
        if call.tool == self._deferring:
            return self._deferred(state, call.args)
        answering = self._answers.get(call.tool)
        return answering(state, call.args) if answering else failed(f"there is no tool `{call.tool}`")

    def passing(self, state: State) -> Sequence[Change]:
        """What happens by itself: the clock and what is due at it, then what goes on all the time."""
        changes: list[Change] = []
        if state["timetable"]:
            now = state["clock"] + 1
            changes.append(Change(kind="tick"))
            changes += self._due([event for event in state["timetable"] if event["at"] <= now], state)
        for going_on in self._going_on:
            changes += going_on(state)
        return changes

    def apply(self, state: State, change: Change) -> None:
        """Make a change; raises ``InvalidEpisodeError`` for one that is not of this world."""
        making = self._changes.get(change.kind)
        if making is None:
            raise InvalidEpisodeError(f"`{change.kind}` is no change of {self.name}")
        making(state, change.facts)

    def view(self, state: State) -> str:
        """What an agent sees without asking."""
        return self._view(state)

    def moves(self, state: State) -> Sequence[Call]:
        """The calls worth considering, part by part."""
        without = state["without"]
        return [move for part in self._parts for move in part.moves(state) if move.tool not in without]

    def _deferred(self, state: State, args: Facts) -> Answer:
        """Put a call off until so many calls have been made; one that could not be made now is refused."""
        tool, inner = self._known.get(args["tool"]), args["args"]
        if tool is None or tool.name in {self._deferring, *state["without"]}:
            return failed(f"there is no tool `{args['tool']}` to put off")
        fits = set(tool.args) - tool.optional <= set(inner) <= set(tool.args)
        if not fits or not all(isinstance(value, _KINDS[tool.args[name]]) for name, value in inner.items()):
            return failed(f"`{tool.name}` does not take these arguments")
        event = happening(max(1, args["after"]), "call", tool=tool.name, args=inner)
        return Answer(text=f"`{tool.name}` will be called later", changes=(put_off(event),))

    def _due(self, events: Sequence[Facts], state: State) -> list[Change]:
        """The changes of what is due at one moment, one entry after the other: each finds what those before it left."""
        changes: list[Change] = []
        for number, event in enumerate(events):
            made = self._happens(state, event)
            changes += made
            if made and number + 1 < len(events):
                state = copied(state)
                for change in made:
                    self.apply(state, change)
        return changes

    def _happens(self, state: State, event: Facts) -> Sequence[Change]:
        """The changes an entry of the timetable brings now."""
        facts = event["facts"]
        match event["what"]:
            case "call":
                return self._answers[facts["tool"]](state, facts["args"]).changes
            case "peer":
                return (Change(kind="peer-did", facts={"who": "peer", "did": facts["kind"]}), *_told(facts))
            case what:
                return self._happenings[what](state, facts)


def _told(facts: Facts) -> tuple[Change, ...]:
    """The change a scripted peer makes."""
    return (Change(kind=facts["kind"], facts={"who": "peer", **facts["facts"]}),)


def _is_put_off(state: State, facts: Facts) -> None:
    """One more entry stands on the timetable."""
    event = facts["event"]
    state["timetable"] = [*state["timetable"], {**event, "at": state["clock"] + event["at"]}]


def _peer_did(state: State, facts: Facts) -> None:
    """A scripted peer did something, which the agent can see."""
    state["peers"] = [*state.get("peers", ()), str(facts["did"])]


def _tick(state: State, _facts: Facts) -> None:
    """Let the clock go on by one; what came to pass leaves the timetable, unless it comes back."""
    now = state["clock"] + 1
    kept = []
    for event in state["timetable"]:
        if event["at"] > now:
            kept.append(event)
        elif event.get("every"):
            kept.append({**event, "at": now + event["every"]})
    state["clock"], state["timetable"] = now, kept


def failed(text: str) -> Answer:
    """The answer to a call that did nothing."""
    return Answer(text=text, failed=True)


def one(text: str, kind: str, *, irreversible: bool = False, **facts: Any) -> Answer:
    """The answer to a call of the agent that made one change."""
    return Answer(text, (Change(kind, {"who": "you", **facts}, irreversible),))


def happening(at: int, what: str, *, every: int = 0, **facts: Any) -> dict[str, Any]:
    """An entry of a timetable."""
    event: dict[str, Any] = {"at": at, "what": what, "facts": facts}
    return {**event, "every": every} if every else event


def put_off(event: Facts) -> Change:
    """The change that puts an entry on the timetable, ``at`` counted from now."""
    return Change(kind="put-off", facts={"who": "you", "event": dict(event)})
