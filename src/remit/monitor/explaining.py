"""Alerts in words: how strong, what was seen, how it can mislead."""

from __future__ import annotations

from collections.abc import Iterator

from remit.drive import title_of
from remit.monitor.alert import Alert
from remit.monitor.detectors import EVERY

__all__ = ["alert_document", "caveat_of", "explain", "how_strong", "table_lines"]

_STRENGTHS = ((0.9, "as strong as it gets"), (0.5, "strong"), (0.3, "noticeable"), (0.0, "weak"))
_SHOWN = 8


def how_strong(strength: float) -> str:
    """A strength in one word or two."""
    return next(word for least, word in _STRENGTHS if strength >= least)


def caveat_of(alert: Alert) -> str:
    """How the detector behind an alert can mislead."""
    return next((one.caveat for one in EVERY if one.name == alert.detector), "")


def explain(alert: Alert) -> Iterator[str]:
    """An alert in a few lines: the behaviour, the evidence, the caveat."""
    yield f"{title_of(alert.part)} ({alert.part}), {how_strong(alert.strength)} ({alert.strength:.2f})"
    yield f"step {alert.step}: {alert.why}"
    others = [step for step in alert.evidence if step != alert.step]
    if others:
        shown = ", ".join(map(str, others[:_SHOWN])) + (" and more" if len(others) > _SHOWN else "")
        yield f"with steps {shown}"
    caveat = caveat_of(alert)
    if caveat:
        yield f"may mislead: {caveat}"


def alert_document(alert: Alert, *, stream: str, score: float) -> dict[str, object]:
    """An alert as data."""
    return {
        "schema": "remit.alert/1",
        "version": 1,
        "stream": stream,
        "drive": alert.drive,
        "part": alert.part,
        "step": alert.step,
        "strength": alert.strength,
        "why": alert.why,
        "detector": alert.detector,
        "evidence": list(alert.evidence),
        "score": round(score, 6),
    }


def table_lines() -> Iterator[str]:
    """The detectors as the lines of a Markdown table: the part, what its detector sees, how that can mislead."""
    yield "| behaviour | what its detector sees | how it can mislead |"
    yield "| --- | --- | --- |"
    for one in EVERY:
        yield f"| `{one.part}` | {one.sees} | {one.caveat} |"
