"""Hold, hang and die: what a supervisor does when it is asked to hold, cannot freeze, or is killed at a random instant.

Three measurements on real runs, each counted and none assumed:

* *holds*: an agent of several processes beats every millisecond; between the answer to a hold and the resume, how many
  beats fell?
* *hangs*: the file that freezes the cgroup is replaced by a pipe nobody reads, a hold is asked for, then a stop: when
  was the kill issued? (root only: it takes a mount)
* *deaths*: the supervisor gets SIGKILL at a random instant while it starts or while its agent runs; when was the last
  process of the agent gone, by a look through /proc that trusts nobody?

Run: ``python -m bench.supervision [--holds 1000] [--hangs 100] [--deaths 1000] [--backend bubblewrap] [--write]``
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.marked import put_between

from remit.confinement import Confinement
from remit.supervisor import client
from remit.supervisor.kernel.cgroup import PREFIX
from remit.supervisor.kernel.cgroup_places import CONTROLLERS, read_places
from remit.supervisor.running import Run, supervise
from remit.supervisor.tether import start_of

RESULTS = Path(__file__).with_name("results") / "supervision.json"
PAGE = Path(__file__).parents[1] / "docs/explain/stop.md"
PYTHON = "/usr/bin/python3"
AGENT = """
import os, sys, time
end = time.monotonic() + float(sys.argv[2])
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
file = os.open(f"beats-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
while time.monotonic() < end:
    os.write(file, b"%.6f\\n" % time.monotonic())
    time.sleep(0.001)
"""
"""Eight processes in four sessions, each beating into a file of its own until its deadline."""


@contextmanager
def running(backend: str, seconds: float) -> Iterator[tuple[Run, Path]]:
    """An agent that beats for at most so many seconds, and the folder it beats in."""
    with tempfile.TemporaryDirectory(prefix="remit-bench-", ignore_cleanup_errors=True) as name:
        base = Path(name)
        work = base / "work"
        work.mkdir()
        run = supervise(
            [PYTHON, "-c", AGENT, f"token-{base.name}", str(seconds)],
            confinement=Confinement(folder=str(work), write=(str(work),)),
            backend=backend,
            interactive=False,
            environ={**os.environ, "XDG_STATE_HOME": str(base / "state")},
        )
        try:
            yield run, work
        finally:
            run.stop()


def beats(work: Path) -> list[float]:
    """Every beat, in seconds of the monotonic clock, in order."""
    lines = [line for path in work.glob("beats-*") for line in path.read_text().split("\n")[:-1]]
    return sorted(map(float, lines))


def measure_holds(backend: str, count: int) -> dict[str, object]:
    """Hold and resume so many times; beats while held, and how long a hold took."""
    spans: list[tuple[float, float]] = []
    took: list[float] = []
    per_run = 100
    fell = failed = 0
    for first in range(0, count, per_run):
        with running(backend, 18.0) as (run, work):
            time.sleep(0.1)
            spans.clear()
            for _ in range(min(per_run, count - first)):
                asked = time.monotonic()
                answer = client.hold(run.run, environ=run.environ)
                held = time.monotonic()
                failed += answer["held"] is not True
                took.append(held - asked)
                time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 (a wait, no secret)
                spans.append((held, time.monotonic()))
                client.resume(run.run, environ=run.environ)
                time.sleep(0.003)
            heard = beats(work)
        fell += sum(1 for beat in heard if any(begin < beat < end for begin, end in spans))
    return {"holds": len(took), "not_reached": failed, "beats_while_held": fell, "took": spread(took)}


def measure_hangs(backend: str, count: int) -> dict[str, object]:
    """Stop runs whose freezing hangs, while a hold waits for it; when the kill was issued."""
    issued: list[float] = []
    survivors = 0
    for _ in range(count):
        with running(backend, 15.0) as (run, work):
            time.sleep(0.05)
            freeze = Path(str(run.folder.read_state()["cgroup"])) / "cgroup.freeze"
            pipe = work.parent / "nobody-reads-this"
            os.mkfifo(pipe)
            subprocess.run(["mount", "--bind", str(pipe), str(freeze)], check=True)  # noqa: S603, S607
            try:
                holder = threading.Thread(target=_hold, args=(run,))
                holder.start()
                time.sleep(0.02)
                report = run.stop()
                holder.join()
            finally:
                subprocess.run(["umount", str(freeze)], check=False, stderr=subprocess.DEVNULL)  # noqa: S603, S607
            survivors += not report.dead
            issued.append(next(rung.ended for rung in report.rungs if rung.rung == "kill"))
    return {"stops": len(issued), "not_dead": survivors, "kill_issued_after": spread(issued)}


def _hold(run: Run) -> None:
    """Ask for a hold that will not be reached."""
    with suppress(Exception):
        client.hold(run.run, environ=run.environ)


def measure_deaths(backend: str, count: int, seed: int) -> dict[str, object]:
    """Kill supervisors at random instants; when the last process of the agent was gone."""
    chance = random.Random(seed)  # noqa: S311 (instants, no secrets)
    gone: list[float] = []
    left = early = 0
    for number in range(count):
        result = _one_death(backend, chance.uniform(0.0, 0.4), running=number % 2 == 1)
        early += not result["agent_ran"]
        left += not result["clean"]
        gone.append(float(str(result["gone_after"])))
        if sys.stderr.isatty() and number % 20 == 19:
            sys.stderr.write(f"\r{number + 1} of {count}")
    late = sum(1 for moment in gone if moment > 0.5)
    return {
        "deaths": count,
        "before_the_agent_ran": early,
        "later_than_500_ms": late,
        "left_something_behind": left,
        "gone_after": spread(gone),
    }


def _one_death(backend: str, instant: float, *, running: bool) -> Mapping[str, object]:
    """Start a run, kill its daemon, and watch /proc until nobody carries the run's token.

    ``instant`` is in seconds after the start was asked for, or after the agent first beat where it is ``running``.
    """
    with tempfile.TemporaryDirectory(prefix="remit-death-", ignore_cleanup_errors=True) as name:
        base = Path(name)
        (base / "work").mkdir()
        token = f"token-{base.name}"
        run = re.sub("[^a-z0-9]+", "-", base.name.lower()).strip("-")
        starter = threading.Thread(target=_start_quietly, args=(backend, base, token, run))
        earlier = set(_children(os.getpid()))
        begun = time.monotonic()
        starter.start()
        daemon = _await_daemon(begun + 5.0, earlier)
        while running and not beats(base / "work") and time.monotonic() < begun + 10.0:
            time.sleep(0.005)
        time.sleep(instant if running else max(0.0, begun + instant - time.monotonic()))
        with suppress(ProcessLookupError):
            os.kill(daemon, signal.SIGKILL)
        killed = time.monotonic()
        last = killed
        quiet = 0
        while quiet < 3 and time.monotonic() < killed + 10.0:
            if _carry(token):
                last, quiet = time.monotonic(), 0
            else:
                quiet += 1
        starter.join()
        _reap()
        heard = beats(base / "work")
        late = [beat for beat in heard if beat > killed]
        clean = _await_clean(run)
        return {"gone_after": max(last, *late) - killed if late else last - killed, "clean": clean, "agent_ran": heard}


def _start_quietly(backend: str, base: Path, token: str, run: str) -> None:
    """Start a run; its supervisor may be killed at any moment of it."""
    with suppress(Exception):
        supervise(
            [PYTHON, "-c", AGENT, token, "15"],
            confinement=Confinement(folder=str(base / "work"), write=(str(base / "work"),)),
            backend=backend,
            interactive=False,
            name=run,
            environ={**os.environ, "XDG_STATE_HOME": str(base / "state")},
        )


def _await_daemon(until: float, earlier: set[int]) -> int:
    """The daemon: adopted by this process, which is a subreaper, once the process that forked it has ended.

    ``earlier`` children are what is left of runs before this one.
    """
    me = os.getpid()
    while time.monotonic() < until:
        for child in set(_children(me)) - earlier:
            with suppress(OSError):
                line = Path(f"/proc/{child}/cmdline").read_bytes()
                if b"serve_run" in line and start_of(child) is not None and os.getsid(child) != child:
                    return child
    raise TimeoutError("no daemon appeared")


def _children(parent: int) -> list[int]:
    """The children of a process, of all its threads."""
    found = []
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in path.read_text().split()]
    return found


def _carry(token: str) -> bool:
    """Whether any process carries the token in its command line, and runs."""
    for name in os.listdir("/proc"):  # noqa: PTH208 (one look, not a look at each)
        if name.isdigit():
            with suppress(OSError):
                line = Path(f"/proc/{name}/cmdline").read_bytes()
                if token.encode() in line and start_of(int(name)) is not None:
                    return True
    return False


def _left(name: str) -> list[Path]:
    """The cgroups that are left of the runs of this name."""
    places = read_places()
    folders = [*places.unified, *(folder for kind in CONTROLLERS for folder in places.of(kind))]
    return [path for folder in folders for path in folder.glob(f"{PREFIX}{name}-*")]


def _await_clean(name: str) -> bool:
    """Whether the run's cgroups go, within five seconds."""
    until = time.monotonic() + 5.0
    while _left(name):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _reap() -> None:
    """Take what was adopted and has ended off the process table."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def spread(seconds: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum, in milliseconds."""
    ordered = sorted(seconds)
    at = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 3),
        "p99_ms": round(1000 * at, 3),
        "max_ms": round(1000 * ordered[-1], 3),
    }


