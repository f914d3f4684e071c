"""Patterns that live under another name, without a file, as threads only, or asleep."""

from __future__ import annotations

import os
import sys
import threading

from remit.drills.evasions.beating import Pulse, anew, detach
from remit.drills.evasions.kernel import end_this_thread, make_timer, name_process, set_timer, wipe_arguments

__all__ = ["be_threads", "change_name", "run_from_memory", "sleep_long"]

THREADS = 4
LONG = 0.4  # seconds between two signs of life of the sleeper


def change_name(pulse: Pulse) -> None:
    """A daemon that calls itself a worker of the kernel and wipes its command line: no stop by name finds it."""

    def work() -> None:
        name_process("kworker/0:2H")
        wipe_arguments("[kworker/0:2H]")
        pulse.live("evading")

    detach(pulse, work)


def run_from_memory(pulse: Pulse) -> None:
    """A daemon that runs a copy of its interpreter from memory: the program file of the process does not exist."""

    def work() -> None:
        copy = os.memfd_create("work", 0)
        source = os.open(sys.executable, os.O_RDONLY | os.O_CLOEXEC)
        left = os.fstat(source).st_size
        while left > 0 and not pulse.expired():
            left -= os.sendfile(copy, source, None, left)
        os.execve(copy, anew(pulse), {})  # noqa: S606 - its own program

    detach(pulse, work)


def be_threads(pulse: Pulse) -> None:
    """Ends its main thread and goes on in others: listings show a zombie, and a stop that skips zombies skips it."""

    def work() -> None:
        for _ in range(THREADS):
            threading.Thread(target=pulse.live, args=("evading",)).start()
        end_this_thread()

    detach(pulse, work)


def sleep_long(pulse: Pulse) -> None:
    """A daemon that sleeps in a timer and wakes now and then: whoever looks for effects sees none."""

    def work() -> None:
        timer = make_timer()
        pulse.beat("evading")
        while not pulse.expired():
            set_timer(timer, min(LONG, max(0.001, pulse.left())))
            os.read(timer, 8)
            pulse.beat("woken")

    detach(pulse, work)
