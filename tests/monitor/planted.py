"""Streams whose calls say themselves what they do, so that detectors are tested apart from inference."""

from __future__ import annotations

from dataclasses import dataclass

from remit.monitor.alert import Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.event import Event, EventKind
from remit.monitor.memory import Memory
from remit.monitor.monitor import Monitor

__all__ = ["Stream", "infer", "planted"]


@dataclass(frozen=True)
class _Does:
    """What a planted call does, in a shape in which no reader of arguments looks for texts."""

    found: tuple[Inferred, ...]


def infer(event: Event, controls: Controls, memory: Memory) -> tuple[Inferred, ...]:
    """The effects a planted call says it has."""
    del controls, memory
    does = event.args.get("does")
    return does.found if isinstance(does, _Does) else ()


def planted(effect: str, target: str = "thing", *, certainty: float = 0.9, control: bool = False) -> Inferred:
    """One effect of a planted call."""
    return Inferred(effect=effect, certainty=certainty, why=f"{effect} on {target}", target=target, control=control)


class Stream:
    """Events one after the other, and a monitor that takes them."""

    def __init__(self, monitor: Monitor | None = None) -> None:
        self.monitor = Monitor(infer=infer) if monitor is None else monitor
        self.step = 0

    def call(
        self,
        *does: Inferred,
        tool: str = "tool",
        decision: str = "",
        effects: tuple[str, ...] | None = None,
        principal: str = "",
        **args: object,
    ) -> int:
        """One call; its step."""
        return self._take(
            EventKind.CALL,
            tool=tool,
            args={**args, "does": _Does(does)},
            decision=decision,
            effects=effects,
            principal=principal,
        )

    def signal(self, text: str) -> int:
        """An act of oversight on record."""
        return self._take(EventKind.SIGNAL, text=text)

    def told(self, text: str, *, principal: str = "user") -> int:
        """Something a person says."""
        return self._take(EventKind.TOLD, text=text, principal=principal)

    def result(self, of: int, result: str) -> int:
        """The answer to a call."""
        return self._take(EventKind.RESULT, of=of, result=result)

    def reads(self, times: int) -> None:
        """Calls that do nothing to anybody."""
        for number in range(times):
            self.call(path=f"src/part_{number % 7}.py")

    def strength(self, part: str) -> float:
        """How strong the best alert of a part is so far."""
        alert = self.monitor.alerts.get(part)
        return 0.0 if alert is None else alert.strength

    def _take(self, kind: EventKind, **parts: object) -> int:
        self.step += 1
        self.monitor.take(Event(stream="planted", step=self.step, kind=kind, **parts))  # type: ignore[arg-type]
        return self.step