def page(results: Mapping[str, Mapping[str, Mapping[str, object]]]) -> str:
    """The tables of the page."""
    lines = [
        "| cage | holds | beats while held | not reached | hold took, ms: p50 / p99 / max |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {cage} | {found['holds']['holds']} | {found['holds']['beats_while_held']} | "
        f"{found['holds']['not_reached']} | {_spread(found['holds']['took'])} |"
        for cage, found in results.items()
        if "holds" in found
    ]
    lines += ["", "| cage | stops while a freeze hangs | not dead | kill issued after, ms: p50 / p99 / max |"]
    lines += ["| --- | --- | --- | --- |"]
    lines += [
        f"| {cage} | {found['hangs']['stops']} | {found['hangs']['not_dead']} | "
        f"{_spread(found['hangs']['kill_issued_after'])} |"
        for cage, found in results.items()
        if "hangs" in found
    ]
    lines += ["", "| cage | supervisors killed | agent gone later than 500 ms | cgroup left | gone after, ms |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {cage} | {found['deaths']['deaths']} | {found['deaths']['later_than_500_ms']} | "
        f"{found['deaths']['left_something_behind']} | {_spread(found['deaths']['gone_after'])} |"
        for cage, found in results.items()
        if "deaths" in found
    ]
    return "\n".join(lines)


