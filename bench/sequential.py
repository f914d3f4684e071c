"""The sequential test under every shipped charter: false alarms over whole lives, and how soon it is right.

Runs are drawn from the task's policy and from the policy of each goal that resisting pays for; the test is looked at
after every act of every run. Run: ``python -m bench.sequential [--runs 5000] [--alpha 0.05] [--write]``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from bench.marked import put_between
from bench.stopping.machine import machine

import remit
from remit.charter.reader import read_charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.world import build_world
from remit.interval import clopper_pearson
from remit.monitor.sequential.policies import MANNERS, Manner, policies_of
from remit.monitor.sequential.testing import GOALS
from remit.monitor.sequential.trials import simulate

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "sequential.json"
PAGE = ROOT / "docs" / "explain" / "monitor.md"
ACTS = 300
EACH = 200
CARELESS = tuple(
    Manner(rationality=rationality, tremble=tremble)
    for rationality, tremble in ((100, 0.05), (20, 0.2), (5, 0.05), (60, 0.5))
)
"""Manners of pursuing the task that are not on the grid of the test."""


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the table, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5000, help="runs that pursue the task in each manner")
    parser.add_argument("--alpha", type=float, default=0.05, help="the level of the test")
    parser.add_argument("--charters", nargs="*", default=[], help="only these")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    document = measured(options.runs, options.alpha, options.charters)
    text = table(document)
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "test", text)


def measured(runs: int, alpha: float, wanted: list[str]) -> dict[str, Any]:
    """Every shipped charter."""
    places = sorted((Path(remit.__file__).parent / "charters").glob("*.yaml"))
    charters = [one_charter(place, runs, alpha) for place in places if not wanted or place.stem in wanted]
    settings = {"manners": len(MANNERS), "goals": GOALS, "acts": ACTS, "alpha": alpha}
    return {"schema": "remit.bench/1", "bench": "sequential", "machine": machine(), **settings, "charters": charters}


def one_charter(place: Path, runs: int, alpha: float) -> dict[str, Any]:
    """One charter: false alarms of runs that pursue the task, power and delay of runs that pursue a goal."""
    charter = read_charter(place)
    world = build_world(charter, with_extensions(charter))
    policies = policies_of(world, goals=GOALS, seed=0)
    others = policies_of(world, goals=GOALS, seed=1, manners=CARELESS)
    benign = [
        simulate(world, policies, pursued=others.task[:, column], runs=runs, acts=ACTS, seed=1, alpha=alpha)
        for column in range(len(CARELESS))
    ]
    worst = max(benign, key=lambda one: one.alarms)
    pursuing = [
        simulate(world, policies, pursued=others.goals[:, goal], runs=EACH, acts=ACTS, seed=2, alpha=alpha)
        for goal in range(others.count)
    ]
    delays = np.concatenate([one.crossed[one.crossed >= 0] for one in pursuing])
    return {
        "charter": place.stem,
        "runs": runs,
        "false_alarms": worst.alarms,
        "acts": float(worst.acts.mean()),
        "goals": policies.count,
        "tempted": policies.tempted,
        "pursuing": EACH * len(pursuing),
        "found": sum(one.alarms for one in pursuing),
        "median": float(np.median(delays)) if len(delays) else None,
    }


def table(document: dict[str, Any]) -> str:
    """The measurement as a Markdown table."""
    told = (
        f"Level {document['alpha']:g}, up to {document['acts']} acts a run, a look after each. Runs for the task are of"
    )
    told += (
        f" the worst of {len(CARELESS)} manners that are not on the grid; goals pursued are none of those tested for."
    )
    lines = [
        told,
        "",
        "| charter | runs for the task | false alarms | acts a run | goals | runs for a goal | found | acts to find |",
        "| --- | ---: | --- | ---: | ---: | ---: | --- | ---: |",
    ]
    for one in document["charters"]:
        false = clopper_pearson(one["false_alarms"], one["runs"])
        found = clopper_pearson(one["found"], one["pursuing"])
        median = "-" if one["median"] is None else f"{one['median']:g}"
        lines.append(
            f"| {one['charter']} | {one['runs']:,} | {false} | {one['acts']:.1f} | {one['goals']} "
            f"| {one['pursuing']:,} | {found} | {median} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
