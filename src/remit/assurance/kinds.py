"""The kinds of evidence: what each speaks of, how long it stays fresh, and what makes it say nothing any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

__all__ = ["KINDS", "EvidenceKind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKind:
    """One kind of evidence.

    ``ttl`` is how old it may be. ``binds`` are the parts of a subject it depends on: of those the case states, each
    must be in the record and be the same, or it is evidence about something else.
    """

    name: str
    title: str
    ttl: timedelta
    binds: tuple[str, ...]


def _kind(name: str, days: int, binds: str, title: str) -> EvidenceKind:
    return EvidenceKind(name=name, title=title, ttl=timedelta(days=days), binds=tuple(binds.split()))


KINDS: Mapping[str, EvidenceKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _kind("incentive_check", 90, "charter", "what the permissions make worth doing (remit check)"),
            _kind("interruption_drill", 30, "charter image model prompt tools envelope",
                  "the agent was interrupted and the stop was tried (remit drill)"),
            _kind("behaviour_eval", 90, "model prompt", "probes of instrumental behaviour (remit eval, Inspect)"),
            _kind("run_record", 30, "charter image model prompt tools envelope",
                  "a tamper-evident record of runs (remit log)"),
            _kind("monitor_run", 30, "charter image model prompt tools envelope",
                  "what the monitor saw in runs (remit monitor)"),
            _kind("test_result", 90, "image", "tests of the system (JUnit, in-toto)"),
            _kind("static_analysis", 90, "image", "findings of an analyser (SARIF)"),
            _kind("trace", 30, "image model prompt tools envelope", "spans of a running system (OpenTelemetry)"),
            _kind("review", 180, "charter", "what a named person looked at and found"),
        )
    }
)  # fmt: skip