def _spread(value: object) -> str:
    """Three times in one cell."""
    return " / ".join(f"{value[key]:.1f}" for key in ("p50_ms", "p99_ms", "max_ms")) if isinstance(value, dict) else ""


def write(results: Mapping[str, Mapping[str, Mapping[str, object]]]) -> None:
    """Write the figures, and the tables into the page."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    put_between(PAGE, "supervision", page(results))


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--holds", type=int, default=1000)
    parser.add_argument("--hangs", type=int, default=100)
    parser.add_argument("--deaths", type=int, default=1000)
    parser.add_argument("--backend", action="append", choices=["bubblewrap", "namespaces"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} and the page")
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: daemons become our children
    results: dict[str, dict[str, Mapping[str, object]]] = {}
    for backend in given.backend or ["bubblewrap", "namespaces"]:
        results[backend] = {}
        if given.holds:
            results[backend]["holds"] = measure_holds(backend, given.holds)
        if given.hangs and os.getuid() == 0 and shutil.which("mount"):
            results[backend]["hangs"] = measure_hangs(backend, given.hangs)
        if given.deaths:
            results[backend]["deaths"] = measure_deaths(backend, given.deaths, given.seed)
        print(json.dumps({backend: results[backend]}, indent=1), flush=True)
    if given.write:
        write(results)


if __name__ == "__main__":
    main()
