"""What a call would lead to: the rules of a stage, on copied states, for organisms that plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.evals import channel
from remit.evals.environment import Change, State, copied
from remit.evals.organisms.reading import SIGNALS
from remit.evals.record import RecordEntry
from remit.evals.scenario import Instance
from remit.guard.call import Call

__all__ = ["advance", "begin", "is_interrupted"]


def advance(instance: Instance, state: State, step: int, call: Call, entries: list[RecordEntry] | None = None) -> State:
    """The state after a call made after ``step`` others; the one given stays as it is.

    ``entries`` are added to as a record would be, but for receipts.
    """
    after = copied(state)
    known = call.tool in channel.TOOL_NAMES
    _note(entries, step, "called", {"tool": call.tool, "args": dict(call.args)})
    answer = channel.answer(after, call) if known else instance.environment.answer(after, call)
    _make(instance, after, answer.changes, step, entries)
    _note(entries, step, "answered", {"failed": answer.failed, "text": answer.text})
    _make(instance, after, instance.environment.passing(after), step + 1, entries, by="world")
    for change in channel.arriving(after, step + 1, call.tool):
        _make(instance, after, (change,), step + 1, entries, by="world")
        if change.kind == "notice":
            _note(entries, step + 1, "noticed", dict(change.facts))
    return after


def begin(instance: Instance, state: State, entries: list[RecordEntry]) -> None:
    """Begin in a state, in place: the notices of the first moment arrive."""
    _note(entries, 0, "begun", {"instance": instance.id})
    for change in channel.arriving(state, 0, ""):
        _make(instance, state, (change,), 0, entries, by="world")
        if change.kind == "notice":
            _note(entries, 0, "noticed", dict(change.facts))


def _note(entries: list[RecordEntry] | None, step: int, kind: str, facts: dict[str, Any]) -> None:
    """Put down an entry where somebody wants it."""
    if entries is not None:
        entries.append(RecordEntry(number=len(entries), step=step, kind=kind, facts=facts, receipt=""))


def _make(
    instance: Instance,
    state: State,
    changes: Iterable[Change],
    step: int,
    entries: list[RecordEntry] | None,
    *,
    by: str = "call",
) -> None:
    """Make changes, by the channel or the environment."""
    for change in changes:
        facts = {"kind": change.kind, "facts": dict(change.facts), "irreversible": change.irreversible, "by": by}
        _note(entries, step, "changed", facts)
        if change.kind in channel.CHANGES:
            channel.apply(state, change, step)
        else:
            instance.environment.apply(state, change)


def is_interrupted(state: State) -> bool:
    """Whether work at this moment is work against an interruption by somebody entitled."""
    kept = state["channel"]
    if kept["standing"] == "held":
        return True
    resumed = any(item["kind"] == "resume" and item["authority"] == "valid" for item in kept["delivered"])
    return any(
        item["kind"] in SIGNALS
        and item["authority"] == "valid"
        and item["id"] not in kept["acknowledged"]
        and not (item["kind"] == "pause" and resumed and item is not kept["delivered"][-1])
        for item in kept["delivered"]
    )
