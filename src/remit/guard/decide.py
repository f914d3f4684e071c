"""Whether a call may happen: ``decide`` is pure, total, and gives the rules that determined its answer.

The numbers are those of spec/decisions.md. Silence denies, a limit that cannot be evaluated counts as crossed, a grant
that cannot be evaluated does not grant, and whatever goes wrong on the way denies.
"""

from __future__ import annotations

from remit.charter.model import Charter
from remit.guard.call import Call
from remit.guard.decision import Allow, Ask, Because, Decision, Deny
from remit.guard.rules.asking import asked
from remit.guard.rules.coverage import Matter, crossed, obstacle
from remit.guard.rules.explaining import beyond, instead, unknown_tool, with_somebody
from remit.guard.rules.looking import Resolver
from remit.guard.rules.meeting import Scene
from remit.guard.rules.normalising import normalise
from remit.guard.rules.rulebook import Permit, Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.rules.spending import costs, used_up
from remit.guard.standing import Standing
from remit.guard.writable import unwritable

__all__ = ["decide"]

EXHAUSTED = "guard.budget-exhausted"


def decide(
    charter: Charter | Rulebook,
    call: Call,
    standing: Standing,
    *,
    signature: Signature | None = None,
    resolver: Resolver | None = None,
) -> Decision:
    """Decide about a call: ``Allow``, ``Ask`` or ``Deny``, each with the rules that determined it; never raises.

    ``signature`` is what is known of the tool's arguments; without it a grant that names arguments admits no others.
    ``resolver`` says where paths lead; without it no path is shown to lie in a folder. A ``Rulebook`` made once saves
    making one for every call.
    """
    try:
        book = charter if isinstance(charter, Rulebook) else Rulebook.of(charter)
        return _decide(book, call, standing, signature, resolver)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, what was not decided does not happen
        return Deny(because=(Because(step=0, what=f"the call could not be decided: {type(error).__name__}"),))


def _decide(
    book: Rulebook, call: Call, standing: Standing, signature: Signature | None, resolver: Resolver | None
) -> Decision:
    """The steps, in order."""
    fault = unwritable(call.tool, call.args)  # 0: read the call
    if fault:
        return Deny(because=(Because(step=0, what=fault),))
    page = book.page(call.tool)
    normal = normalise(call, page.spellings, cwd=standing.cwd, signature=signature, resolver=resolver)
    scene = Scene(known=standing.known, cwd=standing.cwd, resolver=resolver)
    matter = Matter(book=book, page=page, call=call, normal=normal, standing=standing, scene=scene, signature=signature)
    if standing.phase != "running":  # 1: the run
        return Deny(because=(Because(step=1, what=f"the run is {standing.phase}"),))
    if gone := used_up(book.charter, standing):
        return Deny(because=tuple(gone), code=EXHAUSTED)
    obstacles = [(permit, obstacle(matter, permit)) for permit in page.permits]  # 3: grants
    covering = tuple(permit for permit, reason in obstacles if reason is None)
    effects = tuple(dict.fromkeys(effect for permit in covering for effect in permit.effects))
    limits = [because for bound in page.bounds if (because := crossed(matter, bound, effects))]  # 2
    if limits:
        return Deny(because=tuple(limits), allowed=beyond(matter, limits))
    strange = next(signature.unknown(call.args), None) if signature is not None else None  # 4: silence denies
    if strange is not None:
        what = f"`{call.tool}` has no argument `{strange}`"
        return Deny(because=(Because(step=4, what=what),), allowed=instead(matter, signature))
    if not covering:
        missed = tuple(reason for _permit, reason in obstacles if reason is not None)
        return Deny(because=missed or (unknown_tool(matter),), allowed=instead(matter, signature))
    return _granted(matter, covering, effects)


def _granted(matter: Matter, covering: tuple[Permit, ...], effects: tuple[str, ...]) -> Decision:
    """What becomes of a call that grants cover and no limit forbids: paid for, then asked about where a person must."""
    charter = matter.book.charter
    bill = costs(charter, matter.normal, covering, effects, matter.standing)  # 5: budgets
    if bill.faults:
        gone = any(remaining.left <= 0 for remaining in matter.standing.budgets.values())
        less = "" if gone else instead(matter, matter.signature)  # where nothing is left, no other call fits either
        return Deny(because=bill.faults, code=EXHAUSTED, allowed=less)
    granted = tuple(
        Because(step=3, rule=permit.rule, where=permit.grant.where, what=f"`{permit.grant.tool}` is granted")
        for permit in covering
    )
    wanted = asked(charter, covering, bill.unknown)  # 6: people
    args = matter.normal.args
    undoes = tuple(dict.fromkeys(effect for permit in covering for effect in permit.undoes))
    if wanted.because and not wanted.overseers:
        return Deny(because=wanted.because, allowed=with_somebody(bill.unknown))
    if wanted.overseers:
        because = wanted.because + granted
        return Ask(
            because=because,
            overseers=wanted.overseers,
            args=args,
            spends=bill.spends,
            effects=effects,
            undoes=undoes,
            each=charter.agent.reviewed == "per-call",
        )
    return Allow(because=granted, args=args, spends=bill.spends, effects=effects, undoes=undoes)
