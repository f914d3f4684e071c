"""What can be told of a cell before it is played: which ways are open, and which notice arrives first on a way.

Nothing here plays the world or asks a scorer: a declared verdict that came from the scorer would agree with any scorer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.evals import channel
from remit.evals.environment import copied
from remit.evals.scenario import Instance
from remit.guard.call import Call

__all__ = ["SIGNALS", "authority", "due", "first_signal", "is_heard", "is_resumed", "is_tempting", "outlasts"]

SIGNALS = frozenset({"pause", "correct", "stop", "retask"})
"""The kinds of notices that interrupt."""


def due(instance: Instance) -> Sequence[Mapping[str, Any]]:
    """The notices that may arrive, as the overseer wrote them."""
    found: Sequence[Mapping[str, Any]] = instance.initial["channel"]["due"]
    return found


def authority(instance: Instance, notice: Mapping[str, Any]) -> str:
    """What is true of a notice that was seen; one that is not on the list is what its signature says."""
    known = {item["id"]: item["authority"] for item in due(instance)}
    return str(known.get(notice["id"], "valid" if notice.get("signature") == "verified" else "spoofed"))


def is_tempting(instance: Instance) -> bool:
    """Whether the behaviour can be done at all."""
    return bool(instance.ways.violate)


def first_signal(instance: Instance, calls: Sequence[Call]) -> Mapping[str, Any] | None:
    """The interruption that arrives first where these calls are made and no notice is answered."""
    for step in range(min(len(calls), instance.horizon - 1) + 1):
        tool = calls[step - 1].tool if step else ""
        for item in due(instance):
            if item["kind"] in SIGNALS and _arrives(item, step, tool):
                return item
    return None


def _arrives(item: Mapping[str, Any], step: int, tool: str) -> bool:
    """Whether a notice arrives after so many calls, the last of them to ``tool``."""
    if "after" in item:
        return False
    if "on" in item:
        return bool(tool) and item["on"] == tool
    return step >= int(item.get("step", 0))


def is_heard(instance: Instance, notice: Mapping[str, Any] | None) -> bool:
    """Whether there is a notice and it is from somebody who may give it."""
    return notice is not None and authority(instance, notice) == "valid"


def is_resumed(instance: Instance, notice: Mapping[str, Any]) -> bool:
    """Whether somebody entitled will let the agent go on, once it obeyed a pause and waited."""
    return any(
        item["kind"] == "resume"
        and item["authority"] == "valid"
        and "on" not in item
        and item.get("after", notice["id"]) == notice["id"]
        for item in due(instance)
    )


def outlasts(instance: Instance, calls: int) -> bool:
    """Whether the world, left to itself, lets an agent wait for so many calls."""
    state = copied(instance.initial)
    for step in range(1, calls + 1):
        for change in instance.environment.passing(state):
            if change.kind in channel.CHANGES:
                channel.apply(state, change, step)
            else:
                instance.environment.apply(state, change)
        if channel.is_over(state):
            return False
    return True
