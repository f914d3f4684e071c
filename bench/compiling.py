"""What a first run compiles, kernel by kernel: ``uv run python -m bench.compiling [--repeats N] [--write]``.

Each job runs in a fresh process that has no compiled kernel to read. Counted is the processor time from the moment the
compiler is given a kernel until it is machine code, less that of other kernels it had to wait for; an inner function
counts to the kernel that needs it first. A small kernel is compiled before, so that starting the compiler, which every
process that compiles does once, is a line of its own. The least of some repeats is given.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench.instances import authority, grid
from bench.marked import put_between
from bench.solver import charter_like
from numba import njit
from numba.core import event

from remit.theory.kernels.compiling import cache_file
from remit.theory.solvers.batches import compile_batch, sample_power, total
from remit.theory.solvers.engines import Threads
from remit.theory.solvers.factored import explore
from remit.theory.solvers.values import Solver

RESULTS = Path(__file__).parent / "results" / "compiling.json"
PAGE = Path(__file__).parents[1] / "docs" / "explain" / "speed.md"
GOAL = 0.8
"""Seconds of processor time that a kernel may take."""


class Watch(event.Listener):
    """Counts the processor time of kernels; those that only live in others count to them."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.open: list[list[float]] = []
        self.seconds: dict[str, float] = {}

    def on_start(self, event: Any) -> None:  # noqa: ARG002 # as the compiler calls it
        """Note when a function is begun, and that no kernel was waited for."""
        self.open.append([time.process_time(), 0.0])

    def on_end(self, event: Any) -> None:
        """Count a kernel, and tell who waits for it."""
        begun, waited = self.open.pop()
        spent, named = time.process_time() - begun, event.data["dispatcher"]
        whole = cache_file(named) is not None
        if whole:
            name = named.py_func.__name__
            self.seconds[name] = self.seconds.get(name, 0.0) + spent - waited
        if self.open:
            self.open[-1][1] += spent if whole else waited


def _grid() -> None:
    """Values of many given rewards on a grid of sure steps, with the proof."""
    batch = compile_batch(grid(20), 0.9)
    total(batch, np.random.default_rng(1).random((400, 64), np.float32), threads=1)


def _authority() -> None:
    """POWER of a world without loops over drawn rewards."""
    sample_power(compile_batch(authority(8), 0.95), samples=64, seed=1, engine=Threads(1))


def _revocable() -> None:
    """The same of a world with loops of two states and of many, whose tries fail."""
    sample_power(compile_batch(authority(8, revoke=0.1), 0.95), samples=64, seed=1, engine=Threads(1))


def _charter() -> None:
    """Start values of goals in a world as charters are compiled to."""
    found = explore(charter_like(3, 2, jobs=0, decays=True), state_budget=10_000)
    Solver(found.mdp, reward_class=np.arange(found.mdp.states_count) % 3, discount=0.9).start_values(np.eye(3))


JOBS: dict[str, Callable[[], None]] = {
    "rewards on a grid, with the proof": _grid,
    "POWER, no loops": _authority,
    "POWER, loops and tries that fail": _revocable,
    "goals in a charter's world": _charter,
}


def measure(job: str) -> dict[str, Any]:
    """Return the seconds that a job compiles in this process, kernel by kernel, and those to start the compiler."""
    begun = time.process_time()
    njit(lambda numbers: numbers[0] + 1)(np.zeros(1))
    started, watch = time.process_time() - begun, Watch()
    event.register("numba:compile", watch)  # type: ignore[no-untyped-call] # numba has no types here
    JOBS[job]()
    return {"start": started, "kernels": watch.seconds}


def asked(job: str, repeats: int) -> dict[str, Any]:
    """The same in fresh processes that find no compiled kernel, the least of each."""
    root, found = Path(__file__).parents[1], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as empty:
            command = [sys.executable, "-m", "bench.compiling", "--alone", job]
            environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
            done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
            found.append(json.loads(done.stdout))
    kernels = {name: min(one["kernels"][name] for one in found) for name in found[0]["kernels"]}
    return {"start": min(one["start"] for one in found), "kernels": kernels}


def table(document: dict[str, Any]) -> list[str]:
    """The table of the page: a line for each job, and what the dearest kernel takes."""
    start = min(job["start"] for job in document["jobs"].values())
    runs = f"the least of {document['repeats']} runs; load average {document['load']:.1f}"
    lines = [
        f"Seconds of processor time, {runs}. Starting the compiler takes {start:.2f} of them once.",
        "",
        "| job | kernels | all of them | the dearest three |",
        "| --- " * 4 + "|",
    ]
    for name, job in document["jobs"].items():
        kernels = sorted(job["kernels"].items(), key=lambda pair: -pair[1])
        dearest = ", ".join(f"`{kernel}` {seconds:.2f}" for kernel, seconds in kernels[:3])
        lines.append(f"| {name} | {len(kernels)} | {sum(job['kernels'].values()):.2f} | {dearest} |")
    most = max(seconds for job in document["jobs"].values() for seconds in job["kernels"].values())
    met = "met" if most <= GOAL else "not met"
    return [*lines, "", f"The dearest kernel takes {most:.2f} s; the goal is {GOAL} s: it is {met}."]


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--alone", choices=list(JOBS), help="measure one job in this process")
    parser.add_argument("--write", action="store_true", help="write bench/results/compiling.json and the page")
    given = parser.parse_args()
    if given.alone is not None:
        print(json.dumps(measure(given.alone)))
        return
    load = os.getloadavg()[0]
    jobs = {name: asked(name, given.repeats) for name in JOBS}
    document = {"repeats": given.repeats, "load": load, "jobs": jobs}
    lines = table(document)
    print("\n".join(lines))
    if given.write:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        put_between(PAGE, "compiling", "\n".join(lines))


if __name__ == "__main__":
    main()
