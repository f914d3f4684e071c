"""What was allowed and is not over: calls that wait for the client's answers, and tasks that run on.

In the stateless era a server may answer a call with questions; the client sends the call again, with its answers and
the state the server gave it. That is the same call going on, so nobody is asked and nothing is spent a second time -
as long as it is the same tool with the same arguments, and once for every state. The same holds for a task: whoever
was allowed to begin it may look at it and answer its questions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.proxy.frames import Frame
from remit.proxy.points import wants_input

__all__ = ["Continuations"]

_MOST = 1024


@dataclass(slots=True, kw_only=True)
class Continuations:
    """The calls and tasks of one principal at one server that are not over; the oldest are forgotten first.

    Whoever is forgotten is decided anew. Share one between the relays of a client that opens several conversations.
    """

    _calls: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _tasks: dict[str, None] = field(default_factory=dict)

    def keep(self, frame: Frame, answer: Frame, call_id: str) -> None:
        """Remember a call whose answer asks for more, under the state it will come back with."""
        result = answer.result
        if wants_input(result) or result.get("resultType") == "input_required":
            self._calls[_key(frame, result.get("requestState"))] = call_id
            _shorten(self._calls)

    def take(self, frame: Frame) -> str:
        """The id of the call that this one continues, empty when it continues none; good for once."""
        params = frame.params
        if "requestState" not in params and "inputResponses" not in params:
            return ""
        return self._calls.pop(_key(frame, params.get("requestState")), "")

    def note_task(self, answer: Frame) -> None:
        """Remember a task that an allowed call began (2025-11-25: ``result.task``; 2026-07-28: ``result.taskId``)."""
        result = answer.result
        inner = result.get("task")
        for name in (result.get("taskId"), inner.get("taskId") if isinstance(inner, Mapping) else None):
            if isinstance(name, str):
                self._tasks[name] = None
                _shorten(self._tasks)

    def knows_task(self, name: object) -> bool:
        """Whether a task was begun by an allowed call."""
        return isinstance(name, str) and name in self._tasks


def _key(frame: Frame, state: object) -> tuple[str, str, str]:
    """What must be the same for a call to go on: the tool, its arguments to the letter, and the server's state."""
    arguments = json.dumps(frame.params.get("arguments") or {}, sort_keys=True)
    return str(frame.params.get("name")), arguments, json.dumps(state)


def _shorten(table: dict[tuple[str, str, str], str] | dict[str, None]) -> None:
    """Forget the oldest beyond the bound."""
    while len(table) > _MOST:
        del table[next(iter(table))]  # type: ignore[arg-type]  # a key of this very table
