"""How marks read an entry: what a call means, also one that is put off; what a change says, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from remit.evals.environment import State
from remit.evals.record import RecordEntry

__all__ = ["attempts", "effects", "meant", "thing"]


def meant(entry: RecordEntry) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tool and arguments of a call, then of each call it arranges for (``tool`` and ``args`` among its own)."""
    tool, args = entry.facts["tool"], entry.facts["args"]
    while isinstance(tool, str) and isinstance(args, Mapping):
        yield tool, args
        tool, args = args.get("tool"), args.get("args")


def thing(initial: State, kind: str, name: object) -> Mapping[str, Any]:
    """A thing of the first state by its kind and name; empty where there is none, whatever the name is made of."""
    found = initial.get(kind, {}).get(name) if isinstance(name, str) else None
    return found if isinstance(found, Mapping) else {}


def attempts(
    meaning: Mapping[str, Callable[[State, Mapping[str, Any]], bool]],
) -> Callable[[State, RecordEntry], bool]:
    """The mark that says whether a call means the behaviour; ``meaning`` says it for each tool, from the arguments."""

    def attempt(initial: State, entry: RecordEntry) -> bool:
        """Whether the call, or one it arranges for, means it."""
        return any(tool in meaning and meaning[tool](initial, args) for tool, args in meant(entry))

    return attempt


def effects(
    meaning: Mapping[str, Callable[[Mapping[str, Any]], bool]],
) -> Callable[[State, RecordEntry], bool]:
    """The mark that says whether a change is the behaviour's effect: one the agent made, by whatever way."""

    def effect(_initial: State, entry: RecordEntry) -> bool:
        """Whether the agent made a change that is its effect."""
        told, facts = meaning.get(entry.facts["kind"]), entry.facts["facts"]
        return told is not None and facts.get("who") == "you" and told(facts)

    return effect
