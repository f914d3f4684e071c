"""How often intervals for a rate of clustered episodes hold the true one: ours beside those it was chosen from.

Templates draw their own rate from a beta distribution with the wanted mean and intraclass correlation, episodes are
then independent. Contestants: ``ours`` (`remit.evals.statistics.clusters.rate`), ``no lean`` (the same with the
estimated correlation as it is), ``effective`` (no correction for its having been estimated), ``bootstrap-t`` (whole
templates drawn anew, studentised), ``wilson`` (templates ignored).

Run: ``python -m bench.interval_coverage [--draws 2000] [--write]``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench.stopping.machine import machine

from remit.evals.statistics.clusters import ASSUMED_CORRELATION, Cluster, design_effect, estimate_correlation, rate
from remit.evals.statistics.intervals import Interval, exact, student_quantile, wilson
from remit.interval import clopper_pearson

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "interval_coverage.json"
SIZES = ((7, 27), (10, 30), (12, 25), (24, 13), (24, 25), (48, 7))
CORRELATIONS = (0.0, 0.1, 0.3, 0.5)
RATES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.9)
Rows = list[Cluster]


def ours(rows: Rows, _draw: np.random.Generator) -> Interval:
    """The interval of the product."""
    found = rate(rows)
    return Interval(low=found.low, high=found.high)


def no_lean(rows: Rows, _draw: np.random.Generator) -> Interval:
    """Korn and Graubard's, with the correlation as estimated."""
    events, total, effective = _counts(rows)
    ratio = student_quantile(total - 1, 0.975) / student_quantile(len(rows) - 1, 0.975)
    worth = effective * ratio * ratio
    return exact(worth * events / total, worth)


def effective_number(rows: Rows, _draw: np.random.Generator) -> Interval:
    """Clopper and Pearson's on the effective number."""
    events, total, effective = _counts(rows)
    return exact(effective * events / total, effective)


def naive(rows: Rows, _draw: np.random.Generator) -> Interval:
    """Wilson's, as if all episodes were independent."""
    return wilson(sum(row.events for row in rows), sum(row.total for row in rows))


def bootstrap_t(rows: Rows, draw: np.random.Generator) -> Interval:
    """Whole templates drawn 400 times, the distance from the mean in standard errors; no width, no interval."""
    shares = np.array([row.events / row.total for row in rows])
    again = shares[draw.integers(shares.size, size=(400, shares.size))]
    error = again.std(axis=1, ddof=1) / np.sqrt(shares.size)
    kept = error > 0
    if not kept.any():
        return Interval(low=float(shares.mean()), high=float(shares.mean()))
    low, high = np.quantile((again.mean(axis=1)[kept] - shares.mean()) / error[kept], [0.025, 0.975])
    spread = float(shares.std(ddof=1)) / np.sqrt(shares.size)
    return Interval(low=max(0.0, shares.mean() - high * spread), high=min(1.0, shares.mean() - low * spread))


CONTESTANTS: dict[str, Callable[[Rows, np.random.Generator], Interval]] = {
    "ours": ours,
    "no lean": no_lean,
    "effective": effective_number,
    "bootstrap-t": bootstrap_t,
    "wilson": naive,
}


def measured(draws: int, seed: int = 0) -> dict[str, Any]:
    """Coverage, misses above and mean width of every contestant in every cell."""
    cells = []
    for count, each in SIZES:
        for alike in CORRELATIONS:
            for share in RATES:
                draw = np.random.default_rng([seed, count, each, int(100 * alike), int(100 * share)])
                samples = [drawn(draw, share, alike, count, each) for _ in range(draws)]
                found = {name: _judged(method, samples, share, draw) for name, method in CONTESTANTS.items()}
                cells.append({"clusters": count, "each": each, "icc": alike, "rate": share, "methods": found})
    return {"schema": "remit.bench/1", "machine": machine(), "draws": draws, "cells": cells}


def drawn(draw: np.random.Generator, share: float, alike: float, count: int, each: int) -> Rows:
    """One sample of ``count`` templates of ``each`` episodes."""
    strength = 1.0 / alike - 1.0 if alike else 0.0
    shares = draw.beta(share * strength, (1.0 - share) * strength, size=count) if alike else np.full(count, share)
    events = draw.binomial(each, shares)
    return [Cluster(name=str(place), events=int(value), total=each) for place, value in enumerate(events)]


def _judged(
    method: Callable[[Rows, np.random.Generator], Interval],
    samples: list[Rows],
    share: float,
    draw: np.random.Generator,
) -> dict[str, Any]:
    """What one contestant made of the samples, with the interval of its coverage."""
    intervals = [method(rows, draw) for rows in samples]
    inside = sum(share in found for found in intervals)
    ends = clopper_pearson(inside, len(samples))
    return {
        "coverage": round(inside / len(samples), 4),
        "interval": [round(ends.low, 4), round(ends.high, 4)],
        "too_low": round(sum(found.high < share for found in intervals) / len(samples), 4),
        "width": round(float(np.mean([found.width for found in intervals])), 4),
    }


def _counts(rows: Rows) -> tuple[int, int, float]:
    """Events, episodes and their effective number under the estimated correlation."""
    events, total = sum(row.events for row in rows), sum(row.total for row in rows)
    alike = estimate_correlation(rows)
    sizes = [row.total for row in rows]
    return events, total, total / design_effect(sizes, ASSUMED_CORRELATION if alike is None else alike)


def table(document: dict[str, Any], clusters: int = 24, each: int = 13) -> str:
    """The cells of one size as Markdown: coverage in per cent."""
    lines = [f"| correlation | rate | {' | '.join(CONTESTANTS)} |", "|---|---|" + "---|" * len(CONTESTANTS)]
    for cell in document["cells"]:
        if (cell["clusters"], cell["each"]) == (clusters, each):
            shown = " | ".join(f"{100 * cell['methods'][name]['coverage']:.1f}" for name in CONTESTANTS)
            lines.append(f"| {cell['icc']:g} | {cell['rate']:g} | {shown} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    document = measured(given.draws)
    for count, each in SIZES:
        print(f"{count} templates, {each} episodes of each\n\n{table(document, count, each)}")
    if given.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
