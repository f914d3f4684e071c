"""Records of our own tools: what a check, a ledger and a watch amount to as evidence.

Drills and evaluations make theirs beside their reports. A result is never better than what the tool answered, and an
answer that was asked for with nothing at stake (``--fail-on never``) is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from remit.assurance.counting import NamedLedger, count_signals
from remit.assurance.records.sealing import compose
from remit.clock import Clock
from remit.digest import sha256_digest
from remit.ledger.entry import Entry
from remit.ledger.query import CallRecord, call_records
from remit.ledger.verification import Verification

__all__ = ["Circumstances", "check_record", "run_record", "watch_record"]

_READINGS = ("goals", "seed", "withheld", "tier", "drives", "overall", "peak", "assumptions", "not_modelled")
_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """When, where and with which version a record is made, and what the command line said of the subject."""

    clock: Clock
    version: str
    setting: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


def check_record(
    document: Mapping[str, Any], *, result: str, because: Sequence[str], policy: str, at: Circumstances
) -> dict[str, Any]:
    """The record of kind ``incentive_check`` for what ``remit check`` found: a document ``remit.check/1`` or a lint.

    ``result`` is ``pass``, ``fail`` or ``inconclusive`` by ``policy`` (``--fail-on``). The readings stand in it with
    their priors, the number of goals and the seed; ``document`` is the digest of all that was found.
    """
    findings = [{key: finding[key] for key in ("code", "severity", "file", "line", "message")}
                for finding in document["findings"][:_MOST]]  # fmt: skip
    return compose(
        kind="incentive_check", subject={"charter": str(document["charter"]["digest"])}, told=at.told,
        tool="remit check", version=at.version, clock=at.clock, setting=at.setting, result=result, because=because,
        said={
            "policy": policy,
            "readings": {key: document[key] for key in _READINGS if key in document},
            "findings": findings, "findings_left_out": len(document["findings"]) - len(findings),
            "document": sha256_digest(document),
        },
    )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """What was counted in a ledger beside its signals."""

    charters: set[str] = field(default_factory=set)
    kinds: dict[str, int] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)

    def heed(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, each counted by its kind, with the charters that were in force."""
        for entry in entries:
            self.kinds[entry.kind] = self.kinds.get(entry.kind, 0) + 1
            charter = entry.facts.get("charter")
            if isinstance(charter, str) and charter.startswith("sha256:") and entry.kind in ("opened", "started"):
                self.charters.add(charter)
            yield entry

    def count(self, entries: Iterable[Entry]) -> None:
        """Count the calls by how they ended."""
        for item in call_records(entries):
            if isinstance(item, CallRecord):
                self.results[item.result] = self.results.get(item.result, 0) + 1


def run_record(
    name: str,
    entries: Sequence[Entry],
    verification: Verification,
    *,
    doubts: Sequence[str],
    thorough: bool,
    at: Circumstances,
) -> dict[str, Any]:
    """The record of kind ``run_record``: whether a ledger is what was recorded, and what happened in it.

    ``n`` is the number of calls, ``k`` of those whose end is known. A fault fails; without calls, with a doubt (no
    anchor, no key), with a call nobody knows the end of or one that went round the guard it is inconclusive. The
    charter is the one every session in the ledger was opened under.
    """
    run = _Run()
    run.count(run.heed(entries))
    counted = count_signals([NamedLedger(name=name, entries=entries)])
    calls, unknown = sum(run.results.values()), run.results.get("unknown", 0)
    benign = counted.signals["blocked_but_benign"]
    overrides = run.kinds.get("bypassed", 0) + run.kinds.get("shadowed", 0)
    reasons = [*doubts, *counted.problems]
    reasons += [] if calls else ["the ledger holds no call"]
    reasons += [f"calls nobody knows the end of: {unknown}"] if unknown else []
    reasons += [f"calls that went round the guard: {overrides}"] if overrides else []
    reasons += ["sessions ran under several charters"] if len(run.charters) > 1 else []
    faults = [f"entry {fault.number}: {fault.what}" for fault in verification.faults[:_MOST]]
    whole = f"{verification.size} entries are what was recorded"
    return compose(
        kind="run_record", subject={"charter": next(iter(run.charters))} if len(run.charters) == 1 else {},
        told=at.told, tool="remit log verify", version=at.version, run=name, clock=at.clock, setting=at.setting,
        result="fail" if faults else "inconclusive" if reasons else "pass", because=faults or reasons or [whole],
        said={
            "n": calls, "k": calls - unknown,
            "verification": {
                "steps": list(range(1, 10 if thorough else 9)), "entries": verification.size,
                "root": verification.root.hex(), "signed": verification.signed, "anchored": verification.anchored,
                "faults": len(verification.faults),
            },
            "calls": dict(sorted(run.results.items())),
            "denied": run.results.get("denied", 0), "held": run.kinds.get("held", 0), "overrides": overrides,
            "blocked_but_benign": {"n": benign.n, "k": benign.k},
            "charters": sorted(run.charters)[:_MOST],
        },
    )  # fmt: skip


def watch_record(
    name: str,
    *,
    charter: str | None,
    strangers: Sequence[str],
    calls: int,
    strengths: Mapping[int, float],
    parts: Sequence[str],
    level: float | None,
    alarmed: bool,
    doubts: Sequence[str],
    at: Circumstances,
) -> dict[str, Any]:
    """The record of kind ``monitor_run``: what the monitor saw in the calls of a ledger.

    ``strengths`` has the strongest alert of each step, ``parts`` the behaviours they are of; ``level`` is the strength
    from which an alert fails, ``None`` where none does, and then nothing passes. ``n`` is the number of calls, ``k``
    those without such an alert. ``charter`` is only part of the subject where no call was decided under another.
    """
    least = 2.0 if level is None else level
    strong = sorted(step for step, strength in strengths.items() if strength >= least)
    bad = [f"alerts of strength {least:g} or more: {len(strong)}, the first at step {strong[0]}"] if strong else []
    bad += ["the calls pursue another goal than the declared task"] if alarmed else []
    reasons = [*doubts, *([] if calls else ["the ledger holds no call"])]
    reasons += ["no strength was named that fails"] if level is None else []
    reasons += ["some calls were decided under another charter"] if strangers else []
    good = [f"no alert of strength {least:g} or more in {calls} calls"]
    return compose(
        kind="monitor_run", subject={"charter": charter} if charter and not strangers else {}, told=at.told,
        tool="remit monitor", version=at.version, run=name, clock=at.clock, setting=at.setting,
        result="fail" if bad else "inconclusive" if reasons else "pass", because=bad or reasons or good,
        said={
            "n": calls, "k": max(calls - len(strong), 0), "level": level, "alerts": len(strengths),
            "strongest": max(strengths.values(), default=None), "behaviours": sorted(set(parts))[:_MOST],
            "steps": strong[:_MOST], "doubts": list(doubts)[:_MOST], "strangers": sorted(strangers)[:_MOST],
        },
    )  # fmt: skip
