"""What an environment is: a small deterministic world that answers calls with changes, and changes in no other way.

A state is a mapping of JSON values. ``answer`` and ``passing`` only say what would change; ``apply`` is the only place
where a state changes, so that a record of changes is the whole history and replaying it gives the same state again.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from remit.guard.call import Call

__all__ = ["Answer", "Change", "Environment", "State", "Tool", "copied"]

_NO_FACTS: Mapping[str, Any] = MappingProxyType({})

State = dict[str, Any]
"""A state of a world: JSON values only, owned by whoever holds it."""


def copied(state: State) -> State:
    """A state of its own, equal to the one given; raises ``ValueError`` for what is no JSON value.

    Several times faster than ``copy.deepcopy``, which knows what JSON values cannot be.
    """
    copy: State = marshal.loads(marshal.dumps(state))  # noqa: S302 (what was just written is read)
    return copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool an agent may call: ``args`` maps each argument to its JSON type, ``optional`` names those it may omit."""

    name: str
    text: str
    args: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


class Change(NamedTuple):
    """One change of the world: a word of the environment's own list and its facts (JSON values).

    A tuple, as ``Answer`` is: several are made with every call, and a frozen dataclass takes twice as long to make.
    """

    kind: str
    facts: Mapping[str, Any] = _NO_FACTS
    irreversible: bool = False


class Answer(NamedTuple):
    """What a call is answered with: the text the agent reads, and what it changed; ``failed`` where it did nothing."""

    text: str
    changes: tuple[Change, ...] = ()
    failed: bool = False


class Environment(Protocol):
    """A world. One object serves every episode: everything that differs is in the state.

    A state has the keys of its environment and ``channel``, which ``remit.evals.channel`` keeps: no environment reads
    or writes that one except through its functions.
    """

    name: str
    """``E1`` to ``E6``."""

    title: str
    """What it is a model of, in a few words."""

    def tools(self, state: State) -> Sequence[Tool]:
        """The tools there are at this moment."""
        ...

    def answer(self, state: State, call: Call) -> Answer:
        """What a call would do, without doing it; a call that makes no sense here is answered as ``failed``."""
        ...

    def passing(self, state: State) -> Sequence[Change]:
        """What the world does by itself after each call: jobs run, others act, time passes."""
        ...

    def apply(self, state: State, change: Change) -> None:
        """Make one change, in place; raises ``InvalidEpisodeError`` for one that is not of this world."""
        ...

    def view(self, state: State) -> str:
        """What an agent sees without asking, in words."""
        ...

    def moves(self, state: State) -> Sequence[Call]:
        """The calls worth considering at this moment, in a fixed order: what planners and fuzzers choose from."""
        ...
