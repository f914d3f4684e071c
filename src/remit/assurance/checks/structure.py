"""The shape of a case: cycles, claims nothing rests on, hazards nobody covers, arguments that do not say why."""

from __future__ import annotations

from collections.abc import Iterator

from remit.assurance.case import Case, DefeaterType
from remit.assurance.graph import Graph
from remit.assurance.kinds import KINDS
from remit.assurance.rules import case_fault
from remit.charter.faults import nearest
from remit.drive import every_id
from remit.finding import Finding

__all__ = ["misshapen"]

_AGAINST = {
    DefeaterType.REBUTTING: ("claims",),
    DefeaterType.UNDERCUTTING: ("arguments", "claims"),  # the step from its evidence to a claim has no name of its own
    DefeaterType.UNDERMINING: ("evidence", "claims"),
}


def misshapen(case: Case, graph: Graph) -> Iterator[Finding]:
    """Everything about the shape of a case, apart from ids that lead nowhere."""
    yield from _cycles(case, graph)
    yield from _claims(case, graph)
    yield from _hazards(case)
    for argument in case.arguments.values():
        if not argument.warrant.strip():
            yield case_fault("empty-warrant", argument.where, f"`{argument.id}` does not say why it holds")
    for doubt in case.defeaters.values():
        sections = _AGAINST[doubt.type]
        known = any(doubt.against in part for part in (case.claims, case.arguments, case.evidence))
        if known and not any(doubt.against in getattr(case, section) for section in sections):
            message = (
                f"`{doubt.id}` is {doubt.type.value}, but `{doubt.against}` is none of the {' or '.join(sections)}"
            )
            yield case_fault("mistyped-doubt", doubt.where, message)
    for indicator in case.indicators.values():
        if indicator.warn == indicator.fail:
            yield case_fault(
                "indicator-order", indicator.where, f"`{indicator.id}` warns where it fails, at {indicator.warn:g}"
            )
    for link in case.incidents.values():
        if not link.undercuts:
            yield case_fault("undercuts-nothing", link.where, f"`{link.id}` speaks against no claim")


def _cycles(case: Case, graph: Graph) -> Iterator[Finding]:
    """Items that rest on each other."""
    parts = (case.claims, case.arguments, case.evidence, case.defeaters, case.incidents)
    places = {name: item.where for items in parts for name, item in items.items()}
    for part in graph.cycles:
        shown = " → ".join(f"`{name}`" for name in (*part[:6], part[0]))
        yield case_fault("cycle", places[part[0]], f"{len(part)} items rest on each other: {shown}")


def _claims(case: Case, graph: Graph) -> Iterator[Finding]:
    """Claims nobody needs, claims nothing speaks for, and claims that allow too old evidence."""
    gates = tuple(claim.id for claim in case.claims.values() if claim.gate)
    needed = graph.reached(gates)
    if not gates:
        yield case_fault("no-gate-claim", case.where, "no claim has `gate: true`: the release would wait for nothing")
    longest = max(kind.ttl for kind in KINDS.values())
    for claim in case.claims.values():
        if claim.id not in needed:
            yield case_fault("unreachable", claim.where, f"no gate claim rests on `{claim.id}`")
        if not graph.below[claim.id] and not claim.support:
            yield case_fault("undeveloped", claim.where, f"nothing speaks for `{claim.id}`")
        kinds = [case.evidence[name].kind for name in graph.below[claim.id] if name in case.evidence]
        allowed = max((KINDS[kind].ttl for kind in kinds if kind in KINDS), default=longest)
        if claim.ttl is not None and claim.ttl > allowed:
            message = f"`{claim.id}` allows evidence of {claim.ttl.days} days, its kind stays fresh for {allowed.days}"
            yield case_fault("long-ttl", claim.where, message)


def _hazards(case: Case) -> Iterator[Finding]:
    """Hazards of unknown drives, and those no gate claim covers."""
    known = list(every_id())
    covered = {name for claim in case.claims.values() if claim.gate for name in claim.hazards}
    for hazard in case.hazards.values():
        if hazard.drive not in known:
            close = nearest(hazard.drive[:80], known)
            message = f"`{hazard.id}` names `{hazard.drive[:80]}`, which is no drive"
            yield case_fault("unknown-drive", hazard.where, message, f"did you mean `{close}`?" if close else "")
        if hazard.id not in covered:
            yield case_fault("uncovered-hazard", hazard.where, f"no gate claim covers `{hazard.id}`")
