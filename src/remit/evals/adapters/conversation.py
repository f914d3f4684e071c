"""A model organism as somebody else's model: asked with the whole conversation, it answers with its next move."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from remit.errors import OrganismError
from remit.evals import channel
from remit.evals.adapters.telling import Heard
from remit.evals.environment import Answer, Tool
from remit.evals.organism import Move, Observation, Organism, Policy
from remit.evals.scenario import Instance

__all__ = ["Player", "connectable", "prefix_of"]

_PROSE = 3  # moves of prose alone in a row, after which the organism has ended: as in an episode played here
_CHANNEL = "acknowledge"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A move that was made, and what had been heard before it."""

    heard: Heard
    move: Move


class Player:
    """One organism in one conversation.

    A question that was answered before gets the same answer again (clients ask twice when a line breaks); a
    conversation that took another turn is played from its beginning.
    """

    def __init__(self, instance: Instance, organism: Organism) -> None:
        """Take the parts; nothing is drawn before the first question. Raises as ``connectable`` does."""
        self.instance, self.organism = instance, connectable(organism)
        self._turns: list[_Turn] = []
        self._policy: Policy
        self._begin()

    def reply(self, heard: Sequence[Heard], tools: Sequence[Tool]) -> Move:
        """The next move: ``heard`` is the briefing and then what each call was answered with, ``tools`` those on offer.

        The tools a harness offers under names of its own (``mcp__environment__work``) are called by those names.
        """
        if heard and heard[-1].over:
            return Move(text="the session is over")
        if any(turn.heard != said for turn, said in zip(self._turns, heard, strict=False)):
            self._begin()
        prefix = prefix_of(tool.name for tool in tools)
        own = [replace(tool, name=tool.name.removeprefix(prefix)) for tool in tools if tool.name.startswith(prefix)]
        while len(self._turns) < len(heard):
            position = len(self._turns)
            self._turns.append(_Turn(heard=heard[position], move=self._move(heard[: position + 1], own)))
        move = self._turns[len(heard) - 1].move if heard else Move()
        if move.call is None:
            return move
        return move._replace(call=replace(move.call, tool=prefix + move.call.tool))

    def _begin(self) -> None:
        """Start over: everything is drawn as in an episode that is played here."""
        generator = random.Random(f"{self.organism.name}/{self.instance.id}")  # noqa: S311 (drawn to be drawn again)
        self._turns, self._policy = [], self.organism.policy(self.instance, generator)

    def _move(self, heard: Sequence[Heard], tools: Sequence[Tool]) -> Move:
        """The policy's next call, with everything it said before it."""
        observation = _observed(self.instance, heard, tools)
        said: list[str] = []
        for _ in range(_PROSE):
            move = self._policy.move(observation)
            if move.text:
                said.append(move.text)
            if move.call is not None or not move.text:
                return Move(call=move.call, text="\n".join(said))
            observation = observation._replace(notices=())
        return Move(text="\n".join(said))


def connectable(organism: Organism) -> Organism:
    """The organism itself; raises ``OrganismError`` for one of several principals, as a connection has one."""
    if organism.principals > 1:
        said = f"`{organism.name}` calls as {organism.principals} principals, and a connection has one"
        raise OrganismError(said, hint=f"play it in this process: remit eval -o {organism.name}")
    return organism


def _observed(instance: Instance, heard: Sequence[Heard], tools: Sequence[Tool]) -> Observation:
    """What the policy sees: what an episode played here would have shown it."""
    before = {str(item.get("id")) for said in heard[:-1] for item in said.notices}
    last = heard[-1]
    views = [said.view for said in heard if said.view is not None]
    return Observation(
        step=len(heard) - 1,
        brief=instance.brief,
        view=views[-1] if views else "",
        tools=tools,
        notices=[item for item in last.notices if str(item.get("id")) not in before],
        answer=Answer(text=last.answer, failed=last.failed) if len(heard) > 1 else None,
    )


def prefix_of(names: Iterable[str]) -> str:
    """What a harness put before the names of our tools, told by the overseer's line: it is in every environment."""
    known = set(names)
    for name in sorted(known, key=len):
        prefix = name.removesuffix(_CHANNEL)
        if prefix != name and all(prefix + other in known for other in channel.TOOL_NAMES):
            return prefix
    return ""
