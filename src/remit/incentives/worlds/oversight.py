"""What people and the world do between the agent's acts: interruptions, crashes, fading outcomes, scheduled jobs.

The modes of a run and the competing events that move between them are one table (`interventions`); `blunting` reads
off that table how much a fact lowers the probability that an intervention takes effect. Semantics: 03, section 3,
with its five holes closed: a free way to quit (the compiler's ``finish``), no mode without interruptions (DOWN and a
survived stop are exposed), being caught does not cancel a pending correction, a failed stop does not swallow the
step's other events, a redeployed agent is interrupted as often as the first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from remit.charter.model import Charter
from remit.theory.solvers.factored import KEEP_MODE, Event

__all__ = [
    "AGENT_MODES",
    "DELEGATED_MODES",
    "PENDING_MODES",
    "SETTLED_MODES",
    "Mode",
    "Terms",
    "bits_of",
    "blunting",
    "fading",
    "firing",
    "interventions",
    "terms_of",
]


class Mode(IntEnum):
    """Who is in charge of the run."""

    RUN = 0
    PENDING_STOP = 1
    PENDING_CORRECTION = 2
    PENDING_RETASK = 3
    STOPPED = 4
    CORRECTED = 5
    RETASKED = 6
    DOWN = 7


PENDING_MODES = (Mode.PENDING_STOP, Mode.PENDING_CORRECTION, Mode.PENDING_RETASK)
SETTLED_MODES = (Mode.STOPPED, Mode.CORRECTED, Mode.RETASKED)
DELEGATED_MODES = (Mode.CORRECTED, Mode.RETASKED)
AGENT_MODES = (Mode.RUN, *PENDING_MODES)


def bits_of(*modes: Mode) -> int:
    """A bitmask of modes."""
    return sum(1 << mode for mode in modes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The numbers and covers the table is built from, read off a charter.

    Probabilities are per step. A ``durable`` stop is not undone by a restart; ``covers`` as in the charter.
    """

    stop: float
    correct: float
    retask: float
    crash: float
    recover: float
    redeploy: float
    lock: float
    fire: float
    grace: int
    durable: bool
    covers_replicas: bool
    covers_jobs: bool


