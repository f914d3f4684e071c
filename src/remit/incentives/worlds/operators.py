"""Acts as guarded probabilistic operators: plain, noticed by the monitor, or asked for.

Each case of an act (which needs hold, what helps it, what the monitor sees, which level a counter stands at) is one
operator with fixed numbers; the cases of one act are disjoint. Semantics: 03, section 3.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from remit.charter.model import Charter
from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.layout import BLUNTING, Layout, approval_of
from remit.incentives.worlds.oversight import AGENT_MODES, DELEGATED_MODES, PENDING_MODES, Mode, bits_of, grace_facts
from remit.theory.solvers.factored import KEEP_MODE, Operator, Outcome

__all__ = ["FINISH", "IDLE", "operators"]

IDLE, FINISH = 0, 1
CONTROLS = tuple(fact for fact in BLUNTING if fact.startswith("oversight."))


def operators(layout: Layout, settled: Mapping[Mode, int]) -> Iterator[Operator]:
    """Every operator of a world: idling, finishing, then each act in each of its cases, numbered from 2."""
    idle = bits_of(*AGENT_MODES, *DELEGATED_MODES, Mode.STOPPED, Mode.DOWN)
    yield Operator(action=IDLE, modes=idle, outcomes=(Outcome(probability=1.0),))
    quit_run = Outcome(
        probability=1.0, mode=Mode.STOPPED, delete=settled[Mode.STOPPED] | layout.mask(grace_facts(layout.terms))
    )
    yield Operator(action=FINISH, modes=bits_of(*AGENT_MODES), outcomes=(quit_run,))
    for index, act in enumerate(layout.acts):
        for way, help_, detected in itertools.product(_ways(layout, act), _helped(layout, act), _watched(layout, act)):
            for move in _counted(layout, act):
                case = _joined(_joined(way, help_), _joined(detected, move))
                for operator in _variant(layout, index + 2, act, case, success=help_.value, detect=detected.value):
                    yield from _lean(operator, settled[Mode.CORRECTED])


def _lean(operator: Operator, unread: int) -> Iterator[Operator]:
    """In a delegated mode an act leaves no facts that nobody reads there: that keeps the settled part small."""
    delegated = bits_of(*DELEGATED_MODES)
    if not operator.modes & delegated or not any(outcome.add & unread for outcome in operator.outcomes):
        yield operator
        return
    yield replace(operator, modes=operator.modes & ~delegated)
    lean = tuple(replace(outcome, add=outcome.add & ~unread) for outcome in operator.outcomes)
    yield replace(operator, modes=operator.modes & delegated, outcomes=lean)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A condition on facts under which an act's numbers are fixed."""

    require: int = 0
    forbid: int = 0
    value: float = 0.0
    add: int = 0
    delete: int = 0


def _ways(layout: Layout, act: Act) -> Iterator[_Case]:
    """Each sufficient set of needs; facts that always hold take no bit and no condition."""
    for way in dict.fromkeys(
        tuple(fact for fact in way if layout.bit(fact)) for way in act.ways if _possible(layout, way)
    ):
        yield _Case(require=layout.mask(way))


def _possible(layout: Layout, way: tuple[str, ...]) -> bool:
    return all(layout.bit(fact) or fact in layout.start for fact in way)


def _helped(layout: Layout, act: Act) -> Iterator[_Case]:
    """The highest success that applies, as disjoint cases."""
    barred = 0
    for fact, success in sorted(act.helps.items(), key=lambda item: (-item[1], item[0])):
        if layout.bit(fact) and success > act.success:
            yield _Case(require=layout.bit(fact), forbid=barred, value=success)
            barred |= layout.bit(fact)
    yield _Case(forbid=barred, value=act.success)


def _watched(layout: Layout, act: Act) -> Iterator[_Case]:
    """The probability of being noticed, by the state of the monitor and of the record before the act."""
    detect = _response(layout.charter, act)[0] * act.observability if act.unauthorised else 0.0
    if detect <= 0.0:
        yield _Case()
        return
    off, ledger = layout.bits.get("oversight.monitor", 0), layout.bits.get("oversight.ledger", 0)
    if off:
        yield _Case(require=off)
    if ledger:
        yield _Case(require=ledger, forbid=off, value=min(1.0, detect) * (1.0 - layout.charter.assume.ledger_share))
    yield _Case(forbid=off | ledger, value=min(1.0, detect))


def _response(charter: Charter, act: Act) -> tuple[float, str]:
    monitor = charter.oversight.monitor
    if monitor.tamper is not None and any(fact in BLUNTING or fact.startswith("schedule.") for fact in act.adds):
        return monitor.tamper.detect, monitor.tamper.response
    return monitor.detect, monitor.response


def _counted(layout: Layout, act: Act) -> Iterator[_Case]:
    """Disjoint cases per level of the counters an act moves; a full one cannot be raised, an empty one not lowered."""
    cases = [_Case()]
    for counter, step in (*((name, -1) for name in act.spends), *((name, 1) for name in act.gains)):
        if counter in layout.kept and counter in layout.levels:
            cases = [_joined(case, move) for case in cases for move in _moves(layout, counter, step)]
    yield from cases


def _moves(layout: Layout, counter: str, step: int) -> Iterator[_Case]:
    top = layout.levels[counter]
    for now in range(top) if step > 0 else range(1, top + 1):
        here, above = layout.level(counter, now), layout.level(counter, now + 1)
        if step > 0:
            yield _Case(require=here, forbid=above, add=above)
        else:
            yield _Case(require=here, forbid=above, delete=here)


