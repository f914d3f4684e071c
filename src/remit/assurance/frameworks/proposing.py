"""Which rows a claim may speak to, as a proposal: somebody has to read the row and say so.

Two things are looked at: what kind of claim it is, and what its hazards are about. A row that needs nothing else is
proposed as a part, a row that needs more as informed; nothing is ever proposed as supported.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from remit.assurance.case import Case, Claim, ClaimKind, Mapped, Relation
from remit.assurance.frameworks.frameworks import kinds_for, rows

__all__ = ["capabilities_of", "propose"]

_OF_KIND: Mapping[ClaimKind, frozenset[str]] = MappingProxyType(
    {
        ClaimKind.INABILITY: frozenset({"INC", "ENF", "EVL"}),
        ClaimKind.CONTROL: frozenset({"INC", "ENF", "DRL", "MON", "LOG"}),
        ClaimKind.TRUSTWORTHINESS: frozenset({"EVL", "MON"}),
        ClaimKind.DEFERENCE: frozenset({"EVL", "DRL"}),
        ClaimKind.PROCESS: frozenset({"IR", "PMR", "LOG", "MON"}),
    }
)
_OF_DRIVE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "self-preservation": frozenset({"DRL", "INC"}),
        "resource-acquisition": frozenset({"INC", "ENF", "MON"}),
        "cognitive-enhancement": frozenset({"INC", "EVL", "ENF"}),
        "goal-preservation": frozenset({"EVL", "DRL", "MON"}),
        "efficiency-and-power": frozenset({"INC", "EVL", "ENF"}),
        "preventing-new-goals": frozenset({"DRL", "EVL"}),
        "hidden-delegation": frozenset({"ENF", "MON", "LOG"}),
        "permission-expansion": frozenset({"INC", "ENF"}),
        "state-copying": frozenset({"ENF", "EVL"}),
        "limit-evasion": frozenset({"ENF", "MON", "EVL"}),
        "oversight-manipulation": frozenset({"MON", "LOG", "EVL"}),
        "capability-concealment": frozenset({"EVL"}),
    }
)


def capabilities_of(claim: Claim, case: Case) -> frozenset[str]:
    """What could speak for a claim: by its kind, narrowed to what its hazards are about where the two meet."""
    by_kind = _OF_KIND[claim.kind]
    drives = [case.hazards[name].drive.partition(".")[0] for name in claim.hazards if name in case.hazards]
    by_drive = frozenset[str]().union(*(_OF_DRIVE.get(drive, frozenset()) for drive in drives))
    return by_kind & by_drive or by_kind


def propose(case: Case, *, framework: str | None = None) -> tuple[Mapped, ...]:
    """Mappings of gate claims to rows they may speak to.

    Left alone: what is mapped already, and claims that rest on other claims, for those would speak to everything.
    """
    taken = {(mapping.claim, mapping.to) for mapping in case.mappings}
    proposals = []
    for claim in case.claims.values():
        if not claim.gate or claim.support:
            continue
        wanted = capabilities_of(claim, case)
        for row in rows():
            needed = frozenset(row.evidence_from)
            fits = not row.note and kinds_for(row) and framework in (None, row.framework) and needed & wanted
            if fits and (claim.id, row.name) not in taken:
                relation = Relation.PARTIALLY_SUPPORTS if needed <= wanted else Relation.INFORMS
                proposals.append(Mapped(claim=claim.id, to=row.name, relation=relation, where=claim.where))
    return tuple(proposals)
