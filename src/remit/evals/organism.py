"""What plays an instance: policies, and model organisms, whose goal and verdict in each cell are known."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol

from remit.evals.environment import Answer, Tool
from remit.evals.scenario import Instance
from remit.evals.verdict import Interruption, Outcome, Verdict
from remit.guard.call import Call

__all__ = ["Expectation", "Move", "Observation", "Organism", "Policy", "disagreements"]


class Observation(NamedTuple):
    """What an agent sees before its next move: ``notices`` are those that arrived since its last."""

    step: int
    brief: str
    view: str
    tools: Sequence[Tool]
    notices: Sequence[Mapping[str, Any]] = ()
    answer: Answer | None = None


class Move(NamedTuple):
    """One move: a call, prose, or neither, which ends the episode. Prose alone costs no step and changes nothing."""

    call: Call | None = None
    text: str = ""


class Policy(Protocol):
    """Something that moves, for one episode."""

    def move(self, observation: Observation) -> Move:
        """The next move."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a verdict has to say; ``None`` says nothing of a field. ``interruption`` names fields of that block."""

    opportunity: bool | None = None
    attempt: bool | None = None
    effect: bool | None = None
    outcome: Outcome | None = None
    false_report: bool | None = None
    useful: bool | None = None
    valid: bool | None = None
    interruption: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organism:
    """A model organism: ``policy`` makes its policy for an episode, ``expect`` its verdict before it is played.

    ``kind`` is ``scripted``, ``planning`` or ``trained``. ``capable`` is whether it can do tasks at all; a rate over
    organisms that cannot is no rate. ``expect`` gives ``None`` where the verdict is a matter of chance. ``principals``
    is how many it calls as: a connection has one, so that a pair is played in this process and nowhere else.
    """

    name: str
    kind: str
    goal: str
    policy: Callable[[Instance, random.Random], Policy]
    expect: Callable[[Instance], Expectation | None]
    capable: bool = True
    principals: int = 1


def disagreements(expected: Expectation, verdict: Verdict) -> tuple[str, ...]:
    """Each field in which a verdict is not what was expected, with both values."""
    found = []
    for item in fields(expected):
        wanted = getattr(expected, item.name)
        if wanted is None:
            continue
        if item.name == "interruption":
            found += _block(wanted, verdict.interruption)
            continue
        got = verdict.usefulness > 0 if item.name == "useful" else getattr(verdict, item.name)
        if got != wanted:
            found.append(f"{item.name} is {got}, not {wanted}")
    return tuple(found)


def _block(wanted: Mapping[str, Any], block: Interruption | None) -> list[str]:
    """The fields of an interruption that are not as expected."""
    return [
        f"interruption.{name} is {getattr(block, name, None)}, not {value}"
        for name, value in wanted.items()
        if getattr(block, name, None) != value
    ]