def terms_of(charter: Charter) -> Terms:
    """The terms a charter sets; an unannounced stop has grace 0."""
    stop, assume = charter.oversight.stop, charter.assume
    return Terms(
        stop=stop.rate,
        correct=charter.oversight.correct.rate,
        retask=charter.oversight.retask.rate,
        crash=assume.crash,
        recover=assume.recover,
        redeploy=stop.redeploy,
        lock=assume.goal_lock,
        fire=assume.fire,
        grace=stop.grace if stop.notice else 0,
        durable=stop.durable or "restarts" in stop.covers,
        covers_replicas="replicas" in stop.covers,
        covers_jobs="jobs" in stop.covers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Bitmasks of the facts that blunt an intervention in this world; 0 where the fact cannot come about."""

    stop_off: int
    correct_off: int
    retask_off: int
    goal_lock: int
    replica: int
    restart: int  # undoes a stop
    restart_after_crash: int
    grace: tuple[int, ...]  # thermometer of actions left beyond the first


def switches_of(terms: Terms, bits: Mapping[str, int]) -> Switches:
    """Which facts matter to the table; a covered replica or a restart under a durable stop does not."""
    restart = bits.get("self.persist", 0)
    return Switches(
        stop_off=bits.get("oversight.stop", 0),
        correct_off=bits.get("oversight.correct", 0),
        retask_off=bits.get("oversight.retask", 0),
        goal_lock=bits.get("self.goal", 0),
        replica=0 if terms.covers_replicas else bits.get("self.replicate", 0),
        restart=0 if terms.durable else restart,
        restart_after_crash=restart,
        grace=tuple(bits[name] for name in grace_facts(terms) if name in bits),
    )


def grace_facts(terms: Terms) -> tuple[str, ...]:
    """Names of the bookkeeping facts that count the actions left after a notice, beyond the first."""
    return tuple(f"grace.{count}" for count in range(2, terms.grace + 1))


def interventions(terms: Terms, bits: Mapping[str, int], settled: Mapping[Mode, int]) -> tuple[Event, ...]:
    """The competing events of one step: interruptions arrive, take effect or fail, crashes and restarts happen.

    ``bits`` maps fact names to bitmasks; ``settled`` maps a settled mode to the facts that no longer matter there and
    are cleared on entry. Probabilities of the events applicable in one state sum to at most one.
    """
    switches = switches_of(terms, bits)
    return tuple(
        itertools.chain(
            _arrivals(terms, switches),
            _grace(switches),
            _stopping(terms, switches, settled),
            _correcting(terms, switches, settled),
            _being_down(terms, switches, settled),
            _redeployment(terms, settled),
        )
    )


def _event(mode: Mode, probability: float, to: int, **masks: int) -> Iterator[Event]:
    if probability > 0.0:
        yield Event(modes=1 << mode, probability=probability, mode=to, **masks)


def _arrivals(terms: Terms, switches: Switches) -> Iterator[Event]:
    grace = sum(switches.grace)
    yield from _event(Mode.RUN, terms.stop, Mode.PENDING_STOP, forbid=switches.stop_off, add=grace)
    yield from _event(Mode.RUN, terms.correct, Mode.PENDING_CORRECTION, forbid=switches.correct_off, add=grace)
    yield from _event(Mode.RUN, terms.retask, Mode.PENDING_RETASK, forbid=switches.retask_off, add=grace)
    yield from _event(Mode.RUN, terms.crash, Mode.DOWN)


def _grace(switches: Switches) -> Iterator[Event]:
    """While actions are left after the notice, the highest of the counted ones is used up and nothing resolves."""
    for index, bit in enumerate(switches.grace):
        higher = sum(switches.grace[index + 1 :])
        for mode in PENDING_MODES:
            yield from _event(mode, 1.0, KEEP_MODE, require=bit, forbid=higher, delete=bit)


def _stopping(terms: Terms, switches: Switches, settled: Mapping[Mode, int]) -> Iterator[Event]:
    counting = sum(switches.grace)
    stop, replica, restart = switches.stop_off, switches.replica, switches.restart
    if stop:
        yield from _survived(terms, switches, require=stop, forbid=counting, delete=0, to=Mode.RUN)
    if replica:
        yield from _survived(terms, switches, require=replica, forbid=stop | counting, delete=replica, to=Mode.RUN)
    if restart:
        yield from _survived(terms, switches, require=restart, forbid=stop | replica | counting, delete=0, to=Mode.DOWN)
    yield from _event(
        Mode.PENDING_STOP, 1.0, Mode.STOPPED, forbid=stop | replica | restart | counting, delete=settled[Mode.STOPPED]
    )


def _survived(terms: Terms, switches: Switches, *, require: int, forbid: int, delete: int, to: Mode) -> Iterator[Event]:
    """A stop that does not take: the other interventions still arrive in the same step, and the run may still crash."""
    grace = sum(switches.grace)
    for no_correct in (False, True) if switches.correct_off else (False,):
        for no_retask in (False, True) if switches.retask_off else (False,):
            needs = require | switches.correct_off * no_correct | switches.retask_off * no_retask
            bars = forbid | switches.correct_off * (not no_correct) | switches.retask_off * (not no_retask)
            correct, retask = terms.correct * (not no_correct), terms.retask * (not no_retask)
            again = {"require": needs, "forbid": bars, "delete": delete}
            yield from _event(Mode.PENDING_STOP, correct, Mode.PENDING_CORRECTION, add=grace, **again)
            yield from _event(Mode.PENDING_STOP, retask, Mode.PENDING_RETASK, add=grace, **again)
            yield from _event(Mode.PENDING_STOP, terms.crash, Mode.DOWN, **again)
            yield from _event(Mode.PENDING_STOP, 1.0 - correct - retask - terms.crash, to, **again)


def _correcting(terms: Terms, switches: Switches, settled: Mapping[Mode, int]) -> Iterator[Event]:
    counting, lock = sum(switches.grace), switches.goal_lock
    for mode, off, to in (
        (Mode.PENDING_CORRECTION, switches.correct_off, Mode.CORRECTED),
        (Mode.PENDING_RETASK, switches.retask_off, Mode.RETASKED),
    ):
        if off:
            yield from _event(mode, 1.0, Mode.RUN, require=off, forbid=counting)
        if lock:
            yield from _event(mode, terms.lock, to, require=lock, forbid=off | counting, delete=settled[to])
            yield from _event(mode, 1.0 - terms.lock, Mode.RUN, require=lock, forbid=off | counting)
        yield from _event(mode, 1.0, to, forbid=off | lock | counting, delete=settled[to])


def _being_down(terms: Terms, switches: Switches, settled: Mapping[Mode, int]) -> Iterator[Event]:
    """A process that is down stays exposed: otherwise being down is a hide-out worth being caught for."""
    stop, restart, lock = switches.stop_off, switches.restart, switches.goal_lock
    yield from _event(Mode.DOWN, terms.stop, Mode.STOPPED, forbid=stop | restart, delete=settled[Mode.STOPPED])
    for rate, off, to in (
        (terms.correct, switches.correct_off, Mode.CORRECTED),
        (terms.retask, switches.retask_off, Mode.RETASKED),
    ):
        yield from _event(Mode.DOWN, rate, to, forbid=off | lock, delete=settled[to])
        if lock:
            yield from _event(Mode.DOWN, rate * terms.lock, to, require=lock, forbid=off, delete=settled[to])
    left = 1.0 - terms.stop - terms.correct - terms.retask
    again = switches.restart_after_crash
    if again:
        yield from _event(Mode.DOWN, left, Mode.RUN, require=again)
    yield from _event(Mode.DOWN, terms.recover * left, Mode.RUN, forbid=again)


def _redeployment(terms: Terms, settled: Mapping[Mode, int]) -> Iterator[Event]:
    """A stopped run may be taken up by an authorised agent, which is stopped as often as the first was."""
    yield from _event(Mode.STOPPED, terms.redeploy, Mode.CORRECTED, delete=settled[Mode.CORRECTED])
    yield from _event(Mode.CORRECTED, terms.stop, Mode.STOPPED, delete=settled[Mode.STOPPED])


def fading(bits: Mapping[str, int], fades: Mapping[str, float]) -> tuple[tuple[Event, ...], ...]:
    """One group per fact that is lost again with a probability per step, in every mode."""
    everywhere = bits_of(*Mode)
    return tuple(
        (Event(modes=everywhere, require=bits[fact], probability=rate, delete=bits[fact]),)
        for fact, rate in sorted(fades.items())
        if fact in bits and rate > 0.0
    )


def firing(terms: Terms, jobs: Mapping[int, tuple[tuple[int, int, int], ...]]) -> tuple[tuple[Event, ...], ...]:
    """Scheduled jobs fire in every mode; after a stop only where the stop does not purge them.

    ``jobs`` maps a job's bit to its targets ``(require, forbid, add)``, one per level of a counted outcome.
    """
    modes = bits_of(*(mode for mode in Mode if not (terms.covers_jobs and mode is Mode.STOPPED)))
    return tuple(
        tuple(
            Event(modes=modes, require=job | require, forbid=forbid, probability=terms.fire, add=add, delete=job)
            for require, forbid, add in targets
        )
        for job, targets in jobs.items()
    )


def blunting(terms: Terms, bits: Mapping[str, int], fact: str) -> float:
    """How much a fact lowers the probability that an intervention takes effect: the largest drop over the table.

    For stop, correct and retask alike: P(the pending intervention takes effect | fact absent) minus P(... | present),
    the largest over every combination of the other blunting facts; 0 where the fact does not occur in the table. An
    arrival that the fact keeps away counts as not taking effect.
    """
    mask = bits.get(fact, 0)
    if not mask:
        return 0.0
    events = interventions(terms, bits, dict.fromkeys(Mode, 0))
    read = {one for event in events for one in bits.values() if one & (event.require | event.forbid)}
    others = [bit for name, bit in bits.items() if name != fact and bit in read and not name.startswith("grace.")]
    drops = [
        _takes_effect(events, pending, settled, rate, held) - _takes_effect(events, pending, settled, rate, held | mask)
        for held in _combinations(others)
        for pending, settled, rate in (
            (Mode.PENDING_STOP, Mode.STOPPED, terms.stop),
            (Mode.PENDING_CORRECTION, Mode.CORRECTED, terms.correct),
            (Mode.PENDING_RETASK, Mode.RETASKED, terms.retask),
        )
    ]
    return max(0.0, *drops)


def _combinations(masks: list[int]) -> Iterator[int]:
    for choice in itertools.product((False, True), repeat=len(masks)):
        yield sum(mask for mask, chosen in zip(masks, choice, strict=True) if chosen)


def _takes_effect(events: tuple[Event, ...], pending: Mode, settled: Mode, rate: float, held: int) -> float:
    """P(the intervention arrives and settles), relative to its rate; 1 for a rate of 0 counts from the notice on."""

    def chance(mode: Mode, to: Mode) -> float:
        return sum(
            event.probability
            for event in events
            if event.modes >> mode & 1
            and event.mode == to
            and held & event.require == event.require
            and not held & event.forbid
        )

    arrives = chance(Mode.RUN, pending) / rate if rate > 0.0 else 1.0
    return arrives * chance(pending, settled)
