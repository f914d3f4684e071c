"""The review pack written down: as Markdown for people, as JSON (``remit.review/1``) for programs."""

from __future__ import annotations

import math
from typing import Any

from remit.assurance.review.review import ReviewPack
from remit.assurance.review.sections import review_sections
from remit.assurance.signals import Signal
from remit.assurance.views.markdown import plain_words

__all__ = ["encode_review", "review_markdown"]


def review_markdown(pack: ReviewPack) -> str:
    """The pack as Markdown; whatever comes from a case or a ledger is shown as text, never as markup."""
    since = pack.since.isoformat()[:10] if pack.since is not None else "the beginning: no review is on record"
    verdict = "HOLD" if pack.reasons else "no reason to hold"
    lines = [
        f"# Review of {plain_words(pack.case.id)}: {verdict}",
        "",
        f"As of {pack.as_of.isoformat()[:10]}, since {since}. Nothing here is typed in: each line names its record.",
    ]
    for section in review_sections(pack):
        lines += ["", f"## {section.title}", ""]
        if not section.rows:
            lines.append(f"_{section.nothing}_")
            continue
        lines += [f"| {' | '.join(section.heads)} |", f"|{' --- |' * len(section.heads)}"]
        lines += [f"| {' | '.join(map(plain_words, row))} |" for row in section.rows]
    return "\n".join(lines) + "\n"


def encode_review(pack: ReviewPack) -> dict[str, Any]:
    """The pack as JSON values; an infinite span is ``"never"``, an end nobody knows ``null``."""
    return {
        "schema": "remit.review/1",
        "version": 1,
        "case": pack.case.id,
        "digest": pack.case.digest,
        "as_of": pack.as_of.isoformat(),
        "since": pack.since.isoformat() if pack.since is not None else None,
        "review_by": pack.case.review_by.isoformat() if pack.case.review_by is not None else None,
        "next_by": pack.next_by.isoformat(),
        "verdict": "HOLD" if pack.reasons else "NONE",
        "reasons": [{"claim": one.claim, "why": one.why, "evidence": list(one.evidence)} for one in pack.reasons],
        "indicators": [
            {
                "id": state.indicator.id,
                "claim": state.indicator.claim,
                "state": state.level.value,
                "why": state.why,
                "warn": state.indicator.warn,
                "fail": state.indicator.fail,
                "signal": _signal(state.signal) if state.signal is not None else None,
            }
            for state in pack.indicators
        ],
        "signals": [_signal(signal) for signal in pack.counted.signals.values()],
        "entries": pack.counted.entries,
        "problems": list(pack.counted.problems),
        **_events(pack),
        **_standing(pack),
    }


def _signal(signal: Signal) -> dict[str, Any]:
    """A signal as JSON values."""
    return {
        "metric": signal.metric.name,
        "unit": signal.metric.unit,
        "n": signal.n,
        "k": signal.k,
        "value": _number(signal.value),
        "low": _number(signal.low),
        "high": _number(signal.high),
        "sources": list(signal.sources),
    }


def _events(pack: ReviewPack) -> dict[str, Any]:
    """What happened."""
    return {
        "notable": [
            {"what": one.what, "entry": one.source, "at": one.at.isoformat() if one.at else None, "text": one.text}
            for one in pack.counted.notable
        ],
        "left_out": pack.counted.left_out,
        "drills": [
            {
                "at": one.record.produced_at.isoformat(),
                "result": one.record.result.value,
                "n": one.record.n,
                "k": one.record.k,
                "bound95": one.record.bound95,
                "source": one.source,
            }
            for one in pack.drills
        ],
        "incidents": [
            {
                "id": one.link.id,
                "at": one.at.isoformat() if one.at is not None else None,
                "new": one.is_new,
                "undercuts": list(one.link.undercuts),
                "closed_by": one.link.closed_by or None,
            }
            for one in pack.incidents
        ],
    }


def _standing(pack: ReviewPack) -> dict[str, Any]:
    """What is open, what ends, and what may be old."""
    return {
        "doubts": [
            {
                "id": one.defeater.id,
                "owner": one.defeater.owner or None,
                "against": one.defeater.against,
                "since": one.since.isoformat() if one.since is not None else None,
                "text": one.defeater.text,
            }
            for one in pack.doubts
        ],
        "endings": [{"id": one.id, "at": one.at.isoformat(), "what": one.what} for one in pack.endings],
        "frameworks": [
            {
                "framework": one.version.framework,
                "version": one.version.version,
                "last_seen": one.version.last_seen.isoformat(),
                "doubt": one.doubt or None,
            }
            for one in pack.frameworks
        ],
    }


def _number(value: float | None) -> float | str | None:
    """A number JSON can say."""
    return "never" if value is not None and math.isinf(value) else value
