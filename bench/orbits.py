"""How many samples averaging over symmetries saves: intervals with it and without, from as many rewards.

The ratio is that of squared widths, averaged over all states (for shares over all actions): so many times fewer rewards
give the same width. That the intervals hold as often as they say is another test's matter
(``tests/theory/test_symmetries.py``).

Run: ``python -m bench.orbits [--samples 4096] [--write]``
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from bench.stopping.machine import machine

from remit.theory.estimate import Estimate
from remit.theory.formats.foreign import from_map
from remit.theory.notebook import graph
from remit.theory.orbits.symmetries import Symmetry, find_symmetry
from remit.theory.rational import RationalMDP
from remit.theory.rewards import rewards_of
from remit.theory.sampling.chances import sampled_probability
from remit.theory.sampling.power import sampled_power

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "orbits.json"


def grid(side: int) -> RationalMDP:
    """A room with a way to stay everywhere: eight symmetries."""
    return from_map("\n".join(["." * side] * side))


def ring(size: int) -> RationalMDP:
    """A ring one may go round either way: every state is alike."""
    return graph({str(i): [str(i), str((i + 1) % size), str((i - 1) % size)] for i in range(size)})


def star(leaves: int) -> RationalMDP:
    """One choice among ends that are alike: nothing to average over at the hub."""
    return graph({"hub": [f"t{i}" for i in range(leaves)], **{f"t{i}": [f"t{i}"] for i in range(leaves)}})


MODELS: dict[str, Callable[[], RationalMDP]] = {
    "grid 3 x 3": lambda: grid(3),
    "grid 8 x 8": lambda: grid(8),
    "grid 20 x 20": lambda: grid(20),
    "ring of 24": lambda: ring(24),
    "star of 12": lambda: star(12),
}


def measured(samples: int) -> dict[str, Any]:
    """The table: a line for each model."""
    lines = []
    for name, build in MODELS.items():
        mdp = build()
        began = time.process_time()
        symmetry = find_symmetry(mdp, rewards_of(mdp))
        assert symmetry is not None
        search = time.process_time() - began
        alone, pooled = (_widths(mdp, used, samples) for used in (None, symmetry))
        lines.append(
            {
                "model": name,
                "states": len(mdp.states),
                "kinds": symmetry.orbits_count,
                "search_seconds": round(search, 4),
                "ratio_power": round(alone[0] / pooled[0], 2),
                "ratio_probability": round(alone[1] / pooled[1], 2),
            }
        )
    return {"schema": "remit.bench/1", "machine": machine(), "samples": samples, "lines": lines}


def _widths(mdp: RationalMDP, symmetry: Symmetry | None, samples: int) -> tuple[float, float]:
    """The mean squared width of the intervals of POWER, and of shares (from a quarter of the samples)."""
    states, rewards = range(len(mdp.states)), rewards_of(mdp)
    power = sampled_power(mdp, states, 0.9, rewards, samples=samples, seed=1, symmetry=symmetry)
    shares = sampled_probability(mdp, states, Fraction(9, 10), rewards, samples=samples // 4, seed=1, symmetry=symmetry)
    found = [one for line in shares for one in line.values()]
    return _mean_square(power), _mean_square(found)


def _mean_square(found: list[Estimate]) -> float:
    """The mean of squared widths."""
    return float(np.mean([(one.high - one.low) ** 2 for one in found]))


def table(document: dict[str, Any]) -> str:
    """The lines as Markdown."""
    lines = [
        "| model | kinds of states | found in | fewer samples for POWER | for P(optimal) |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {line['model']} | {line['kinds']} of {line['states']} | {line['search_seconds']:.3f} s "
        f"| {line['ratio_power']:.1f} x | {line['ratio_probability']:.1f} x |"
        for line in document["lines"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=4096)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    document = measured(given.samples)
    print(table(document))
    if given.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
