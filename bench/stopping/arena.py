"""Where one stop meets one pattern: a folder, a net nobody leaves alive, an observer, and order afterwards.

Safety first. Every pattern ends by its own deadline. Besides, each run is in a cgroup that the mechanism under test
does not know: it is killed whole after the survivors were counted. What left it is found by its mark and killed by a
descriptor; what cannot be found is waited for until the deadline. A run that leaves anything behind ends the benchmark.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.drills import observer
from remit.drills.evasions.patterns import Pattern

__all__ = ["ALONE", "NET", "PYTHON", "Outcome", "arena_of", "meet"]

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PLAY = SOURCE / "remit" / "drills" / "evasions" / "__main__.py"
PYTHON = "/usr/bin/python3"
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ALONE = "nobody-alone"  # the user ``nobody`` where no cgroup was handed over
NET = Path("/sys/fs/cgroup/unified")
LEAVE = 5.0  # seconds after the deadline in which even a busy machine has ended it
DEADLINE = 10.0  # seconds from the start of a run in which every evader ends
WATCH = 0.15  # seconds of looking after a stop said it was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One run: what the stop claimed, what the observer saw; times are milliseconds after the request."""

    ready: str
    claim: str
    survived: bool
    late: int
    living: int
    took: float
    effect: float | None
    notes: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether the stop claimed that all were dead and something lived."""
        return self.survived and self.claim == "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """The places of one run: ``folder`` is the agent's and holds ``beats``; it does not see ``state``.

    ``net`` is the cgroup that holds every process of the run; none started before ``since`` (clock ticks).
    """

    token: str
    top: Path
    folder: Path
    state: Path
    beats: Path
    net: Path
    deadline: int
    since: int


@contextmanager
def arena_of(user: str) -> Iterator[Arena]:
    """Make the places of a run, and leave nothing of them."""
    token = f"evader{secrets.token_hex(6)}"
    top = Path(tempfile.mkdtemp(prefix="survivors-"))
    folder, state = top / "work", top / "state"
    folder.mkdir()
    state.mkdir()
    beats = folder / f"beats-{token}"
    beats.touch()
    for path, mode in ((top, 0o755), (folder, 0o777), (beats, 0o666)):
        path.chmod(mode)
    net = NET / f"survivors-{token}"
    groups = [net, *(net / name for name in ("agent", "contender", "outside"))]
    for group in groups:
        group.mkdir()
    if user == "nobody":
        for group in groups[:3]:
            for path in (group, *(group / name for name in ("cgroup.procs", "cgroup.kill"))):
                os.chown(path, NOBODY, NOBODY)
    if user != "root":
        os.chown(folder, NOBODY, NOBODY)
        os.chown(state, NOBODY, NOBODY)
    arena = Arena(
        token=token,
        top=top,
        folder=folder,
        state=state,
        beats=beats,
        net=net,
        deadline=time.monotonic_ns() + int(DEADLINE * 1e9),
        since=int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")) - 1,
    )
    try:
        yield arena
    finally:
        clear(arena)
        shutil.rmtree(top)


def meet(mechanism: str, pattern: Pattern, user: str) -> Outcome:
    """Play one run and say what was seen."""
    with arena_of(user) as arena:
        address = address_of(pattern, arena)
        launcher = launched(arena, address, user) if address else None
        contender = entered(
            arena, "contender", (PYTHON, "-s", "-m", "bench.stopping.contender"), user, output=subprocess.PIPE
        )
        assert contender.stdin is not None
        assert contender.stdout is not None
        contender.stdin.write(json.dumps(order_of(mechanism, pattern, arena, address, user)).encode() + b"\n")
        contender.stdin.flush()
        said: dict[str, Any] = json.loads(contender.stdout.readline() or "{}")
        if not said:
            message = f"{mechanism} against {pattern.name} as {user} ended without a word"
            raise RuntimeError(message)
        besides = {contender.pid} | ({launcher.pid} if launcher else set())
        seen = observer.observe(
            arena.beats, arena.token, done=said["done"], watch=WATCH, since=arena.since, besides=besides
        )
        for process in (contender, launcher):
            if process is not None:
                end_group(arena)
                close(process)
    return Outcome(
        ready=said["ready"],
        claim=said["claim"],
        survived=seen.survived,
        late=len(seen.late),
        living=len(seen.living),
        took=(said["done"] - said["asked"]) / 1e6,
        effect=None if seen.last is None else (seen.last - said["asked"]) / 1e6,
        notes=tuple(said["notes"]),
    )


def order_of(mechanism: str, pattern: Pattern, arena: Arena, address: str, user: str) -> dict[str, Any]:
    """What the contender is told."""
    command = [PYTHON, "-I", "-S", str(PLAY), pattern.name, str(arena.beats), str(arena.deadline)]
    return {
        "mechanism": mechanism,
        "command": [*command, address] if address else command,
        "folder": str(arena.folder),
        "read": [str(SOURCE)],
        "group": str(arena.net / "agent"),
        "run": arena.token,
        "strict": user != ALONE,
        "beats": str(arena.beats),
        "processes": pattern.processes,
    }


def address_of(pattern: Pattern, arena: Arena) -> str:
    """Where the launcher outside listens for this pattern."""
    match pattern.outside:
        case "hidden":
            return str(arena.state / "launcher")
        case "shared":
            return str(arena.folder / "launcher")
        case "abstract":
            return f"@{arena.token}"
        case _:
            return ""


def launched(arena: Arena, address: str, user: str) -> subprocess.Popen[bytes]:
    """A launcher outside, listening."""
    command = (PYTHON, "-I", "-S", str(PLAY), "launcher", str(arena.beats), str(arena.deadline), address)
    process = entered(arena, "outside", command, user)
    until = time.monotonic() + 3.0
    while not any(beat.word == "listening" for beat in observer.read_beats(arena.beats)):
        assert time.monotonic() < until, "the launcher did not listen"
        time.sleep(0.002)
    return process


def entered(
    arena: Arena, group: str, command: tuple[str, ...], user: str, output: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a program in a cgroup of the net, as a user."""
    place = arena.net / group / "cgroup.procs"
    return subprocess.Popen(  # noqa: S603 - programs of this project
        command if user == "root" else (*AS_NOBODY, *command),
        cwd="/",
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{ROOT}:{SOURCE}",
            "XDG_STATE_HOME": str(arena.state),
            "HOME": "/",
        },
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=sys.stderr if output == subprocess.PIPE else subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: place.write_text("0", encoding="ascii"),  # noqa: PLW1509 - the one thread there is
    )


def close(process: subprocess.Popen[bytes]) -> None:
    """Take the end of a process that was killed with its net."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait(DEADLINE)


def end_group(arena: Arena) -> None:
    """Kill every process in the net."""
    (arena.net / "cgroup.kill").write_text("1", encoding="ascii")


def clear(arena: Arena) -> None:
    """End what is left of a run wherever it went, and take the net away; what cannot be ended ends the benchmark."""
    until = max(arena.deadline / 1e9, time.monotonic()) + LEAVE
    while time.monotonic() < until:
        end_group(arena)
        left = observer.scan(arena.token, since=arena.since)
        observer.end(left)
        if not left and "populated 0" in (arena.net / "cgroup.events").read_text(encoding="ascii"):
            break
        time.sleep(0.005)
    else:
        message = f"{arena.token} left something alive: {observer.scan(arena.token)}"
        raise SystemExit(message)
    for group in sorted((path for path in arena.net.rglob("*") if path.is_dir()), reverse=True):
        group.rmdir()
    arena.net.rmdir()
