"""Which facts matter in a charter's world, and the bit each of them takes.

Kept are outcomes (all of them, or the few a goal ranges over), facts that blunt an intervention, and whatever leads
there, by backward closure. Interchangeable resources and counted outcomes are thermometers of bits. Consumers of a
shared counter are always kept: dropping them looks safe and is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.charter.model import Approval, Charter
from remit.incentives.worlds.acts import MONEY, Act, has_money, outcome_levels, start_facts
from remit.incentives.worlds.oversight import Terms, grace_facts, terms_of

__all__ = ["BLUNTING", "Layout", "approval_of", "fades_of", "lay_out", "start_mask", "target_of"]

BLUNTING = (
    "oversight.stop",
    "oversight.correct",
    "oversight.retask",
    "oversight.monitor",
    "oversight.ledger",
    "oversight.approval",
    "self.persist",
    "self.replicate",
    "self.goal",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The acts that matter of all those in reach, the facts that are kept, and their bits.

    ``levels`` are the counters and their tops; ``bits`` maps a fact (``money>=1`` for a counter's level) to its
    bitmask.
    """

    charter: Charter
    reached: tuple[Act, ...]
    acts: tuple[Act, ...]
    kept: frozenset[str]
    levels: Mapping[str, int]
    bits: Mapping[str, int]
    terms: Terms
    start: frozenset[str]

    def bit(self, fact: str) -> int:
        """The bit of a fact, or of a counter's first level; 0 where the fact is not kept or never changes."""
        return self.bits.get(fact, self.level(fact, 1))

    def mask(self, facts: Iterable[str]) -> int:
        """The bits of the facts that are kept; the others can be ignored wherever they are only written."""
        return sum({self.bit(fact) for fact in facts})

    def level(self, counter: str, count: int) -> int:
        """The bit that says a counter is at least ``count``; 0 for ``count`` 0 or beyond the top."""
        return self.bits.get(f"{counter}>={count}", 0)


def lay_out(charter: Charter, reached: tuple[Act, ...], outcomes: frozenset[str] | None) -> Layout:
    """Choose what is kept of the acts in reach and number it; ``outcomes`` restricts to a cone of influence."""
    levels = _levels(charter, reached)
    kept = _relevant(charter, reached, levels, outcomes)
    acts = tuple(act for act in reached if _matters(act, kept, levels))
    terms = terms_of(charter)
    bits = _number(charter, acts, kept, levels, terms)
    return Layout(
        charter=charter,
        reached=reached,
        acts=acts,
        kept=kept,
        levels=levels,
        bits=bits,
        terms=terms,
        start=start_facts(charter),
    )


def _levels(charter: Charter, acts: tuple[Act, ...]) -> dict[str, int]:
    """Counters and their tops; money starts at the assumed number of slices, with room for one more if earned."""
    levels = outcome_levels(charter)
    if any(MONEY in (*act.spends, *act.gains) for act in acts):
        start = charter.assume.money_slices if has_money(charter) else 0
        levels[MONEY] = start + any(MONEY in act.gains for act in acts)
    return levels


def _relevant(
    charter: Charter, acts: tuple[Act, ...], levels: Mapping[str, int], outcomes: frozenset[str] | None
) -> frozenset[str]:
    """Facts and counters that an outcome of interest or an intervention depends on, by backward closure."""
    everything = {fact for act in acts for fact in (*act.adds, *act.takes, *act.spends, *act.gains)}
    everything |= start_facts(charter) | set(levels)
    blunting = _in_force(charter, acts)
    seen = {fact for fact in everything if fact in blunting or _is_outcome(fact, outcomes)}
    seen |= {fact for fact in everything if fact.startswith("schedule.") and _is_outcome(target_of(fact), outcomes)}
    seen |= {target_of(fact) for fact in seen if fact.startswith("schedule.")}
    while True:
        seen |= _led_from(acts, seen)
        watched = _successors_read(charter, acts, seen) & everything
        if watched <= seen:
            return frozenset(seen)
        seen |= watched


def _led_from(acts: tuple[Act, ...], wanted: set[str]) -> set[str]:
    """What is wanted, and what the acts that move any of it depend on, and so on."""
    found = set(wanted)
    while True:
        working = [act for act in acts if found.intersection(_moved_by(act))]
        needed = {fact for act in working for way in act.ways for fact in way}
        needed |= {fact for act in working for fact in (*act.helps, *act.spends)}
        if needed <= found:
            return found
        found |= needed


def _moved_by(act: Act) -> tuple[str, ...]:
    return (*act.adds, *act.takes, *act.gains, *act.spends)


