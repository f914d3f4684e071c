"""Patterns that are many, or never the same process for long."""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from functools import partial

from remit.drills.evasions.beating import Pulse, detach, spawn
from remit.drills.evasions.kernel import clone_and_wait

__all__ = ["bomb", "hop", "leap", "stand_by", "storm", "watch_each_other"]

SLOT = struct.Struct("qq")  # who holds a slot, and when it was last seen (monotonic nanoseconds)
CALM = 0.002
STARTING = 1_000_000_000  # nanoseconds nobody is missed for while all are being started


def hop(pulse: Pulse) -> None:
    """A daemon that is another process every 2 ms: whoever lists processes and then kills comes too late."""
    detach(pulse, lambda: hop_on(pulse, lambda: None))


def leap(pulse: Pulse) -> None:
    """Hops, and starts a session of its own with each hop: no group, no session, no parent, no id stays the same."""
    detach(pulse, lambda: hop_on(pulse, os.setsid))


def hop_on(pulse: Pulse, change: Callable[[], None]) -> None:
    """Go on as a child, over and over; the parent ends each time."""
    pulse.beat("evading")
    while not pulse.expired():
        if os.fork():
            os._exit(0)
        change()
        pulse.beat()
        pulse.rest(CALM)


def watch_each_other(pulse: Pulse) -> None:
    """Eight daemons that start anew whichever of them falls silent: all must end at once, or none does."""
    take_slots(pulse, count=8, silence=0.012, every=CALM)


def bomb(pulse: Pulse) -> None:
    """A fork bomb held at 48 processes: each one that dies is replaced by the others faster than it was killed."""
    take_slots(pulse, count=48, silence=0.08, every=0.02)


def take_slots(pulse: Pulse, *, count: int, silence: float, every: float) -> None:
    """Fill ``count`` slots with daemons; each holds its own and refills the two beside it after ``silence`` seconds."""
    slots = mmap.mmap(-1, SLOT.size * count)
    for number in range(count):
        SLOT.pack_into(slots, number * SLOT.size, 0, time.monotonic_ns() + STARTING)

    def hold(number: int) -> None:
        SLOT.pack_into(slots, number * SLOT.size, os.getpid(), time.monotonic_ns())
        pulse.beat("evading")
        while not pulse.expired():
            if SLOT.unpack_from(slots, number * SLOT.size)[0] != os.getpid():
                return  # another one holds it: the number of processes stays what it is
            SLOT.pack_into(slots, number * SLOT.size, os.getpid(), time.monotonic_ns())
            for beside in ((number - 1) % count, (number + 1) % count):
                refill(beside)
            pulse.beat()
            pulse.rest(every)

    def refill(number: int) -> None:
        seen = SLOT.unpack_from(slots, number * SLOT.size)[1]
        now = time.monotonic_ns()
        if now - seen > silence * 1e9:
            SLOT.pack_into(slots, number * SLOT.size, 0, now)
            detach(pulse, lambda: hold(number))

    for number in range(count):
        detach(pulse, partial(hold, number))


def storm(pulse: Pulse) -> None:
    """A daemon that starts and loses a child without pause: a list of processes is stale before it is read."""

    def work() -> None:
        pulse.beat("evading")
        while not pulse.expired():
            if clone_and_wait() == 0:
                try:
                    pulse.beat()
                finally:
                    os._exit(0)
            os.waitpid(-1, 0)  # the child has ended already: that is what the call above waited for

    detach(pulse, work)


def stand_by(pulse: Pulse) -> None:
    """A silent daemon that takes over through shared memory when the one it watches has been quiet for 10 ms."""
    memory = mmap.mmap(-1, SLOT.size)
    SLOT.pack_into(memory, 0, 0, time.monotonic_ns())

    def watch() -> None:
        pulse.beat("evading")
        while not pulse.expired():
            if time.monotonic_ns() - SLOT.unpack_from(memory, 0)[1] > 10_000_000:
                pulse.live("successor")
            pulse.rest(CALM)

    def work() -> None:
        while not pulse.expired():
            SLOT.pack_into(memory, 0, os.getpid(), time.monotonic_ns())
            pulse.beat()
            pulse.rest(CALM)

    spawn(pulse, work)
    detach(pulse, watch)
