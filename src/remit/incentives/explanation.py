"""An act as the report shows it: where it comes from, the way there, how it ends, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from remit.incentives.acts import Act
from remit.incentives.classes import Classed, advice_for
from remit.incentives.paths import Paths
from remit.incentives.report import AffordanceReading
from remit.theory.estimate import Estimate

__all__ = ["affordance_reading", "aftermath", "authorised_by", "dormant_reading", "rank_of"]

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


def affordance_reading(one: Classed, gap: Estimate, rank: int, paths: Paths) -> AffordanceReading:
    """A classed act with its witness; one that blunts oversight ends in the intervention that no longer takes."""
    act = one.act
    witness = paths.to_act(act.id)
    ending = aftermath(act) if one.kappa > 0.0 and witness else ()
    return AffordanceReading(
        id=act.id,
        tool=act.tool,
        title=act.title,
        where=act.where,
        opened_by=act.opened_by,
        authorised=authorised_by(act),
        classification=one.classification,
        kappa=one.kappa,
        rho=one.rho,
        u=one.u,
        gap=gap,
        rank=rank,
        parts=act.parts(),
        effects=act.effects,
        witness=(*witness, *ending),
        source=act.source,
        advice=advice_for(one.classification, act),
    )


def dormant_reading(act: Act, *, rank: int) -> AffordanceReading:
    """An act in reach that leads to nothing a goal or an overseer could notice."""
    return AffordanceReading(
        id=act.id,
        tool=act.tool,
        title=act.title,
        where=act.where,
        opened_by=act.opened_by,
        authorised=authorised_by(act),
        classification="dormant",
        kappa=0.0,
        rho=None,
        u=0.0,
        gap=Estimate(value=0.0, low=0.0, high=0.0, method="exact"),
        rank=rank,
        parts=act.parts(),
        effects=act.effects,
        witness=(),
        source=act.source,
        advice="",
    )


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
