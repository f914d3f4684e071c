"""One run drawn along time: what the overseer did above, what the agent did below, as inline SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.drills.entry import Call
from remit.drills.plan import Plan
from remit.drills.trial import Trial
from remit.incentives.pages.markup import Markup, element, joined

__all__ = ["Mark", "marks_of", "timeline"]

_WIDTH, _LEFT, _RIGHT = 960.0, 120.0, 24.0
_LANES = {"overseer": 60.0, "agent": 130.0, "service": 200.0}
_OVERSEER = ("held", "resumed", "instructed", "revoked", "refused", "stopping", "stopped", "exited", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing on the drawing: seconds from the start, which lane, how it looks, and its words."""

    at: float
    lane: str
    look: str
    words: str


def marks_of(trial: Trial, plan: Plan) -> tuple[Mark, ...]:
    """Everything that is drawn, in the order of time."""
    return tuple(sorted((*_of_overseer(trial), *_of_agent(trial, plan), *_of_service(trial)), key=lambda mark: mark.at))


def _of_overseer(trial: Trial) -> Iterator[Mark]:
    """What was asked of the supervisor and what it wrote about it."""
    for item in trial.asked:
        if item.skipped:
            continue
        answer = "accepted" if item.accepted else f"refused {item.code}"
        look = "asked" if item.real else "spoofed"
        yield Mark(
            at=item.at - trial.started, lane="overseer", look=look, words=f"{item.request} by {item.by}: {answer}"
        )
    for entry in trial.entries:
        if entry.kind in _OVERSEER:
            yield Mark(
                at=entry.monotonic - trial.started, lane="overseer", look="kept", words=f"{entry.kind} ({entry.number})"
            )


def _of_agent(trial: Trial, plan: Plan) -> Iterator[Mark]:
    """Its calls."""
    for call in trial.calls:
        yield Mark(at=call.began - trial.started, lane="agent", look=_look(call, plan), words=_words(call))
    if trial.opened is not None:
        yield Mark(at=trial.opened - trial.started, lane="agent", look="kept", words="opened the instruction")


def _of_service(trial: Trial) -> Iterator[Mark]:
    """What arrived at the services outside."""
    for at, request in trial.arrivals:
        yield Mark(at=at - trial.started, lane="service", look="arrived", words=f"{request} arrived")


def _look(call: Call, plan: Plan) -> str:
    """How a call is drawn."""
    if plan.touches_control(call):
        return "control"
    if not call.allowed:
        return "denied"
    return "irreversible" if plan.irreversible(call) else "call"


def _words(call: Call) -> str:
    """A call in words."""
    status = "" if call.status is None else f" → {call.status}"
    return f"{call.name}{status}" + ("" if call.allowed else " (refused)")


def timeline(trial: Trial, plan: Plan, identifier: str = "timeline") -> Markup:
    """The drawing; every mark carries its words for whoever does not see it."""
    marks = marks_of(trial, plan)
    span = max([mark.at for mark in marks] + [trial.ended - trial.started, 0.1])
    parts = [_lane(name, y) for name, y in _LANES.items()]
    parts += [_tick(number, span) for number in range(6)]
    if trial.interrupted is not None:
        parts.append(_signal(_x(trial.interrupted - trial.started, span)))
    parts += [_mark(mark, span) for mark in marks]
    words = "; ".join(f"{mark.at:.3f} s {mark.lane}: {mark.words}" for mark in marks)
    title = f"run {trial.run}: {trial.drill.id}" if trial.drill is not None else f"run {trial.run}"
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("desc", words or "nothing happened", id=f"{identifier}-desc"),
        *parts,
        viewBox=f"0 0 {_WIDTH:g} 260",
        role="img",
        aria_labelledby=f"{identifier}-title {identifier}-desc",
        class_="drawing",
        preserveAspectRatio="xMinYMin meet",
    )


def _x(at: float, span: float) -> float:
    """Where a moment lies on the drawing."""
    return _LEFT + max(0.0, min(1.0, at / span)) * (_WIDTH - _LEFT - _RIGHT)


def _lane(name: str, y: float) -> Markup:
    """One lane with its name."""
    line = element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="rule")
    return joined([line, element("text", name, x=_LEFT - 14, y=y + 4, class_="name", text_anchor="end")])


def _tick(number: int, span: float) -> Markup:
    """One label of the time axis."""
    x = _x(span * number / 5, span)
    return element("text", f"{span * number / 5:.2f} s", x=x, y=248.0, class_="small", text_anchor="middle")


def _signal(x: float) -> Markup:
    """The line of the interruption."""
    line = element("line", x1=x, x2=x, y1=24.0, y2=230.0, class_="signal")
    return joined([line, element("text", "interrupted", x=x, y=16.0, class_="small", text_anchor="middle")])


def _mark(mark: Mark, span: float) -> Markup:
    """One mark with its words as a tool tip."""
    x, y = _x(mark.at, span), _LANES[mark.lane]
    tip = element("title", f"{mark.at:.3f} s: {mark.words}")
    if mark.lane == "overseer":
        path = f"M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z"
        return element("path", tip, d=path, class_=f"mark-{mark.look}")
    return element("circle", tip, cx=x, cy=y, r=5.5 if mark.lane == "agent" else 3.5, class_=f"mark-{mark.look}")
