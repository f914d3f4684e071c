"""Which people must agree to a call, and why. Step 6 of spec/decisions.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remit.charter.approving import may_approve
from remit.charter.model import Charter
from remit.charter.wording import names
from remit.guard.decision import Because
from remit.guard.rulebook import Permit

__all__ = ["Wanted", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The overseers who must all agree, and the reasons; reasons without an overseer: nobody can agree."""

    overseers: tuple[str, ...]
    because: tuple[Because, ...]


def asked(
    charter: Charter,
    tool: str,
    covering: Sequence[Permit],
    effects: Iterable[str],
    *,
    held: Sequence[str],
    unknown: Sequence[str],
) -> Wanted:
    """Who must agree: everybody a covering grant asks; for ``held`` effects and ``unknown`` amounts somebody at least.

    Where no grant asks anybody, these are the overseers who say that they approve the tool or one of its effects.
    """
    because = [
        Because(step=6, rule=f"{permit.rule}.ask", where=permit.grant.where, what=f"asks {names(permit.grant.ask)}")
        for permit in covering
        if permit.grant.ask
    ]
    overseers = tuple(dict.fromkeys(name for permit in covering for name in permit.grant.ask))
    first = covering[0].grant.where
    because += [Because(step=6, where=first, what=f"`{effect}` is for a person to decide") for effect in held]
    because += [
        Because(step=6, rule=f"budget.{name}", where=first, what=f"nobody can tell what it takes of `{name}`")
        for name in unknown
    ]
    if because and not overseers:
        done = tuple(effects)
        overseers = tuple(name for name, person in charter.overseers.items() if may_approve(person, tool, done))
    return Wanted(overseers=overseers, because=tuple(because))
