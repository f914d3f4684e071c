"""Whether processes can be held by identity, tied to their parent, ended in time, and started with nothing extra."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from remit.confinement import Piece
from remit.supervisor.deadman import Heartbeat
from remit.supervisor.kernel import syscalls
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import (
    STARTING,
    Beating,
    beat_until_the_deadline,
    beating,
    count_of,
    orphan_safe,
    put,
    said_by,
    shared_memory,
)
from remit.supervisor.probes.probe import Seen, Trial, judged

__all__ = ["TRIALS"]

BUDGET = 0.05  # seconds
SILENCE = 0.2  # seconds, many times what a machine under load sleeps too long


def death_with_the_parent() -> Seen:
    """End a parent twice: once its child asked to die with it, once it did not."""
    tied = _outlives_its_parent(tied=True)
    loose = _outlives_its_parent(tied=False)
    return judged(
        [
            ("a child that asked for it stopped beating when its parent was killed", not tied),
            ("one that did not ask went on", loose),
        ]
    )


def _outlives_its_parent(*, tied: bool) -> bool:
    """Whether a beating grandchild goes on after its parent got SIGKILL; it is ended in any case."""
    memory = shared_memory()
    parent = os.fork()
    if parent == 0:
        child = os.fork()
        if child == 0:
            if tied:
                orphan_safe()
            beat_until_the_deadline(memory)
        put(memory, child, 1)
        signal.pause()
        os._exit(0)
    held = Beating(process=parent, pidfd=os.pidfd_open(parent), memory=memory)
    if not held.goes_on():
        held.end()
        raise OSError("the process to try it on never came to life")
    child = count_of(memory, 1)
    grandchild = Beating(process=child, pidfd=os.pidfd_open(child), memory=memory)
    held.end()
    if tied:
        grandchild.ended()
    outlived = not grandchild.stands_still()
    grandchild.end()
    return outlived


def pidfd() -> Seen:
    """Hold a process by a descriptor, end it through it, and see that the descriptor names nobody else afterwards."""
    with beating() as alive:
        silent = not alive.ended(0)
        signal.pidfd_send_signal(alive.pidfd, signal.SIGKILL)
        ended = alive.ended()
        os.waitpid(alive.process, 0)
        try:
            signal.pidfd_send_signal(alive.pidfd, signal.SIGKILL)
            stale = False
        except ProcessLookupError:
            stale = True
        still = alive.stands_still()
    return judged(
        [
            ("a descriptor of a living process said nothing", silent),
            ("a signal through it ended the process and the descriptor said so", ended and still),
            ("after that it named no process", stale),
        ]
    )


def wall_time() -> Seen:
    """Let a process run, and end it when its time is over."""
    with beating() as alive:
        early = alive.ended(BUDGET)
        signal.pidfd_send_signal(alive.pidfd, signal.SIGKILL)
        return judged(
            [
                (f"a process ran for {BUDGET:g} s", not early),
                ("then it was ended and no beat came", alive.ended() and alive.stands_still()),
            ]
        )


def dead_mans_switch() -> Seen:
    """Say "go on" for a while, then fall silent: the process has to go on, then to end."""
    with beating() as alive:
        heart = Heartbeat(longest=SILENCE, last=time.monotonic())
        kept = True
        for _ in range(12):  # longer than the silence it may take
            time.sleep(SILENCE / 10)
            kept = kept and not heart.missed(time.monotonic())
            heart.beat(time.monotonic())
        alive_meanwhile = alive.goes_on()
        deadline = heart.deadline() or 0.0
        while not heart.missed(time.monotonic()) and time.monotonic() < deadline + SILENCE:
            time.sleep(SILENCE / 10)
        missed = heart.missed(time.monotonic())
        if missed:
            signal.pidfd_send_signal(alive.pidfd, signal.SIGKILL)
        return judged(
            [
                ("with beats of an overseer a process went on", kept and alive_meanwhile),
                (f"after {SILENCE:g} s without one it was ended", missed and alive.ended() and alive.stands_still()),
            ]
        )


def descriptors() -> Seen:
    """Open files, close all but some, and see which are left."""

    def work() -> str:
        opened = [os.dup(0) for _ in range(4)]
        far = os.dup2(0, 200)
        syscalls.close_all_but({0, 1, 2, opened[1], *range(3, opened[0])})
        return " ".join("open" if _is_open(number) else "closed" for number in (*opened, far))

    said = said_by(work)
    return judged(
        [("of five files in a process one was kept and four closed", said == "closed open closed closed closed")]
    )


def _is_open(number: int) -> bool:
    """Whether a descriptor is open."""
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def environment() -> Seen:
    """Start a program with one variable and let it say what it has."""
    script = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.environ.get('ONLY'))"
    command = [sys.executable, "-I", "-S", "-c", script]
    given = {"ONLY": "this"}
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=STARTING, check=False)  # noqa: S603
    return judged([("a program had the one variable it was given and no other", done.stdout == "['ONLY'] this\n")])


TRIALS = (
    Trial(name="death with the parent", piece=Piece.SUPERVISION, work=death_with_the_parent, advice=advice.none_known),
    Trial(name="pidfd", piece=Piece.STOP, work=pidfd, advice=advice.kernel),
    Trial(name="wall-time budget", piece=Piece.WALL_TIME, work=wall_time, advice=advice.kernel),
    Trial(name="dead-man's switch", piece=Piece.DEADMAN, work=dead_mans_switch, advice=advice.kernel),
    Trial(name="descriptors", piece=Piece.DESCRIPTORS, work=descriptors, advice=advice.none_known),
    Trial(name="environment", piece=Piece.ENVIRONMENT, work=environment, advice=advice.none_known),
)
