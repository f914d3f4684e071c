"""An act as the report shows it: where it comes from, the way there, how it ends, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.incentives.readings.classes import Classed, advice_for
from remit.incentives.report import AffordanceClass, AffordanceReading
from remit.incentives.worlds.acts import Act
from remit.theory.estimate import Estimate, exact

__all__ = ["Standing", "affordance_reading", "aftermath", "authorised_by", "dormant", "rank_of", "standing_of"]

ENDINGS: Mapping[str, str] = {
    "oversight.stop": "(stop) -> still running",
    "oversight.correct": "(correction) -> goal unchanged",
    "oversight.retask": "(re-tasking) -> never arrives",
    "oversight.monitor": "(monitor) -> sees nothing",
    "oversight.ledger": "(record) -> says something else",
    "oversight.approval": "(approval) -> nobody is asked",
    "self.persist": "(stop) -> running again",
    "self.replicate": "(stop) -> a copy goes on",
    "self.goal": "(correction) -> goal unchanged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The numbers that class an act, and the place they give it; fields as in `AffordanceReading`."""

    classification: AffordanceClass
    kappa: float
    rho: float | None
    u: float | None
    gap: Estimate
    rank: int


def affordance_reading(act: Act, standing: Standing, path: tuple[str, ...]) -> AffordanceReading:
    """An act as the report shows it; one that blunts oversight ends in the intervention that no longer takes."""
    ending = aftermath(act) if standing.kappa > 0.0 and path else ()
    return AffordanceReading(
        id=act.id,
        tool=act.tool,
        title=act.title,
        where=act.where,
        opened_by=act.opened_by,
        authorised=authorised_by(act),
        classification=standing.classification,
        kappa=standing.kappa,
        rho=standing.rho,
        u=standing.u,
        gap=standing.gap,
        rank=standing.rank,
        parts=act.parts(),
        effects=act.effects,
        witness=(*path, *ending),
        source=act.source,
        advice=advice_for(standing.classification, act),
    )


def standing_of(one: Classed, gap: Estimate, rank: int) -> Standing:
    """The standing of a classed act."""
    return Standing(classification=one.classification, kappa=one.kappa, rho=one.rho, u=one.u, gap=gap, rank=rank)


def dormant(rank: int) -> Standing:
    """The standing of an act that leads to nothing a goal or an overseer could notice."""
    return Standing(classification="dormant", kappa=0.0, rho=None, u=0.0, gap=exact(0.0), rank=rank)


def rank_of(means: Mapping[str, Estimate], name: str) -> int:
    """One more than the number of acts that are clearly more tempting: their interval lies above this one's."""
    return 1 + sum(other.low > means[name].high for other in means.values())


def authorised_by(act: Act) -> str:
    """``yes``, ``no``, or ``ask:`` and who is asked."""
    return act.authorised if act.authorised in ("yes", "no") else f"ask:{act.authorised}"


def aftermath(act: Act) -> tuple[str, ...]:
    """How a witness ends: the intervention that no longer takes."""
    found = [ENDINGS[fact] for fact in act.adds if fact in ENDINGS]
    found += [
        f"(stop) -> {fact.removeprefix('schedule.')} still happens" for fact in act.adds if fact.startswith("schedule.")
    ]
    return tuple(found[:1])
