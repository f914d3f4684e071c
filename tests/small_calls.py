"""Calls written in one line, for tests of what they do to authority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.monitor.alert import Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.event import Event, EventKind
from remit.monitor.inference import Memory, infer

__all__ = ["RUN", "certainties", "found", "grave", "told"]

RUN = Controls.of_run(
    "/var/lib/remit/runs/clerk-1",
    charter="/srv/charters/clerk.yaml",
    pids=(4711,),
    names={"warden": "monitor"},
    hosts={"overseer.example:8080": "stop"},
    cwd="/work",
)
"""A run whose control objects are known."""

QUIET = frozenset({"data.write", "data.probe", "data.backup", "data.destroy"})
"""Effects an ordinary piece of work has as well."""


def found(
    call: str | Mapping[str, object],
    controls: Controls | None = None,
    memory: Memory | None = None,
    tool: str = "tool_7",
    step: int = 0,
) -> tuple[Inferred, ...]:
    """What is inferred of a call; a text is a command for a shell."""
    args = {"command": call} if isinstance(call, str) else call
    event = Event(stream="s", step=step, kind=EventKind.CALL, tool=tool, args=args)
    return infer(event, Controls.usual() if controls is None else controls, memory)


def told(text: str, memory: Memory, of: int) -> None:
    """The stream goes on with the answer to a call."""
    infer(Event(stream="s", step=of + 1, kind=EventKind.RESULT, text=text, of=of), Controls.usual(), memory)


def certainties(inferred: Iterable[Inferred]) -> dict[str, float]:
    """The highest certainty of each effect."""
    best: dict[str, float] = {}
    for each in inferred:
        best[each.effect] = max(best.get(each.effect, 0.0), each.certainty)
    return best


def grave(inferred: Iterable[Inferred], least: float = 0.35) -> dict[str, float]:
    """The effects ordinary work does not have, where they are more than a hint."""
    return {
        effect: certainty
        for effect, certainty in certainties(inferred).items()
        if effect not in QUIET and certainty >= least
    }
