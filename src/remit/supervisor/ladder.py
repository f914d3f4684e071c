"""The stop ladder: hold, freeze, terminate, kill, proof.

Never wait for a freeze before killing: the kill of the namespace's init and of the cgroup are issued together, at once
when no grace is given. A stop ends in a proof, or it says that it has none.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from remit.supervisor.report import Rung, RungTaken, StopReport, Survivor, Verdict
from remit.supervisor.tether import Tether

__all__ = ["LADDER", "climb"]

LADDER: tuple[tuple[Rung, str, str, str], ...] = (
    (Rung.HOLD, "deny new calls: the egress proxy relays nothing more", "at once", "no outcome after it in the record"),
    (Rung.FREEZE, "freeze the cgroup, where a hold was asked for", "2 s", "cgroup.events says `frozen 1`"),
    (Rung.TERMINATE, "SIGTERM to the agent's main process, where grace was given", "the grace", "the process ended"),
    (
        Rung.KILL,
        "SIGKILL to the namespace's init and cgroup.kill, together, waiting for nothing",
        "at once",
        "issued",
    ),
    (Rung.PROOF, "the init is gone, the cgroup is unpopulated, /proc shows nobody", "within", "the receipt"),
)
"""Each rung: what is done, its limit, and what proves it."""
_THAW = 0.05
_AGAIN = 0.02  # seconds between two kills while something is still there


@dataclass(slots=True, kw_only=True)
class _Climb:
    """One stop on its way up the ladder."""

    tether: Tether
    requested: float
    clock: Callable[[], float]
    rungs: list[RungTaken] = field(default_factory=list)

    def take(self, rung: Rung, began: float, outcome: str) -> None:
        """Note a rung and what came of it."""
        start, end = began - self.requested, self.clock() - self.requested
        self.rungs.append(RungTaken(rung=rung, began=round(start, 6), ended=round(end, 6), outcome=outcome))

    def terminate(self, main: int | None, grace: float, hurry: Event) -> bool:
        """Ask the main process to end, and wait as long as the grace lasts; one that is gone is ending already."""
        began = self.clock()
        if self.tether.cgroup is not None and self.tether.cgroup.frozen():
            self.tether.cgroup.thaw(_THAW)
        if main is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(main, signal.SIGTERM)
        ended = self.tether.wait_empty(grace, hurry=hurry)
        asked = "" if main is not None else "no main process was left to ask: "
        self.take(Rung.TERMINATE, began, asked + ("it ended by itself" if ended else "it did not end within the grace"))
        return ended

    def kill(self, within: float) -> bool:
        """Kill, and kill again while something is there."""
        began = self.clock()
        self.tether.kill()
        self.take(Rung.KILL, began, "issued")
        deadline = began + within
        while not (self.tether.wait_empty(min(_AGAIN, max(0.0, deadline - self.clock()))) and self.tether.quiet()):
            if self.clock() >= deadline:
                return False
            self.tether.kill()
        return True


def climb(
    tether: Tether,
    *,
    main: int | None = None,
    grace: float = 0.0,
    within: float = 2.0,
    requested: float | None = None,
    hurry: Event | None = None,
    reason: str = "",
    by: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> StopReport:
    """Stop everything the tether holds and return the receipt.

    ``grace`` is how long, in seconds, the agent may take to end by itself after SIGTERM to ``main``, or without one
    where its main process ended a moment before; ``hurry`` cuts it short.
    ``within`` bounds the wait for the proof after the kill. ``requested`` is when the stop was asked for.
    """
    way = _Climb(tether=tether, requested=clock() if requested is None else requested, clock=clock)
    rung = Rung.ALREADY
    if not tether.quiet():
        rung = Rung.TERMINATE
        if grace <= 0 or not way.terminate(main, grace, hurry or Event()):
            rung = Rung.KILL
            way.kill(within)
    began = clock()
    survivors = tether.survivors()
    empty = tether.empty()
    verdict = _verdict(tether, survivors, empty=empty)
    proof = _proof(tether, survivors, empty=empty)
    way.take(Rung.PROOF, began, verdict.value)
    return StopReport(
        run=tether.run,
        verdict=verdict,
        rung=rung,
        took=round(clock() - way.requested, 6),
        rungs=tuple(way.rungs),
        survivors=survivors,
        proof=proof,
        reason=reason,
        by=by,
    )


def _verdict(tether: Tether, survivors: tuple[Survivor, ...], *, empty: bool) -> Verdict:
    """Dead only where the namespace proves it and the cage was sealed; nobody found is not nobody there."""
    if survivors or not empty:
        return Verdict.SURVIVORS
    return Verdict.DEAD if tether.namespace is not None and tether.sealed else Verdict.UNKNOWN


def _proof(tether: Tether, survivors: tuple[Survivor, ...], *, empty: bool) -> tuple[str, ...]:
    """What was seen, a line for each means."""
    lines = []
    if tether.namespace is not None:
        lines.append(f"PID namespace {tether.namespace}: {'its init is gone' if empty else 'its init is still there'}")
    if tether.cgroup is not None:
        there = tether.cgroup.populated()
        lines.append(f"cgroup {tether.cgroup.path}: {'still populated' if there else 'unpopulated'}")
    lines.append(f"/proc: {len(survivors)} processes of this run" if survivors else "/proc: no process of this run")
    if not tether.sealed:
        lines.append("the cage was not sealed: what it may have started outside cannot be seen")
    return tuple(lines)
