"""Whether a piece of evidence counts at all, and every reason why not."""

from __future__ import annotations

from datetime import datetime

from remit.assurance.case import Case, Evidence
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.assurance.weighing.assessment import Observed
from remit.assurance.weighing.freshness import invalidations

__all__ = ["objections"]

_CLOSE = 1e-6  # records round their bounds to six digits


def objections(
    evidence: Evidence, observed: Observed | None, case: Case, as_of: datetime
) -> tuple[tuple[str, str], ...]:
    """Why evidence does not count, each as the name of a rule and a message; empty when it counts."""
    if observed is None:
        return (("file-missing", f"`{evidence.file}` was not looked at"),)
    if observed.sha256 is None:
        return ((observed.rule or "file-missing", observed.problem),)
    if observed.sha256 != evidence.sha256:
        return (("file-changed", f"the bytes of `{evidence.file}` are not those `{evidence.id}` was written for"),)
    if observed.record is None:
        return ((observed.rule or "not-a-record", observed.problem),)
    found = []
    if evidence.kind not in KINDS:
        found.append(("unknown-kind", f"`{evidence.kind[:60]}` is no kind of evidence"))
    found += [("says-otherwise", message) for message in _differences(evidence, observed.record)]
    if evidence.produced_at > as_of or observed.record.produced_at > as_of:
        moment = max(evidence.produced_at, observed.record.produced_at)
        found.append(("future", f"`{evidence.id}` was produced at {moment.isoformat()}, which is still to come"))
    found += invalidations(evidence, observed.record, case)
    if evidence.k is not None and (evidence.n is None or evidence.k > evidence.n):
        found.append(("impossible-count", f"`{evidence.id}`: {evidence.k} of {evidence.n or 'no'} trials went well"))
    return tuple(found)


def _differences(evidence: Evidence, record: Record) -> list[str]:
    """What the entry says otherwise than its record; what the entry leaves out says nothing."""
    pairs: list[tuple[str, object, object]] = [
        ("kind", evidence.kind, record.kind),
        ("result", evidence.result.value, record.result.value),
        (
            "produced_at",
            evidence.produced_at.isoformat(),
            record.produced_at.astimezone(evidence.produced_at.tzinfo).isoformat(),
        ),
        ("tool", evidence.tool, record.tool),
    ]
    pairs += [
        (name, said, getattr(record, name))
        for name in ("version", "run", "setting")
        if (said := getattr(evidence, name))
    ]
    pairs += [
        (name, said, getattr(record, name)) for name in ("n", "k") if (said := getattr(evidence, name)) is not None
    ]
    pairs += [(f"subject.{key}", said, record.subject.get(key)) for key, said in evidence.subject.items()]
    found = [_differs(evidence.id, *pair) for pair in pairs if pair[1] != pair[2]]
    if evidence.bound95 is not None and (record.bound95 is None or abs(evidence.bound95 - record.bound95) > _CLOSE):
        found.append(_differs(evidence.id, "bound95", evidence.bound95, record.bound95))
    return found


def _differs(identifier: str, name: str, said: object, recorded: object) -> str:
    """One difference in words."""
    there = "nothing" if recorded in (None, "") else f"`{str(recorded)[:60]}`"
    return f"`{identifier}` says {name} `{str(said)[:60]}`, its record says {there}"
