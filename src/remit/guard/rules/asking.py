"""Which people must agree to a call, and why. Step 6 of spec/decisions.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from remit.charter.model import Charter
from remit.charter.wording import names
from remit.guard.decision import Because
from remit.guard.rules.rulebook import Permit

__all__ = ["Wanted", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The overseers who must all agree, and the reasons; reasons without an overseer: nobody can agree."""

    overseers: tuple[str, ...]
    because: tuple[Because, ...]


_REVIEWS = {"per-call": "a person reviews every call", "per-plan": "a person reviews its plans before they run"}


def asked(charter: Charter, covering: Sequence[Permit], unknown: Collection[str]) -> Wanted:
    """Who must agree: everybody a covering grant asks, and for what is reserved or unknown somebody in any case.

    ``unknown`` are budgets of which nobody can tell what the call takes. Each covering grant answers for itself: where
    it declares a reserved effect, or spends an unknown amount, and asks nobody, the overseers who say that they approve
    its tool or one of its effects must agree; where there is none, nobody can. Where the charter says that a person
    reviews calls or plans first, and nobody is asked by then, those overseers must, or else every overseer there is.
    """
    because: list[Because] = []
    overseers: dict[str, None] = {}
    orphaned: list[Because] = []
    for permit in covering:
        grant = permit.grant
        reasons = [
            Because(step=6, rule=permit.rule, where=grant.where, what=f"`{effect}` is for a person to decide")
            for effect in permit.held
        ]
        reasons += [
            Because(step=6, rule=f"budget.{name}", where=grant.where, what=f"nobody can tell what it takes of `{name}`")
            for name in unknown
            if name == grant.budget or (name == "money" and "money.spend" in permit.effects)
        ]
        if grant.ask:
            what = f"asks {names(grant.ask)}"
            because.append(Because(step=6, rule=f"{permit.rule}.ask", where=grant.where, what=what))
        people = grant.ask or (permit.approvers if reasons else ())
        overseers.update(dict.fromkeys(people))
        because += reasons
        orphaned += reasons if not people else []
    if charter.agent.asks_first and covering:
        what = _REVIEWS[charter.agent.reviewed]
        if not overseers:
            overseers.update(dict.fromkeys(name for permit in covering for name in permit.approvers))
        if not overseers:
            overseers.update(dict.fromkeys(charter.overseers))
        first = Because(step=6, rule="agent.reviewed", where=charter.agent.where, what=what)
        because.append(first)
        if not overseers:
            orphaned.append(replace(first, what=f"{what}, and the charter names no overseer"))
    return Wanted(overseers=() if orphaned else tuple(overseers), because=tuple(orphaned or because))
