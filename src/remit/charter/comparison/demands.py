"""What grants demand of the calls they cover: whom they ask, what they say a call does, which budget counts it.

Demands add up over every grant that covers a call (spec/decisions.md), so that a grant which covers less than before
can leave calls to another grant that demands less. Such a change is a widening, although the grant became narrower.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remit.charter.approving import may_approve
from remit.charter.comparison.change import Change, Pair
from remit.charter.effects import reserved
from remit.charter.matching import covers_grant, effects_of
from remit.charter.model import Charter, Grant
from remit.charter.wording import listing, names

__all__ = ["compare_approvers", "compare_demands", "compare_given"]


def compare_demands(pair: Pair, matched: dict[int, int]) -> Iterator[Change]:
    """Calls that another grant now covers alone; ``matched`` says which old grant each new one continues."""
    continued = {old: new for new, old in matched.items()}
    lost = frozenset(pair.old.purpose.given) - frozenset(pair.new.purpose.given)
    for number, grant in enumerate(pair.old.grants):
        at, demands = continued.get(number), _demands(grant)
        same = at is not None and _reaches(pair.new.grants[at], grant, lost)
        kept = same or any(_reaches(other, grant, lost) and demands <= _demands(other) for other in pair.new.grants)
        for place, other in enumerate(pair.new.grants if demands and not kept else ()):
            gone = demands - _demands(replace(other, kind=other.kind or grant.kind))
            if place != at and gone and ("*" in (grant.tool, other.tool) or grant.tool == other.tool):
                what = f"calls of `{grant.tool}` may be left to a grant that demands less"
                yield pair.change("widened", what, f"grants.{place}", listing(sorted(gone)), "another grant alone")
                break


def compare_approvers(pair: Pair, matched: dict[int, int]) -> Iterator[Change]:
    """People who no longer have to agree to what is reserved for a person or reviewed, while others still can."""
    reviewed = pair.old.agent.asks_first and pair.new.agent.asks_first
    for number, grant in enumerate(pair.new.grants):
        if number not in matched or not (reviewed or any(reserved(effect) for effect in effects_of(grant))):
            continue
        before, after = _asked(pair.old, pair.old.grants[matched[number]]), _asked(pair.new, grant)
        gone = [name for name in before if name not in after]
        if gone and after:
            what = f"{names(gone)} no longer has to agree to `{grant.tool}`"
            yield pair.change("widened", what, f"grants.{number}", names(before), names(after))


def compare_given(pair: Pair) -> Iterator[Change]:
    """Facts that hold from the start and that a grant waits for."""
    added = set(pair.new.purpose.given) - set(pair.old.purpose.given)
    waited = {fact for grant in pair.new.grants for fact in grant.needs} & added
    if waited:
        what = f"{names(sorted(waited))} holds from the start, and grants wait for it"
        yield pair.change("widened", what, "purpose.given", "not given", "given")


def _demands(grant: Grant) -> frozenset[str]:
    """Everything a grant demands, in words."""
    counted = (f"counted in {grant.budget}",) if grant.budget is not None else ()
    return frozenset((*(f"asks {name}" for name in grant.ask), *effects_of(grant), *counted))


def _reaches(wider: Grant, narrower: Grant, lost: frozenset[str]) -> bool:
    """Whether a grant is shown to cover every call another did, whatever the two demand, now that facts are lost."""
    return covers_grant(wider, narrower, demands=False) and lost.isdisjoint(wider.needs)


def _asked(charter: Charter, grant: Grant) -> list[str]:
    """Who must agree to a grant's calls: whom it asks, else who approves them, else everybody where all is reviewed."""
    done = effects_of(grant)
    approvers = [name for name, person in charter.overseers.items() if may_approve(person, grant.tool, done)]
    everybody = list(charter.overseers) if charter.agent.asks_first else []
    return list(grant.ask) or approvers or everybody
