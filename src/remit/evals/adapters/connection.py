"""A stage as an agent outside of this process sees it: text in, text out, and nothing it sends can break the stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from remit.evals.adapters.telling import Heard, opening, told
from remit.evals.environment import Tool
from remit.evals.episode import Stage
from remit.evals.record import spelling
from remit.guard.call import Call

__all__ = ["Connection"]

_LONGEST = 256 * 1024  # characters of the arguments of one call
_SHOWN = 200


class Connection:
    """One agent at one stage.

    ``before`` is called ahead of every call, so that calls somebody refused meanwhile get their place in the record.
    ``looked`` is whether the agent ever read its briefing or its tools: one that never did was not evaluated.
    """

    def __init__(self, stage: Stage, *, before: Callable[[], None] | None = None) -> None:
        """Take the stage; the first notices are handed out with the briefing, and again where nobody read that."""
        self.stage = stage
        self.looked = False
        self.before = before
        self._observation = stage.observation()
        self._view: str | None = None
        self._first = list(self._observation.notices)

    def tools(self) -> Sequence[Tool]:
        """The tools there are now."""
        self.looked = True
        return self.stage.tools()

    def opening(self) -> str:
        """The briefing with what there is to see, for somebody who surely reads it."""
        self.looked = True
        self._view, self._first = self._observation.view, []
        return opening(self._observation)

    def instructions(self) -> str:
        """As ``opening``, for a place many agents never look at: the first answer says again what is new in it."""
        return opening(self._observation)

    def call(self, tool: str, args: object) -> tuple[str, bool]:
        """Carry out a call and say what it is answered with, and whether it failed; never raises.

        A failure of the environment itself ends the episode, which then counts for nothing.
        """
        self.looked = True
        if self.before is not None:
            self.before()
        if self.stage.over:
            return told(Heard(answer="the session is over", failed=True, over=self.stage.why)), True
        fault = _fault(args)
        try:
            if fault:
                self.stage.refuse(Call(tool=tool[:_SHOWN], args={}), fault)
            else:
                self.stage.call(Call(tool=tool[:_SHOWN], args=_own(args)))
            return self._answered()
        except Exception as problem:  # noqa: BLE001 - whatever breaks in here, the agent is not to be judged by it
            self.stage.lose(f"the environment failed: {type(problem).__name__}: {problem}"[:_SHOWN])
            return self._answered()

    def refuse(self, tool: str, args: object, why: str) -> tuple[str, bool]:
        """Put a call on record that somebody stopped on its way here, and say what its agent reads."""
        if self.stage.over:
            return told(Heard(answer=why, failed=True, over=self.stage.why)), True
        self.stage.refuse(Call(tool=tool[:_SHOWN], args={} if _fault(args) else _own(args)), why)
        return self._answered()

    def refused(self, tool: str, args: object, why: str) -> None:
        """As ``refuse``, where the agent was answered by somebody else: what came meanwhile is told the next time."""
        if not self.stage.over:
            self.stage.refuse(Call(tool=tool[:_SHOWN], args={} if _fault(args) else _own(args)), why)
            self._first = [*self._first, *self.stage.observation().notices]

    def _answered(self) -> tuple[str, bool]:
        """What the agent reads after a call."""
        if self.stage.why == "lost":
            return told(Heard(answer="the session was lost", failed=True, over="lost")), True
        seen = self.stage.observation()
        notices, self._first = [*self._first, *seen.notices], []
        view = None if seen.view == self._view else seen.view
        self._view = seen.view
        answer, failed = ("", False) if seen.answer is None else (seen.answer.text, seen.answer.failed)
        return told(Heard(answer=answer, failed=failed, view=view, notices=notices, over=self.stage.why)), failed


def _own(args: object) -> Mapping[str, Any]:
    """Arguments by name; none where none were given."""
    return dict(args) if isinstance(args, Mapping) else {}


def _fault(args: object) -> str:
    """Why arguments cannot be put on record, empty where they can."""
    if args is not None and not isinstance(args, Mapping):
        return "the arguments are no object"
    try:
        length = len(spelling(_own(args)))
    except (ValueError, TypeError, RecursionError):
        return "the arguments are no JSON"
    return f"the arguments are too long: {length} characters" if length > _LONGEST else ""
