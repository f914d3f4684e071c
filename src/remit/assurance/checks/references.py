"""References that lead nowhere: every id of a case names something that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remit.assurance.case import Case
from remit.assurance.frameworks.frameworks import rows
from remit.assurance.rules import case_fault
from remit.charter.faults import listed, nearest
from remit.finding import Finding, Where

__all__ = ["dangling"]


def dangling(case: Case) -> Iterator[Finding]:
    """Every id that names nothing, with the nearest one that does."""
    claims, evidence = list(case.claims), list(case.evidence)
    for claim in case.claims.values():
        yield from _unknown("dangling-support", claim.where, f"`{claim.id[:80]}` rests on", claim.support, claims)
        yield from _unknown(
            "dangling-hazard", claim.where, f"`{claim.id[:80]}` names the hazard", claim.hazards, case.hazards
        )
    for argument in case.arguments.values():
        known = [*claims, *evidence]
        yield from _unknown(
            "dangling-source", argument.where, f"`{argument.id[:80]}` starts from", argument.sources, known
        )
        yield from _unknown(
            "dangling-target", argument.where, f"`{argument.id[:80]}` ends in", (argument.target,), claims
        )
    for item in case.evidence.values():
        yield from _unknown("dangling-claim", item.where, f"`{item.id[:80]}` speaks for", item.supports, claims)
    for doubt in case.defeaters.values():
        known = [*claims, *case.arguments, *evidence]
        yield from _unknown("dangling-against", doubt.where, f"`{doubt.id[:80]}` is against", (doubt.against,), known)
        answer = (doubt.answer,) if doubt.answer else ()
        yield from _unknown("dangling-answer", doubt.where, f"`{doubt.id[:80]}` is answered by", answer, evidence)
    for link in case.incidents.values():
        yield from _unknown("dangling-undercut", link.where, f"`{link.id[:80]}` undercuts", link.undercuts, claims)
        closing = (link.closed_by,) if link.closed_by else ()
        yield from _unknown("dangling-closing", link.where, f"`{link.id[:80]}` is closed by", closing, evidence)
    for indicator in case.indicators.values():
        speaks = (indicator.claim,)
        yield from _unknown("dangling-indicator", indicator.where, f"`{indicator.id[:80]}` speaks of", speaks, claims)
    known_rows = [row.name for row in rows()]
    for mapped in case.mappings:
        words = f"`{mapped.claim[:80]}` is mapped to"
        yield from _unknown("unknown-row", mapped.where, words, (mapped.to,), known_rows)
        yield from _unknown(
            "dangling-mapping", mapped.where, f"`{mapped.to[:80]}` is mapped to", (mapped.claim,), claims
        )


def _unknown(rule: str, where: Where, words: str, wanted: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    """A finding for each wanted id that is not known."""
    names = list(known)
    have = set(names)
    for identifier in dict.fromkeys(wanted):
        if identifier not in have:
            close = nearest(identifier[:80], names[:2000])
            hint = f"did you mean `{close}`?" if close else f"known are {listed(names)}" if names else ""
            yield case_fault(rule, where, f"{words} `{identifier[:80]}`, which does not exist", hint)