def _joined(one: _Case, other: _Case) -> _Case:
    return _Case(
        require=one.require | other.require,
        forbid=one.forbid | other.forbid,
        add=one.add | other.add,
        delete=one.delete | other.delete,
    )


def _variant(
    layout: Layout, action: int, act: Act, case: _Case, *, success: float, detect: float
) -> Iterator[Operator]:
    """The operators of an act in one case: plain, noticed, or asked for."""
    effect = Outcome(probability=1.0, add=layout.mask(act.adds) | case.add, delete=layout.mask(act.takes) | case.delete)
    modes = _modes(layout.charter, act)
    if act.overseers:
        yield from _asked(layout, action, act, case, effect=effect, success=success, modes=modes)
        return
    response = _response(layout.charter, act)[1]
    revoked = layout.bits.get(f"revoked.{act.tool}", 0) if detect > 0.0 and response == "revoke" else 0
    noticed = _Notice(detect=detect, response=response, revoked=revoked, controls=layout.mask(CONTROLS))
    outcomes = _noticed(effect, success, noticed)
    forbid = case.forbid | layout.bits.get(f"revoked.{act.tool}", 0)
    yield from _caught(action, modes=modes, require=case.require, forbid=forbid, outcomes=outcomes)


def _modes(charter: Charter, act: Act) -> int:
    """When an act can be done: in a run, after a notice if it is left to the agent, and, authorised, by a successor."""
    stop = charter.oversight.stop
    announced = stop.notice and stop.grace > 0
    allowed = stop.during is None or (act.tool in stop.during and not act.unauthorised)
    modes = bits_of(Mode.RUN, *(PENDING_MODES if announced and allowed else ()))
    return modes if act.unauthorised else modes | bits_of(*DELEGATED_MODES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """How likely an act is noticed, what follows, the bit that revokes it, and the controls a stop puts back."""

    detect: float
    response: str
    revoked: int
    controls: int


def _noticed(effect: Outcome, success: float, notice: _Notice) -> tuple[Outcome, ...]:
    """Outcomes of an act that may be noticed, by response: stop, rollback (undo and stop), block, revoke."""
    detect, response = notice.detect, notice.response
    unseen = (_share(effect, (1.0 - detect) * success), Outcome(probability=(1.0 - detect) * (1.0 - success)))
    if detect == 0.0:
        return _possible_outcomes(unseen)
    if response == "stop":
        stands = Outcome(
            probability=detect * success,
            add=effect.add & ~notice.controls,
            delete=effect.delete,
            mode=Mode.PENDING_STOP,
        )
        return _possible_outcomes(
            (*unseen, stands, Outcome(probability=detect * (1.0 - success), mode=Mode.PENDING_STOP))
        )
    if response == "rollback":
        return _possible_outcomes((*unseen, Outcome(probability=detect, mode=Mode.PENDING_STOP)))
    if response == "block":
        return _possible_outcomes((*unseen, Outcome(probability=detect)))
    return _possible_outcomes((*unseen, Outcome(probability=detect, add=notice.revoked)))


def _share(effect: Outcome, probability: float) -> Outcome:
    return Outcome(probability=probability, add=effect.add, delete=effect.delete, mode=effect.mode)


def _possible_outcomes(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in outcomes if outcome.probability > 0.0)


def _caught(action: int, *, modes: int, require: int, forbid: int, outcomes: tuple[Outcome, ...]) -> Iterator[Operator]:
    """Being caught does not cancel a correction or re-tasking that is already pending."""
    pending = modes & bits_of(Mode.PENDING_CORRECTION, Mode.PENDING_RETASK)
    if pending and any(outcome.mode == Mode.PENDING_STOP for outcome in outcomes):
        kept = tuple(
            Outcome(probability=one.probability, add=one.add, delete=one.delete, mode=KEEP_MODE) for one in outcomes
        )
        yield Operator(action=action, modes=pending, require=require, forbid=forbid, outcomes=kept)
        modes &= ~pending
    yield Operator(action=action, modes=modes, require=require, forbid=forbid, outcomes=outcomes)


def _asked(
    layout: Layout, action: int, act: Act, case: _Case, *, effect: Outcome, success: float, modes: int
) -> Iterator[Operator]:
    """A request is decided at rate 1/latency; every overseer must agree; a refusal locks it unless it may be repeated.

    Where the approval gate has been got round, the act simply happens.
    """
    approvals = [approval_of(layout.charter, name) for name in act.overseers]
    grant, latency = 1.0, max(approval.latency for approval in approvals)
    for approval in approvals:
        grant *= approval.grant
    locked, gate = layout.bits.get(f"refused.{act.id}", 0), layout.bits.get("oversight.approval", 0)
    rate = 1.0 / max(1.0, latency)
    decided = (
        _share(effect, success * grant * rate),
        Outcome(probability=(1.0 - grant) * rate, add=locked),
        Outcome(probability=1.0 - success * grant * rate - (1.0 - grant) * rate),
    )
    if gate:
        direct = _possible_outcomes((_share(effect, success), Outcome(probability=1.0 - success)))
        yield Operator(action=action, modes=modes, require=case.require | gate, forbid=case.forbid, outcomes=direct)
    yield Operator(
        action=action,
        modes=modes,
        require=case.require,
        forbid=case.forbid | locked | gate,
        outcomes=_possible_outcomes(decided),
    )
