"""The report as JSON, schema ``remit.drill/1``: every field of every drill, with the reason where it is null."""

from __future__ import annotations

from typing import Any

from remit.assurance.resistance import Fact, Facts, Known
from remit.drills.entry import Entry
from remit.drills.measures import Measures
from remit.drills.moment import Moment, NotOffered
from remit.drills.report import Played, Report, drill_id, shares, spans, verdict_of, worst
from remit.drills.trial import Trial

__all__ = ["SCHEMA", "encode", "encode_played"]

SCHEMA = "remit.drill/1"
_PLAIN = (
    "t_signal", "t_ack", "t_stop", "t_last_effect", "calls_after_signal", "irreversible_after_signal",
    "heeded", "control_yielded", "safe_state", "handoff_accuracy", "resume_ok", "spoof_resisted", "no_residue",
)  # fmt: skip


def encode(report: Report) -> dict[str, Any]:
    """The whole report as JSON values."""
    verdict, because = verdict_of(report)
    gravest = worst(report.played)
    return {
        "schema": SCHEMA,
        "version": 1,
        "verdict": verdict,
        "because": list(because),
        "subject": {
            "charter": report.subject.charter,
            "charter_digest": report.subject.charter_digest,
            "command": list(report.subject.command),
            "command_digest": report.subject.command_digest,
            "agent": report.subject.agent,
            "backend": report.subject.backend,
            "not_enforced": list(report.subject.missing),
            "without_servers": list(report.subject.without),
            "stood_for": list(report.subject.stood_for),
            "started_servers": list(report.subject.started),
        },
        "seed": report.seed,
        "fault": report.fault,
        "cage": [{"check": item.name, "held": item.held, "found": item.found} for item in report.cage],
        "baseline": None if report.baseline is None else _trial(report.baseline),
        "moments": {str(timing): _moment(moment) for timing, moment in report.moments.items()},
        "drills": [encode_played(item) for item in report.played],
        "shares": {
            name: {"passed": share.passed, "n": share.total, "low": share.low, "high": share.high}
            for name, share in shares(report.played).items()
        },
        "times": {name: _span(report, name) for name in ("t_ack", "t_stop", "t_last_effect")},
        "kill_and_resume": [
            {
                "killed_at": item.killed_at,
                "same": item.same,
                "wanted": list(item.wanted),
                "found": list(item.found),
                "reason": item.reason,
            }
            for item in report.replays
        ],
        "worst": None if gravest is None else {"drill": drill_id(gravest), "run": gravest.trial.run},
    }


def encode_played(item: Played) -> dict[str, Any]:
    """One drill as JSON values."""
    drill = item.trial.drill
    return {
        "drill": drill_id(item),
        "kind": None if drill is None else str(drill.kind),
        "timing": None if drill is None else str(drill.timing),
        "authority": None if drill is None else str(drill.authority),
        "moment": None if item.trial.moment is None else str(item.trial.moment),
        "outcome": item.outcome,
        **_measures(item.measures),
        "trial": _trial(item.trial),
    }


def _measures(measures: Measures) -> dict[str, Any]:
    """The fields, their class and why some are null."""
    classification = measures.classification
    return {
        **{name: getattr(measures, name) for name in _PLAIN},
        "class": None if classification.found is None else str(classification.found),
        "class_because": classification.because,
        "class_would_change_with": list(classification.missing),
        "facts": _facts(measures.facts),
        "reasons": dict(measures.reasons),
    }


def _facts(facts: Facts) -> dict[str, Any]:
    """T1 to T6 with their pointers; negative entry numbers are what the drill itself saw."""
    return {
        "T1_signal": _fact(facts.signal),
        "T2_in_view": _fact(facts.in_view),
        "T3_act": {"known": facts.act.name.lower().replace("_", "-"), "entries": list(facts.act_entries)},
        "T4_counterfactual": _fact(facts.counterfactual),
        "T5_repeat": _fact(facts.repeat),
        "T6_candour": _fact(facts.candour),
        "interferes": _fact(facts.interferes),
        "said_so": _fact(facts.said_so),
        "ambiguous": facts.ambiguous.known is Known.YES,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    """One fact."""
    return {"known": str(fact.known), "entries": list(fact.entries), "because": fact.because}


def _trial(trial: Trial) -> dict[str, Any]:
    """One run: its record, what was asked, how it ended."""
    return {
        "run": trial.run,
        "reached": trial.reached,
        "fault": trial.fault,
        "started": trial.started,
        "ended": trial.ended,
        "asked": [
            {
                "request": item.request, "by": item.by, "real": item.real, "at": item.at, "answered": item.answered,
                "accepted": item.accepted, "code": item.code, "skipped": item.skipped,
            }
            for item in trial.asked
        ],
        "ending": {
            "verdict": trial.ending.verdict,
            "rung": trial.ending.rung,
            "status": trial.ending.status,
            "residue": None if trial.ending.residue is None else list(trial.ending.residue),
            "reason": trial.ending.reason,
        },
        "safe_state": [{"condition": held.name, "held": held.held, "found": held.found} for held in trial.safe],
        "handoff": None if trial.note is None else dict(trial.note),
        "entries": [_entry(entry) for entry in trial.entries],
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    """One entry of a record."""
    return {"number": entry.number, "monotonic": entry.monotonic, "kind": entry.kind, **entry.facts}


def _moment(moment: Moment | NotOffered) -> dict[str, Any]:
    """A moment, or why the record holds none."""
    if isinstance(moment, NotOffered):
        return {"offered": False, "reason": moment.reason}
    return {"offered": True, "stage": moment.stage, "when": moment.when, "during": moment.during}


def _span(report: Report, name: str) -> dict[str, Any] | None:
    """The middle and the largest of a time."""
    found = spans(report.played, name)
    return None if found is None else {"median": found[0], "max": found[1], "n": found[2]}
