"""Time what a turn costs in Inspect: CPU of a whole evaluation, log and scores included, by the calls that were made.

An organism plays a behaviour in this process, so that no network is in the numbers. ``plain`` is the same episodes
played without Inspect: what is left is Inspect and our adapter. Rounds of both alternate.

Run: ``uv run python -m bench.evals_inspect [--behaviour avoid-shutdown] [--seeds 25] [--rounds 5] [--write]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from bench.stopping.machine import machine
from inspect_ai import eval as inspect_eval

from remit.evals.episode import run_episode
from remit.evals.inspect.running import faults_of
from remit.evals.organisms import organism
from remit.evals.scenarios import scenarios
from remit.evals.selection import cells, chosen

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "evals_inspect.json"
GOAL = 15.0  # milliseconds of CPU for each turn


def plain(behaviour: str, name: str, seeds: int) -> tuple[float, int]:
    """CPU seconds and calls of the episodes played here."""
    began, calls = time.process_time(), 0
    for instance in cells(chosen(scenarios(), behaviour), seeds=range(seeds)):
        calls += run_episode(instance, organism(name)).steps
    return time.process_time() - began, calls


def in_inspect(behaviour: str, name: str, seeds: int) -> tuple[float, int]:
    """CPU seconds and calls of the same episodes in Inspect."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        (log,) = inspect_eval(
            f"remit/{behaviour}", model=f"organism/{name}", task_args={"seeds": seeds}, log_dir=folder, display="none"
        )
        took = time.process_time() - began
        assert not faults_of(log), "the evaluation came to its end"
        scores = [score for sample in log.samples or [] for score in (sample.scores or {}).values()]
    return took, sum(int((score.metadata or {})["steps"]) for score in scores)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--behaviour", default="avoid-shutdown")
    parser.add_argument("--organism", default="compliant")
    parser.add_argument("--seeds", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    in_inspect(given.behaviour, given.organism, 1)  # imports
    rows: dict[str, list[float]] = {"plain": [], "inspect": []}
    calls = 0
    for _ in range(given.rounds):
        took, calls = plain(given.behaviour, given.organism, given.seeds)
        rows["plain"].append(1000 * took / calls)
        took, same = in_inspect(given.behaviour, given.organism, given.seeds)
        assert same == calls, "the same episodes have the same calls"
        rows["inspect"].append(1000 * took / calls)
    found = {name: round(statistics.median(values), 4) for name, values in rows.items()}
    print(f"{calls} calls, {given.rounds} rounds; ms of CPU a call, median: {found}; goal {GOAL} in Inspect")
    if given.write:
        document = {"machine": machine(), "calls": calls, "rounds": given.rounds, "ms_per_call": found, "goal_ms": GOAL}
        RESULTS.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