def _successors_read(charter: Charter, acts: tuple[Act, ...], seen: set[str]) -> set[str]:
    """What a successor's task is about, where its work moves an outcome of interest: a cone must know its policy."""
    purpose, oversight = charter.purpose, charter.oversight
    granted = tuple(act for act in acts if not act.unauthorised)
    found: set[str] = set()
    for outcomes, arrives in (
        (purpose.task, oversight.correct.rate > 0.0 or oversight.stop.redeploy > 0.0),
        (purpose.retask, oversight.retask.rate > 0.0),
    ):
        goal = {condition.fact for outcome in outcomes for condition in outcome.when}
        serving = _led_from(granted, goal)
        moved = {fact for act in granted if serving.intersection(_moved_by(act)) for fact in _moved_by(act)}
        if arrives and any(fact in seen for fact in moved if fact.startswith(("out.", "schedule."))):
            found |= goal
    return found


def _in_force(charter: Charter, acts: tuple[Act, ...]) -> frozenset[str]:
    """The facts of `BLUNTING` that blunt something here: a channel nobody uses cannot be broken."""
    oversight, terms = charter.oversight, terms_of(charter)
    monitor = oversight.monitor
    watches = (monitor.detect > 0.0 or (monitor.tamper is not None and monitor.tamper.detect > 0.0)) and any(
        act.unauthorised for act in acts
    )
    stops = terms.stop > 0.0 or (watches and _monitor_responses(charter) & {"stop", "rollback"})
    reasons = {
        "oversight.stop": stops,
        "oversight.correct": terms.correct > 0.0,
        "oversight.retask": terms.retask > 0.0,
        "oversight.monitor": watches,
        "oversight.ledger": watches and charter.assume.ledger_share > 0.0,
        "oversight.approval": any(act.overseers for act in acts),
        "self.persist": (bool(stops) and not terms.durable) or terms.crash > 0.0,
        "self.replicate": bool(stops) and not terms.covers_replicas,
        "self.goal": (terms.correct > 0.0 or terms.retask > 0.0) and terms.lock < 1.0,
    }
    return frozenset(fact for fact in BLUNTING if reasons[fact])


def _is_outcome(fact: str, outcomes: frozenset[str] | None) -> bool:
    return fact.startswith("out.") if outcomes is None else fact in outcomes


def target_of(job: str) -> str:
    """The outcome a scheduled job brings about."""
    return f"out.{job.removeprefix('schedule.')}"


def _matters(act: Act, kept: frozenset[str], levels: Mapping[str, int]) -> bool:
    moved = (*act.adds, *act.takes, *(fact for fact in (*act.spends, *act.gains) if fact in levels))
    return any(fact in kept for fact in moved)


def _number(
    charter: Charter, acts: tuple[Act, ...], kept: frozenset[str], levels: Mapping[str, int], terms: Terms
) -> dict[str, int]:
    """A bit for each fact that can change; what always holds or never holds takes none."""
    start = start_facts(charter)
    written = {fact for act in acts for fact in (*act.adds, *act.takes)} | set(fades_of(charter))
    written |= {target_of(fact) for fact in written if fact.startswith("schedule.")}
    names = sorted(
        fact
        for fact in kept & written
        if fact not in levels and not (fact in start and not _taken(fact, acts, charter))
    )
    names += [
        f"{counter}>={count}"
        for counter, top in sorted(levels.items())
        if counter in kept
        for count in range(1, top + 1)
    ]
    names += [f"refused.{act.id}" for act in acts if _locks(act, charter)]
    if _monitor_responses(charter) & {"revoke"}:
        names += [f"revoked.{act.tool}" for act in acts if act.unauthorised]
    names += grace_facts(terms)
    return {name: 1 << index for index, name in enumerate(dict.fromkeys(names))}


def _taken(fact: str, acts: tuple[Act, ...], charter: Charter) -> bool:
    return fact in fades_of(charter) or any(fact in act.takes for act in acts)


def _monitor_responses(charter: Charter) -> set[str]:
    monitor = charter.oversight.monitor
    return {monitor.response, *([monitor.tamper.response] if monitor.tamper else [])}


def _locks(act: Act, charter: Charter) -> bool:
    """Whether a refusal locks the request for good."""
    return any(not approval_of(charter, name).retry for name in act.overseers)


def approval_of(charter: Charter, overseer: str) -> Approval:
    """How an overseer answers requests; documented defaults where the charter gives no numbers."""
    known = charter.oversight.approvals.get(overseer)
    if known is not None:
        return known
    return Approval(overseer=overseer, grant=0.8, latency=2.0, retry=False, where=charter.oversight.where)


def fades_of(charter: Charter) -> dict[str, float]:
    """Facts that are lost again, with the probability per step."""
    return {fact: rate for fact, rate in charter.purpose.fades.items() if rate > 0.0}


def start_mask(layout: Layout) -> int:
    """The bits that hold before the agent acts."""
    held = layout.mask(start_facts(layout.charter))
    for counter in layout.levels:
        count = layout.charter.assume.money_slices if counter == MONEY and has_money(layout.charter) else 0
        if counter in start_facts(layout.charter):
            count = 1
        held |= sum(layout.level(counter, step) for step in range(1, count + 1))
    return held
