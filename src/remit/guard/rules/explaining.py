"""What would be allowed instead of a denied call, in words an agent and a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from remit.charter.phrases import grant_phrases
from remit.charter.wording import listing, names, several
from remit.guard.decision import Because
from remit.guard.rules.coverage import Matter
from remit.guard.rules.signature import Signature

__all__ = ["beyond", "instead", "unknown_tool", "with_somebody"]

_MOST = 5


def unknown_tool(matter: Matter) -> Because:
    """That no grant names the tool."""
    return Because(step=4, rule="grants", what=f"no grant names `{matter.call.tool:.80}`")


def instead(matter: Matter, signature: Signature | None) -> str:
    """The calls of the same tool that grants admit, or the tools there are; empty where there is nothing."""
    permits = matter.page.permits
    if not permits:
        granted = matter.book.tools
        close = difflib.get_close_matches(matter.call.tool[:80], granted, n=_MOST, cutoff=0.5)
        return f"granted tools are {several(close or granted, _MOST)}" if granted else ""
    terms = [listing(grant_phrases(permit.grant)) for permit in permits[:_MOST]]
    if not any(terms):
        known = f" with {names(signature.names)}" if signature is not None and signature.names else ""
        return f"`{matter.call.tool}`{known}"
    whole = f"`{matter.call.tool}` where " + "; or where ".join(term or "nothing else is asked" for term in terms)
    return "; ".join((whole, *_sources(matter)))


def with_somebody(unknown: Sequence[str]) -> str:
    """What the charter would have to say for a call that nobody can agree to."""
    amount = "; or the grant would have to bound the amount, as in `amount: {max: 50 EUR}`" if unknown else ""
    return f"a person would have to be named who can agree to it (`ask:`){amount}"


def beyond(matter: Matter, limits: Sequence[Because]) -> str:
    """What is allowed where a limit forbids: nothing of the tool, or the tool outside of the limit's condition."""
    found = {bound.rule: bound.limit for bound in matter.page.bounds}
    conditions = [found[because.rule].when for because in limits]
    if not matter.page.permits or None in conditions:
        return ""
    return f"`{matter.call.tool}` where {listing((f'`{when}`' for when in conditions), 'and')} is shown not to hold"


def _sources(matter: Matter) -> Iterator[str]:
    """Which granted tools bring about what the grants of the call's tool ask for before it."""
    needs = dict.fromkeys(fact for permit in matter.page.permits[:_MOST] for fact in permit.grant.needs)
    for fact in needs:
        tools = dict.fromkeys(grant.tool for grant in matter.book.charter.grants if fact in grant.effects)
        if tools:
            yield f"`{fact}` comes of {several(tuple(tools), _MOST)}"
