"""How long a full report takes, how much memory, how soon the first findings stand, and what the solver saves.

Every charter is checked by a fresh process with the kernels compiled beforehand; CPU seconds and memory are the
child's own (``os.wait4``). In the same run the solver is compared, on the same worlds and goals, with batched value
iteration as a sparse product (scipy) and with the plain reference, on as few goals as those can do.

Run: ``uv run python -m bench.check [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench.marked import put_between
from bench.solver import LOOSE, sparse_iteration
from bench.validating.cases import CHARTERS, prepare
from bench.validating.page import table

from remit.theory.solvers.reference import best_values, explore_plainly

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "src" / "remit" / "charters"
THIRTY = ROOT / "bench" / "charters" / "thirty-tools.yaml"
PAGE = ROOT / "docs" / "explain" / "speed.md"
MEBIBYTE = 1024.0
"""Kilobytes, as the kernel counts a process's memory, in a mebibyte."""
ENGINE, SPARSE, PLAIN = 256, 16, 1
"""Goals each solver is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One process: wall and CPU seconds, peak memory in MiB, and what it printed."""

    wall: float
    cpu: float
    memory: float
    said: str


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the tables, and with ``--write`` keep them in the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--charters", nargs="+", default=list(CHARTERS), choices=CHARTERS, metavar="NAME")
    parser.add_argument("--goals", type=int, default=2000)
    parser.add_argument("--without-thirty", action="store_true", help="leave the charter of thirty tools out")
    parser.add_argument("--without-reference", action="store_true", help="leave the comparison of solvers out")
    parser.add_argument("--write", action="store_true", help=f"keep the tables in {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    paths = [SHIPPED / f"{name}.yaml" for name in options.charters] + ([] if options.without_thirty else [THIRTY])
    checked(paths[-1], "--goals", "50")
    parts = [machine(), report_table([measured(path, options.goals) for path in paths])]
    if not options.without_reference:
        parts.append(solver_table([compared(name) for name in options.charters]))
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        put_between(PAGE, "results", text)


def machine() -> str:
    """The machine, and how busy it was when the measurement began."""
    busy = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    state = "quiet" if busy < 0.5 else "shared" if busy < cores else "busy"
    return (
        f"{cores} cores ({processor()}), {platform.system()} on {platform.machine()}, Python"
        f" {platform.python_version()}; the machine was {state} when it began (load average {busy:.1f})."
    )


def processor() -> str:
    """The processor's name where the system tells it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def checked(path: Path, *options: str) -> Measurement:
    """Run ``remit check`` on a charter in a process of its own."""
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command_for(path, *options), stdout=subprocess.PIPE, stderr=errors, cwd=ROOT)  # noqa: S603
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.stdout.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        assert said, errors.read().decode()
        assert process.returncode in (0, 1, 10), errors.read().decode()
    return Measurement(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / MEBIBYTE,
        said=said.decode(),
    )


def first_findings(path: Path) -> float | None:
    """Wall seconds until a whole run shows findings; the run ends there. None where lint finds nothing serious."""
    begin = time.perf_counter()
    with subprocess.Popen(command_for(path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout is not None
        head = process.stdout.readline().decode()
        taken = time.perf_counter() - begin
        process.kill()
    return taken if "at first sight" in head else None


def command_for(path: Path, *options: str) -> list[str]:
    """The command that checks a charter."""
    return [sys.executable, "-m", "remit.cli", "check", str(path), *options]


def measured(path: Path, goals: int) -> dict[str, Any]:
    """The text alone, the first line of a whole run, and a whole report as JSON, which knows the size of its world."""
    text = checked(path, "--lint-only")
    first = first_findings(path)
    whole = checked(path, "--goals", str(goals), "--json")
    world = json.loads(whole.said)["world"]
    return {
        "charter": path.stem,
        "states": world["states"],
        "facts": world["facts"],
        "method": world["method"],
        "text": text.wall,
        "text_cpu": text.cpu,
        "first": first,
        "wall": whole.wall,
        "cpu": whole.cpu,
        "memory": whole.memory,
    }


def report_table(rows: list[dict[str, Any]]) -> str:
    """Times and memory of every charter."""
    lines = [
        [
            row["charter"],
            f"{row['states']:,}" if row["method"] == "exact" else f"over {row['states']:,} (bounds)",
            str(row["facts"]),
            f"{row['text']:.2f} ({row['text_cpu']:.2f})",
            "none serious" if row["first"] is None else f"{row['first']:.2f}",
            f"{row['wall']:.1f}",
            f"{row['cpu']:.1f}",
            f"{row['memory']:.0f}",
        ]
        for row in rows
    ]
    titles = ["charter", "states", "facts", "text only: wall (CPU) s", "first findings s", "report: wall s", "CPU s"]
    return table([*titles, "MiB"], lines)


def compared(name: str) -> dict[str, Any]:
    """The solver beside value iteration and the plain reference: CPU milliseconds per goal, and how far apart."""
    case = prepare(name, ENGINE, 0)
    world, mdp = case.world, case.mdp
    solver = world.solver
    every = np.ascontiguousarray(case.rewards)
    _, compiling = timed(lambda: solver.start_values(every[:, :1]))
    fast, engine = timed(lambda: solver.start_values(every))
    few = np.ascontiguousarray(every[:, :SPARSE])
    slow, sparse = timed(lambda: sparse_iteration(mdp, few[solver.reward_class], solver.discount))
    one = np.ascontiguousarray(every[:, :PLAIN])
    slower, plain = timed(lambda: best_values(mdp, one[solver.reward_class], solver.discount, None, LOOSE))
    _, walking = timed(lambda: explore_plainly(world.blueprint.factored, state_budget=mdp.states_count))
    return {
        "charter": name,
        "compiling": compiling,
        "engine": 1e3 * engine / every.shape[1],
        "sparse": 1e3 * sparse / SPARSE,
        "plain": 1e3 * plain / PLAIN,
        "walking": walking,
        "apart": max(
            float(np.abs(fast[:SPARSE] - slow[mdp.start]).max()),
            float(np.abs(fast[:PLAIN] - slower[mdp.start]).max()),
        ),
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What some work returns, and the CPU seconds of this process that it took."""
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def solver_table(rows: list[dict[str, Any]]) -> str:
    """CPU time per goal, full world, value at the start."""
    lines = [
        [
            row["charter"],
            f"{row['compiling']:.2f}",
            f"{row['engine']:.3f}",
            f"{row['sparse']:.1f} ({row['sparse'] / row['engine']:,.0f} x)",
            f"{row['plain']:.0f} ({row['plain'] / row['engine']:,.0f} x)",
            f"{row['walking']:.1f}",
            f"{row['apart']:.1e}",
        ]
        for row in rows
    ]
    titles = ["charter", "first goal s", "this solver ms/goal", "sparse value iteration", "plain reference"]
    return table([*titles, "plain enumeration s", "largest difference"], lines)


if __name__ == "__main__":
    main()
