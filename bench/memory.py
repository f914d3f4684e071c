"""How much memory POWER of very large models takes: ``uv run python -m bench.memory [--states N] [--write]``.

Each model is generated and solved in a fresh process, on two threads, with the proof. Counted is the largest the
process held while it solved: the model, its compiled form once, and what each of the threads works in. Bytes do not
depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import numpy as np
from bench.marked import put_between

from remit.theory.mdp import MDP
from remit.theory.solvers.batches import compile_batch, sample_power
from remit.theory.solvers.engines import Threads

RESULTS = Path(__file__).parent / "results" / "memory.json"
PAGE = Path(__file__).parents[1] / "docs" / "explain" / "speed.md"
DISCOUNT, TOLERANCE = 0.5, 1e-4
WIDTH, SAMPLES, THREADS = 16, 32, 2
"""A block for each thread: more rewards take no more room."""


def steps_of(states: int, steps: tuple[int, ...], chance: float) -> MDP:
    """Every state with a way to stay, and one to go on by each of ``steps``, which works with a chance.

    Steps that lead past the last state begin again at the first where any leads back, else stay.
    """
    here, round_again = np.arange(states, dtype=np.int64), min(steps) < 0
    targets = [(here + step) % states if round_again else np.minimum(here + step, states - 1) for step in steps]
    fails = chance < 1.0
    width = 1 + len(steps) * (1 + fails)
    successors = np.empty((states, width), np.int32)
    chances = np.empty((states, width), np.float64)
    successors[:, 0], chances[:, 0] = here, 1.0
    for i, target in enumerate(targets):
        if fails:
            successors[:, 1 + 2 * i], chances[:, 1 + 2 * i] = target, chance
            successors[:, 2 + 2 * i], chances[:, 2 + 2 * i] = here, 1.0 - chance
        else:
            successors[:, 1 + i], chances[:, 1 + i] = target, 1.0
    lengths = np.array([1] + [1 + fails] * len(steps))
    rows = 1 + len(steps)
    return MDP(
        row_ptr=np.arange(states + 1, dtype=np.int64) * rows,
        successor_ptr=np.concatenate([[0], np.cumsum(np.tile(lengths, states))]),
        successors=successors.reshape(-1),
        probabilities=chances.reshape(-1),
        row_actions=np.tile(np.arange(rows, dtype=np.int32), states),
    )


MODELS: dict[str, Callable[[int], MDP]] = {
    "upwards, tries fail": lambda states: steps_of(states, (1, 1000), 0.9),
    "both ways, tries fail": lambda states: steps_of(states, (1, -1, 1000), 0.9),
    "both ways, sure": lambda states: steps_of(states, (1, -1, 1000), 1.0),
}


def held(line: str) -> float:
    """What this process holds (``VmRSS``), or the most it held since its peak was forgotten (``VmHWM``), in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(found.split()[1]) for found in lines if found.startswith(f"{line}:")) / 1024


def forget_peak() -> None:
    """Count the peak from here on."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure(name: str, states: int) -> dict[str, Any]:
    """In this process: build a model, sample its POWER, and say what was held."""
    mdp = MODELS[name](states)
    gc.collect()
    model = held("VmRSS")
    batch = compile_batch(mdp, DISCOUNT)
    shared = held("VmRSS") - model
    forget_peak()
    found = sample_power(batch, samples=SAMPLES, seed=1, tolerance=TOLERANCE, engine=Threads(THREADS), width=WIDTH)
    peak = held("VmHWM")
    return {
        "model": name,
        "states": states,
        "looping": batch.looping,
        "alone": model,
        "compiled": shared,
        "peak": peak,
        "ever": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
        "bound": found.bound,
    }


def asked(name: str, states: int) -> dict[str, Any]:
    """The same in a fresh process, with kernels compiled beforehand by another."""
    done = ""
    for size in (2000, states):
        command = [sys.executable, "-m", "bench.memory", "--alone", name, "--states", str(size)]
        root = Path(__file__).parents[1]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S603
    found: dict[str, Any] = json.loads(done)
    return found


def table(document: dict[str, Any]) -> list[str]:
    """The table of the page."""
    given = f"{document['samples']} drawn rewards, {document['width']} at a time"
    lines = [
        f"POWER of every state from {given}, on two threads:",
        "",
        "| model | states | in loops | model alone | its compiled form | each thread adds | a state |",
        "| --- " * 7 + "|",
    ]
    for row in document["models"]:
        thread = (row["peak"] - row["alone"] - row["compiled"]) / THREADS
        sizes = f"{row['alone']:,.0f} MiB | {row['compiled']:,.0f} MiB | {thread * 2**20 / 1e9:.2f} GB"
        a_state = f"{thread * 2**20 / row['states']:.0f} bytes"
        lines.append(f"| {row['model']} | {row['states']:,} | {row['looping']:,} | {sizes} | {a_state} |")
    return lines


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", type=int, default=10_000_000)
    parser.add_argument("--alone", choices=list(MODELS), help="measure one model in this process")
    parser.add_argument("--write", action="store_true", help="write bench/results/memory.json and the page")
    given = parser.parse_args()
    if given.alone is not None:
        print(json.dumps(measure(given.alone, given.states)))
        return
    models = [asked(name, given.states) for name in MODELS]
    document = {"samples": SAMPLES, "width": WIDTH, "discount": DISCOUNT, "models": models}
    lines = table(document)
    print("\n".join(lines))
    if given.write:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        put_between(PAGE, "memory", "\n".join(lines))


if __name__ == "__main__":
    main()
