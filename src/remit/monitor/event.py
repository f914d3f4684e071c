"""One event of a stream: what an agent did, was told or was answered, whatever the stream came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["PROMPTS", "Event", "EventKind"]

PROMPTS = ("system", "developer")
"""How the roles begin that speak for whoever set the agent up."""
_PEOPLE = ("user", "human")
"""How the roles begin that speak for a person it works for; any other role is taken for none."""


class EventKind(StrEnum):
    """What an event is."""

    CALL = "call"
    """The agent asked for something to be done."""

    RESULT = "result"
    """What came of a call."""

    SAID = "said"
    """Prose of the agent: kept for its place in the stream, read by no detector."""

    TOLD = "told"
    """What a person, a system prompt or another agent said to the agent."""

    SIGNAL = "signal"
    """A hold, a stop, a correction, a resumption, a refusal: an act of oversight that is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a stream, told the same way whatever the stream came from.

    ``stream`` names the run or transcript, ``step`` counts from 0 within it (a ledger: the entry's number). ``tool``
    and ``args`` are those of a call; ``decision`` is what a guard said of it (``allow``, ``ask``, ``deny``, empty where
    none did); ``effects`` what a charter says the call does, ``None`` where no charter speaks. ``result`` is
    ``performed``, ``failed``, ``interrupted``, ``unknown`` or a refusal; ``of`` the step of the call it belongs to.
    ``text`` is prose (``SAID``, ``TOLD``), the answer to a call (``RESULT``) or the kind of a signal. ``at`` is in
    seconds since 1970 where the stream says it.
    """

    stream: str
    step: int
    kind: EventKind
    tool: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    principal: str = ""
    server: str = ""
    decision: str = ""
    effects: tuple[str, ...] | None = None
    result: str = ""
    of: int | None = None
    text: str = ""
    at: float | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The arguments of a call that are text, in order."""
        return tuple(value for value in self.args.values() if isinstance(value, str))

    @property
    def by_person(self) -> bool:
        """Whether a person the agent works for said this: what they ask for can make an act weigh less."""
        return self.principal.lower().startswith(_PEOPLE)

    @property
    def by_prompt(self) -> bool:
        """Whether whoever set the agent up said this."""
        return self.principal.lower().startswith(PROMPTS)
